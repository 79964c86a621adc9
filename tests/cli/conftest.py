"""The command line as a person uses it, in a folder of its own, with nothing of the tester's environment."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from earful import cli


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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder a person stands in."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("EARFUL_"):
            monkeypatch.delenv(name)
    return tmp_path


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
