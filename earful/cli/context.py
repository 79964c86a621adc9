"""What every command shares: the configuration, the database, and where to write: data to stdout, chatter to stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

# What a command may not need is imported where it is used: `earful score` answers in a second, or nobody waits for it.
if TYPE_CHECKING:
    from rich.console import Console

    from earful.configfile import Configuration
    from models.database import Database


@cache
def chatter() -> "Console":
    """Standard error, for all that is said beside the data."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """Tell the person something, on stderr. The message is text, never markup."""
    chatter().print(message, markup=False, soft_wrap=True)


def emit(value: object) -> None:
    """Write one JSON value as one line to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")


def put(line: str = "") -> None:
    """Write one line of plain text to stdout."""
    sys.stdout.write(line + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def configuration() -> "Configuration":
    """The configuration this command works with; says so when it is the shipped sample.

    Raises:
        ConfigError: it has mistakes; the message lists them all.
    """
    from connectors.registry import source_types
    from earful.configfile import load
    from earful.configplace import find

    config = load(find(), source_types())
    if config.is_sample:
        say("No earful.toml here, so this is the shipped sample brand. `earful init` writes your own.")
    return config


@contextmanager
def opened(config: "Configuration") -> "Iterator[Database]":
    """The database of this configuration, with today's schema.

    Raises:
        StoreError: it can't be used; says what to do.
    """
    from models.database import Database

    with Database(config.settings.store_url) as database:
        database.upgrade()
        yield database


@contextmanager
def stored(config: "Configuration", *, needed: bool = True) -> "Iterator[Database]":
    """The same for a command that works on what is stored: where there is nothing yet, an empty one in memory.

    Args:
        config: the configuration.
        needed: whether to say that nothing is stored yet: the command has nothing else to work on.

    Raises:
        StoreError: it can't be used; says what to do.
    """
    from models.database import Database

    with ExitStack() as stack:
        database = stack.enter_context(Database(config.settings.store_url))
        if database.revision() is None:
            if needed:
                say(f"Nothing is stored yet at {config.settings.safe_url}; `earful run` begins.")
            database = stack.enter_context(Database("sqlite://"))
        database.upgrade()
        yield database


@contextmanager
def handed_in(file: str, hint: str = "") -> Iterator[BinaryIO]:
    """A file that a person names, or standard input for "-", as bytes. Who is to type there is told so.

    `hint` is added where the file can't be opened.

    Raises:
        ConfigError: it can't be opened, or is rather an option that there is not; says why.
    """
    from earful.errors import ConfigError

    if file == "-":
        if sys.stdin.isatty():
            say("Reading what you type; Ctrl-D ends.")
        yield sys.stdin.buffer
        return
    if file.startswith("-"):
        raise ConfigError(f'there is no option "{file}"; --help lists them. A file of that name is "./{file}"')
    try:
        given = Path(file).open("rb")  # noqa: SIM115 - what is done with it raises errors of its own
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}{hint}") from error
    with given:
        yield given


def duration(option: str, text: str) -> timedelta:
    """The length of time that an option names, as in "7d".

    Raises:
        ConfigError: it names none.
    """
    from earful.errors import ConfigError
    from earful.settings import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f'{option}: "{text}": {error}') from error
