"""Who does something, as the logs name them."""

import getpass
import os

from earful.text import storable

PIPELINE = "earful"  #: the actor of what no person did
NAME_LENGTH = 80


def one_line(given: str) -> str:
    """A name as it is shown: one line, not too long."""
    return " ".join(storable(given).split())[:NAME_LENGTH].strip()


def clean_name(given: str) -> str:
    """A name fit for the log: one line, not too long, not the pipeline's own; "" when nothing is left."""
    name = one_line(given)
    return "" if name.casefold() == PIPELINE else name


def system_user() -> str:
    """The user this program runs as, or whom EARFUL_USER names."""
    try:
        return clean_name(os.environ.get("EARFUL_USER") or getpass.getuser()) or "local"
    except (KeyError, OSError):  # no entry for this uid, as in many containers
        return "local"
