import json
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from campaigns.consent import Act, named, record_grant
from earful.cli import ended as run
from models import consent
from models.database import Database
from tests.cli.conftest import NOON, Praised

pytestmark = pytest.mark.slow  # whole commands over a store each

Earful = Callable[[str], int]


@pytest.fixture
def earful(praised: Praised, database_url: str) -> Earful:
    """Runs a command line in a folder with a configuration, a granted praise by Ada, and one by Bo that is not."""
    run = praised("Ada", "Bo")
    with Database(database_url) as database:
        with database.write() as session:
            session.add_all(consent.Testimonial(mention_id=key, brand="Brygvell", found_at=NOON) for key in (1, 2))
        record_grant(database, named("Brygvell", "reviews", "Ada"), Act("mia", NOON, "ticket 4711"))
    return run


def test_testimonials(earful: Earful, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful("export testimonials --out campaign --json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "files": [str(Path("campaign/testimonials.csv")), str(Path("campaign/testimonials.jsonl"))],
        "written": 1,
        "held_back": {"no_consent": 1},
    }
    assert "1 testimonial written." in captured.err
    assert "earful consent grant" in captured.err
    assert "1  no consent recorded" in captured.err
    [line] = (tmp_path / "campaign" / "testimonials.jsonl").read_text("utf-8").splitlines()
    assert (json.loads(line)["author"], json.loads(line)["consent_proof"]) == ("Ada", "ticket 4711")


def test_one_format_here(earful: Earful, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful("export testimonials --format csv --brand brygvell") == 0
    assert capsys.readouterr().out == "testimonials.csv\n"
    assert {path.name for path in tmp_path.glob("testimonials*")} == {"testimonials.csv"}


def test_several_formats(earful: Earful, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful("export mentions --format xlsx --format csv --format xlsx") == 0
    assert capsys.readouterr().out.split() == ["mentions.xlsx", "mentions.csv"]
    [sheet] = load_workbook(tmp_path / "mentions.xlsx")
    assert [cell.value for cell in next(sheet.iter_rows())][:2] == ["mention_id", "external_id"]
    assert sheet.max_row == 3


def test_mentions(earful: Earful, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earful("export mentions --json") == 0
    assert json.loads(capsys.readouterr().out)["written"] == 2
    assert earful("export mentions --json --since 2026-03-05") == 0
    assert json.loads(capsys.readouterr().out)["written"] == 0
    assert (tmp_path / "mentions.jsonl").read_text("utf-8") == ""


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("export testimonials --brand Brygvel", 2, 'did you mean "Brygvell"'),
        ("export mentions --since yesterday", 2, "write 2026-11-01"),
        ("export mentions --format pdf", 2, "pdf"),
        ("export mentions --out earful.toml", 1, "can't write earful.toml"),
    ],
)
def test_what_can_not_be_done_is_said(
    earful: Earful, capsys: pytest.CaptureFixture[str], line: str, code: int, told: str
) -> None:
    assert earful(line) == code
    captured = capsys.readouterr()
    assert told in " ".join((captured.out + captured.err).split())


@pytest.mark.parametrize("name", ["testimonials", "mentions"])
def test_help_shows_an_example(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run(["export", name, "--help"]) == 0
    assert f"Example: earful export {name}" in capsys.readouterr().out
