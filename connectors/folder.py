"""Watches a folder: each export that is dropped into it is read once, and again when it changes."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed
from connectors.export import TableSettings, opened, tables, unread_note
from connectors.rows import parse_rows
from earful.clock import now
from earful.errors import SkipRecord, SourceRefused
from earful.settings import Duration, parse_duration
from earful.speech import _
from earful.values import Missed, MissedReason

_UNFINISHED = frozenset({".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp"})


class FolderSettings(TableSettings):
    """A folder that exports are dropped into."""

    path: Path = Field(description="the folder, relative to this configuration's folder")
    settle: Duration = Field(
        parse_duration("10s"), description="a file that changed so short a time ago is left: it may still be written"
    )


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one file: how it looked, what was in it, and how far it was read."""

    size: int  #: bytes
    changed: int  #: nanoseconds since 1970
    mark: str = ""  #: fingerprint of its content; "" when it was left alone
    rows: int = 0
    kept: int = 0
    rejected: int = 0
    done: bool = False

    def looks_like(self, other: "State | None") -> bool:
        """Whether nothing about the file changed, as far as can be seen without reading it."""
        return other is not None and (self.size, self.changed) == (other.size, other.changed)


States = Mapping[str, State]
"""By the file's name."""


def fetch(ask: Ask) -> Iterator[Page]:
    """Read what is new or changed in the folder, oldest first; the cursor holds what is known of each file.

    A file that can't be read is told, and tried again the next time; the others are read.

    Raises:
        SourceRefused: the folder is missing or can't be looked into.
    """
    settings: FolderSettings = ask.source
    found = _files(ask.base_dir / settings.path.expanduser())
    known = {} if ask.since else {name: State(**state) for name, state in ask.cursor.get("files", {}).items()}
    states = {path.name: known[path.name] for path, _ in found if path.name in known}
    numbers = itertools.count(1)
    notes = []
    for path, look in found:
        before = states.get(path.name)
        if before and before.done and look.looks_like(before):
            continue
        if _may_be_unfinished(look, before, settings):
            states[path.name] = look
            notes.append(_("%(file)s changed a moment ago and is left until it stands still", file=path.name))
            continue
        for page, state in _read(path, look, settings, {**known, **states}):
            states[path.name] = state
            yield replace(page, number=next(numbers), cursor=_cursor(states))
    if not notes and next(numbers) == 1:
        notes.append(
            _("nothing new in %(folder)s: %(count)s files, all read before", folder=settings.path, count=len(found))
            if found
            else _("%(folder)s is empty", folder=settings.path)
        )
    yield Page(Parsed(), next(numbers), requests=0, cursor=_cursor(states), notes=tuple(notes))


def _cursor(states: States) -> dict[str, dict[str, object]]:
    return {"files": {name: asdict(state) for name, state in states.items()}}


def _files(folder: Path) -> list[tuple[Path, State]]:
    """The exports in the folder, oldest first. Hidden and unfinished files, links and folders are nobody's exports."""
    try:
        found = [(path, _look(path)) for path in folder.iterdir() if _is_export(path)]
    except FileNotFoundError:
        raise SourceRefused(_("%(folder)s does not exist; make the folder or mend `path`", folder=folder)) from None
    except OSError as error:
        raise SourceRefused(_("%(folder)s can't be read: %(why)s", folder=folder, why=error.strerror)) from error
    return sorted(found, key=lambda each: (each[1].changed, each[0].name))


def _is_export(path: Path) -> bool:
    named = path.name.startswith((".", "~$")) or path.suffix.lower() in _UNFINISHED
    return not named and not path.is_symlink() and path.is_file()


def _look(path: Path) -> State:
    stat = path.stat()
    return State(stat.st_size, stat.st_mtime_ns)


def _may_be_unfinished(look: State, before: State | None, settings: FolderSettings) -> bool:
    """Whether it changed a moment ago, and not only by a clock that runs ahead: it then looks as it did last time."""
    age = now().timestamp() - look.changed / 1e9
    return age < settings.settle.total_seconds() and not look.looks_like(before)


def _read(path: Path, look: State, settings: FolderSettings, known: States) -> Iterator[tuple[Page, State]]:
    """The pages of one file, each with how far it is read after it."""
    try:
        mark = _mark(path)
        if same := next((name for name, each in known.items() if _is_read(each, mark, look)), None):
            note = (
                ""
                if same == path.name
                else _("%(file)s holds the same as %(same)s and is not read again", file=path.name, same=same)
            )
            yield Page(Parsed(), requests=0, notes=(note,) if note else ()), replace(known[same], changed=look.changed)
            return
        yield from _rows(path, _begun(known.get(path.name), look, mark), settings)
    except SourceRefused as refused:
        yield Page(Parsed(), missed=(Missed(MissedReason.UNREADABLE, str(refused)),)), look


def _mark(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceRefused(_("%(path)s can't be read: %(why)s", path=path, why=error.strerror)) from error


def _is_read(state: State, mark: str, look: State) -> bool:
    return state.done and (state.mark, state.size) == (mark, look.size)


def _begun(before: State | None, look: State, mark: str) -> State:
    """Where to go on: after what an interrupted read has stored of this very content, otherwise at its beginning."""
    if before and before.mark == mark:
        return replace(before, changed=look.changed)
    return replace(look, mark=mark)


def _rows(path: Path, state: State, settings: FolderSettings) -> Iterator[tuple[Page, State]]:
    export = opened(path, settings)
    notes = unread_note(export, path) if not state.rows else ()
    for table, last in tables(export, path, settings, state.rows, path.name):
        parsed = parse_rows(table)
        kept, rejected = state.kept + len(parsed.found), state.rejected + len(parsed.rejected)
        state = replace(state, rows=state.rows + len(table.rows), kept=kept, rejected=rejected, done=last)
        if last and not state.looks_like(_look(path)):
            note = _("%(file)s changed while it was read and is read again next time", file=path.name)
            yield Page(parsed, notes=(*notes, note)), _look(path)
        else:
            yield Page(parsed, notes=(*notes, *_outcome(path, state))), state
        notes = ()


def _outcome(path: Path, state: State) -> tuple[str, ...]:
    return (
        (
            _(
                "%(file)s: %(kept)s rows read, %(rejected)s rejected",
                file=path.name,
                kept=state.kept,
                rejected=state.rejected,
            ),
        )
        if state.done
        else ()
    )


def parse(page: Page) -> Parsed:
    """What `fetch` made of the page: to tell each file's outcome it has to know what became of its rows."""
    found: Parsed = page.content
    return found


def again(_ask: Ask, _raw: str) -> Page:
    """Refuse: a row alone does not say under which columns it stood.

    Raises:
        SkipRecord: always; says what to do instead.
    """
    raise SkipRecord(_("it is a row of a dropped file: mend the file or the settings, and the whole file is read anew"))


CONNECTOR = Connector(
    name="folder",
    settings=FolderSettings,
    fetch=fetch,
    parse=parse,
    again=again,
    facts=Facts(
        reads="every export that is dropped into a folder: CSV, TSV, JSONL, XLSX, as the file source does",
        credentials="none",
        terms="your own data; what you may do with it is between you, the platform it came from and your customers",
        completeness="every row of every file, or its line and the reason why not; a file that can't be read is told",
    ),
)
