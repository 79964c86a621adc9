import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclopts import App
from rich.cells import cell_len

from earful.cli import cases as command
from earful.cli.cases import statuses
from earful.configfile import Configuration
from models.case import DONE, CaseStatus
from models.database import Database

pytestmark = pytest.mark.slow  # whole commands over a store each

Call = Callable[..., tuple[str, str]]


@pytest.fixture
def call(
    config: Configuration, filled: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Runs `earful …` on the filled database; gives stdout and stderr."""
    settings = config.settings.model_copy(update={"database_url": filled.url})
    placed = Configuration(settings, config.folder, config.secrets, config.path)
    monkeypatch.setattr(command, "configuration", lambda: placed)
    monkeypatch.setenv("COLUMNS", "140")
    app = App(name="earful")
    app.command(command.cases, name="cases")
    app.command(command.mentions, name="mentions")

    def call(*arguments: str) -> tuple[str, str]:
        app(list(arguments), exit_on_error=False, result_action="return_value")
        return capsys.readouterr()

    return call


def test_cases_are_printed_one_a_line(call: Call) -> None:
    out, err = call("cases", "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert len(records) == 60
    assert err == ""
    assert records[0]["severity"] == "urgent"
    assert set(records[0]) >= {"id", "brand", "source", "external_id", "url", "text", "language", "label", "polarity",
                               "confidence", "severity", "reasons", "status", "assignee", "due_at"}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--severity", "urgent"], 9),
        (["--status", "done"], 17),
        (["--status", "open", "--status", "assigned"], 41),
        (["--status", "active", "--severity", "urgent"], 7),
        (["--brand", "nordlys coffee", "--language", "en"], 6),
        (["--source", "shop", "--limit", "4"], 4),
        (["--language", "nb"], 3),
        (["--language", "xx"], 0),
    ],
)
def test_cases_are_filtered(call: Call, arguments: list[str], count: int) -> None:
    out, _ = call("cases", "--json", *arguments)
    assert len(out.splitlines()) == count


def test_the_table_fits_the_terminal_and_is_inert(call: Call) -> None:
    out, err = call("cases")
    assert "Закъснение" in out
    assert "late" in out
    assert max(map(cell_len, out.splitlines())) <= 140
    assert "The first 50" in err
    assert "\x1b[31m" not in out
    assert "\u202e" not in out


def test_mentions_in_both_forms(call: Call) -> None:
    out, _ = call("mentions", "--label", "positive", "--json")
    (record,) = [json.loads(line) for line in out.splitlines()]
    assert (record["flagged"], record["case_id"], record["state"]) == (False, None, "live")
    out, err = call("mentions", "--limit", "3")
    assert len(out.splitlines()) == 4
    assert "The first 3" in err
    out, _ = call("mentions", "--source", "reddit", "--limit", "1000")
    assert "(deleted at its source)" in out


def test_nothing_found_is_said_on_stderr(call: Call) -> None:
    out, err = call("cases", "--language", "xx")
    assert out == ""
    assert "No cases of that kind" in err


def test_status_words_spell_out_groups() -> None:
    assert statuses(["done", "resolved"]) == DONE
    assert statuses(["active"]) == (CaseStatus.OPEN, CaseStatus.ASSIGNED)
    assert statuses([]) == ()


def test_help_shows_an_example(call: Call) -> None:
    for name in ("cases", "mentions"):
        out, _ = call(name, "--help")
        assert f"earful {name} --" in out


def test_the_module_is_where_the_front_door_looks() -> None:
    assert Path(command.__file__).name == "cases.py"
