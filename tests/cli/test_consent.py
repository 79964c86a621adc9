import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from earful.cli import ended as run
from tests.cli.conftest import Praised

pytestmark = pytest.mark.slow  # whole commands over a store each

ADA = '--brand Brygvell --source reviews --author "Ada L."'

Earful = Callable[[str], int]


@pytest.fixture
def earful(praised: Praised, monkeypatch: pytest.MonkeyPatch) -> Earful:
    """Runs a command line in a folder with a configuration and one praise by Ada."""
    monkeypatch.setenv("EARFUL_USER", "mia")
    return praised("Ada L.")


DOCS = (Path(__file__).parents[2] / "docs" / "consent.md").read_text("utf-8")


def test_the_examples_of_the_page_work_on_the_sample(folder: Path) -> None:
    assert run(["run"]) == 0
    commands = re.findall(r"^earful (.+)$", DOCS.replace("\\\n", " "), re.MULTILINE)
    assert len(commands) > 3
    with time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC)):
        assert {line: run(shlex.split(line)) for line in commands} == dict.fromkeys(commands, 0)


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_grant_show_revoke_show(earful: Earful, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful(f"consent grant {ADA} --proof 'ticket 4711' --expires 2037-01-31 --json") == 0
    granted = json.loads(said(capsys)[0])
    assert (granted["state"], granted["allowed"], granted["proof"]) == ("granted", True, "ticket 4711")
    assert granted["expires_at"] == "2037-01-31T23:00:00+00:00"
    assert granted["history"][0]["actor"] == "mia"

    assert earful("consent show") == 0
    out, _ = said(capsys)
    assert out.startswith("Ada L. (reviews, Brygvell): granted, until 2037-01-31 23:00 UTC\n")

    assert earful(f"consent revoke {ADA} --by bo") == 0
    assert "revoked by bo: -" in said(capsys)[0]
    assert earful(f"consent show {ADA} --json") == 0
    shown = json.loads(said(capsys)[0])
    assert (shown["state"], shown["allowed"], len(shown["history"])) == ("revoked", False, 2)


def test_by_a_mention(earful: Earful, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful("consent grant --mention 1 --proof 'ticket 4711'") == 0
    assert said(capsys)[0].startswith("Ada L. (reviews, Brygvell): granted\n")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("consent grant --proof x", "--brand, --source and --author together, or --mention alone"),
        (f"consent grant {ADA} --mention 1 --proof x", "--mention alone"),
        ("consent grant --brand Brygvell --source reviews --author 'Ada' --proof x", 'did you mean "Ada L."'),
        (f"consent grant {ADA} --proof ' '", "a grant needs its proof"),
        (f"consent grant {ADA} --proof 'So good.'", "a post is not a consent"),
        (f"consent grant {ADA} --proof x --expires 2020-01-01", "expired already"),
        (f"consent grant {ADA} --proof x --expires soon", "soon"),
        (f"consent grant {ADA}", "--proof"),
        (f"consent revoke {ADA}", "never granted"),
        ("consent show --brand Brygvel", 'did you mean "Brygvell"'),
    ],
)
def test_what_can_not_be_done_is_said(earful: Earful, capsys: pytest.CaptureFixture[str], line: str, told: str) -> None:
    assert earful(line) == 2
    out, err = said(capsys)
    assert told in " ".join((out + err).split())


def test_nothing_recorded_is_said(earful: Earful, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful("consent show --json") == 0
    out, err = said(capsys)
    assert out == ""
    assert "No consent" in err


@pytest.mark.parametrize("name", ["grant", "revoke", "show"])
def test_help_shows_an_example(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run(["consent", name, "--help"]) == 0
    assert f"Example: earful consent {name}" in said(capsys)[0]
