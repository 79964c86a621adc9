"""The command line as a person uses it, in a folder of its own, with nothing of the tester's environment."""

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from earful import cli
from earful.values import FoundMention
from models import runs, store
from models.changes import plan
from models.database import Database
from models.run import RunKind


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Earful = Callable[..., Ran]
Praised = Callable[..., Callable[[str], int]]
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CONFIG = """
[[brands]]
name = "Brygvell"
time_zone = "Europe/Oslo"
[[brands.sources]]
type = "file"
name = "reviews"
path = "reviews.csv"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder a person stands in."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("EARFUL_"):
            monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def praised(folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Praised:
    """Lets these authors praise Brygvell among its reviews, in a folder with its configuration; runs command lines."""

    def praised(*authors: str) -> Callable[[str], int]:
        (folder / "earful.toml").write_text(CONFIG, "utf-8")
        monkeypatch.setenv("EARFUL_DATABASE_URL", database_url)
        with Database(database_url) as database:
            database.upgrade()
            with database.write() as session:
                run_id = runs.begin_run(session, RunKind.COLLECT, NOON)
                source = store.source_row(session, "Brygvell", "reviews", "file", "f")
                found = [FoundMention(name, "So good.", author=name, published_at=NOON) for name in authors]
                intake = store.Intake(source.id, "Brygvell", run_id, NOON)
                store.apply_changes(session, intake, plan(found, {}, run_id), {})
        return lambda line: cli.ended(shlex.split(line))

    return praised


@pytest.fixture
def earful(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Earful:
    """Run `earful` with these words, and this on its standard input."""

    def run(*words: str, stdin: bytes = b"") -> Ran:
        source = folder / ".stdin"
        source.write_bytes(stdin)
        capfd.readouterr()
        with source.open(encoding="utf-8") as given:
            monkeypatch.setattr("sys.stdin", given)
            code = cli.ended(words)
        printed = capfd.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
