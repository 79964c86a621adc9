"""What can go wrong, named for what the runner does about it.

EarfulError                  a sentence for the person who reads it, and the exit code
├── ConfigError              fatal: the operator mends a setting, nothing was run          (exit 2)
├── StoreError               fatal: the database can't be used; says how to mend it        (exit 1)
├── Conflict                 somebody else changed the thing first; nothing was written    (exit 1)
└── SourceError              one source could not be read; the other sources go on         (exit 3)
    ├── SourceRefused        asking again does not help: a bad secret, a wrong column, a page of the wrong kind
    └── SourceIll            asking again later may help: time-out, 429, 5xx, a dropped connection

SkipRecord                   one bad record: kept as rejected with its reason, the rest of the page goes on
"""

import difflib
from collections.abc import Sequence
from datetime import timedelta

from earful.speech import _
from earful.values import MissedReason

PARTLY_READ = 3  # exit code: some source was not fully read
NOTHING_READ = 4  # exit code: no source could be read at all


class EarfulError(Exception):
    """A failure with a sentence that says what is wrong and what to do. `exit_code` is what the command ends with."""

    exit_code = 1


class ConfigError(EarfulError):
    """The configuration can't be used as it stands; the message names file, line and remedy."""

    exit_code = 2


class StoreError(EarfulError):
    """The database can't be reached, is locked, read-only, full, or of another version."""


class Conflict(EarfulError):
    """The thing was changed by somebody else since it was read; nothing was overwritten."""


class SourceError(EarfulError):
    """One source could not be read (fully). What it gave before the failure is kept.

    Args:
        message: what happened, and what to do.
        reason: what the coverage ledger says of it; each kind of error has its usual one.
    """

    exit_code = PARTLY_READ
    reason = MissedReason.BLOCKED

    def __init__(self, message: str, *, reason: MissedReason | None = None) -> None:
        super().__init__(message)
        self.reason = reason or self.reason


class SourceRefused(SourceError):
    """The source answered, and asking again the same way will not help."""


class SourceIll(SourceError):
    """The source is ill for now; `retry_after` is what it asked for, when it said so."""

    reason = MissedReason.ILL

    def __init__(
        self, message: str, retry_after: timedelta | None = None, *, reason: MissedReason | None = None
    ) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class SkipRecord(Exception):
    """This one record can't be used, for the reason given; the page goes on without it."""


def nearest(word: str, valid: Sequence[str]) -> str:
    """A clause for an error message: the nearest valid word, or all of them."""
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    if close:
        return _('; did you mean "%(word)s"?', word=close[0])
    return _("; valid: %(words)s", words=", ".join(f'"{name}"' for name in sorted(valid))) if valid else ""
