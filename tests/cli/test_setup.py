from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import CONNECTORS
from earful.cli import COMMANDS
from earful.cli.setup import SAMPLE_DATA

HERE = Path(__file__).parents[2]
KNOWS_APPRISE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_init_writes_a_file_that_is_valid_and_never_overwrites(earful: Any, folder: Path) -> None:
    assert earful("init").code == 0
    (folder / "earful.toml").write_text((folder / "earful.toml").read_text() + "# mine\n")
    again = earful("init")
    assert again.code == 2
    assert "left as it is" in again.err
    assert (folder / "earful.toml").read_text().endswith("# mine\n")


def test_init_beside_stored_data_says_how_to_begin_without_it(earful: Any, folder: Path) -> None:
    assert "mv " not in earful("init", "--file", str(folder / "first.toml")).err
    (folder / "earful-data").mkdir()
    assert f"mv {folder / 'earful-data'} " in earful("init").err


def test_what_the_sample_left_is_apart_from_one_s_own(earful: Any, folder: Path) -> None:
    assert earful("db", "upgrade").code == 0
    assert [each.name for each in folder.glob("earful*")] == [SAMPLE_DATA]
    assert f"rm -r {folder / SAMPLE_DATA}" in earful("init").err
    assert "Nothing is stored yet" in earful("mentions").err


def test_check_proves_the_sample_and_stores_nothing(earful: Any, folder: Path) -> None:
    ran = earful("check", "--json")
    assert ran.code == 0
    assert [row["ok"] for row in ran.rows] == [True, True, True]
    assert not (folder / SAMPLE_DATA).exists()


def test_check_tells_a_store_that_could_not_be_made(earful: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARFUL_DATABASE_URL", "sqlite:////proc/version/here/earful.db")
    ran = earful("check")
    assert ran.code == 1
    assert "can't make the data folder" in ran.out


READING = (
    "cases", "mentions", "report", "rejected list", "rules list", "themes list", "consent show", "user list",
    "evaluate", "token list", "read --again", "cleanup --dry-run", "score --brand brygvell",
    "query try brygvell kettle",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("words", READING)
def test_a_command_that_only_reads_makes_no_store(earful: Any, folder: Path, words: str) -> None:
    ran = earful(*words.split())
    assert ran.code == 0
    assert "Nothing is stored yet" in ran.err
    assert not (folder / SAMPLE_DATA).exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("calibrate", 2, "50 are needed"),
        ("calibrate --json", 2, "50 are needed"),
        ("calibrate --undo", 0, "Brygvell has no calibration to undo"),
        ("calibrate --undo --json", 0, ""),
        ("cleanup", 0, ""),
        ("rejected retry", 0, "Nothing to parse again"),
        ("token revoke crm", 2, "crm"),
        ("user reset dana", 2, "dana"),
        ("user disable dana", 2, "dana"),
    ],
)
def test_a_command_that_has_nothing_to_work_on_makes_no_store(
    earful: Any, folder: Path, words: str, code: int, said: str
) -> None:
    ran = earful(*words.split())
    assert (ran.code, said in ran.err) == (code, True)
    assert "Nothing is stored yet" in ran.err
    assert not (folder / SAMPLE_DATA).exists()


@pytest.mark.parametrize(("match", "hints"), [("query", 1), ("all", 0)])
def test_check_says_which_forms_of_the_name_a_searching_query_misses(
    earful: Any, folder: Path, match: str, hints: int
) -> None:
    (folder / "posts.csv").write_text("id,text\n1,Hei\n", "utf-8")
    source = f'type = "file"\nname = "posts"\npath = "posts.csv"\nmatch = "{match}"\n'
    (folder / "earful.toml").write_text(
        f'[[brands]]\nname = "Lumavik"\nlanguages = ["no"]\n[[brands.sources]]\n{source}', "utf-8"
    )
    ran = earful("check")
    assert (ran.code, ran.err.count("`Lumavik*` in it finds these too")) == (0, hints)


def test_check_says_which_language_no_reader_knows(earful: Any, folder: Path) -> None:
    (folder / "posts.csv").write_text("id,text\n1,Hei\n", "utf-8")
    source = 'type = "file"\nname = "posts"\npath = "posts.csv"\n'
    (folder / "earful.toml").write_text(
        f'[[brands]]\nname = "Lumavik"\nlanguages = ["no", "ksh"]\n[[brands.sources]]\n{source}', "utf-8"
    )
    ran = earful("check")
    assert (ran.code, ran.err.count("no reader knows the language")) == (0, 1)
    assert '"ksh"' in ran.err


LUMAVIK = """
[[brands]]
name = "Lumavik"
lead = "dana"
[[brands.sources]]
type = "file"
name = "posts"
path = "posts.csv"
"""
TOLD = """
[[notifications]]
name = "team"
secret = "EARFUL_TEAM_CHAT"
[[people]]
name = "Anna"
secret = "EARFUL_ANNA"
[inbox]
mail = "EARFUL_MAIL"
[inbox.oidc]
issuer = "https://login.example.com"
client_id = "earful"
"""


@pytest.fixture
def lumavik(folder: Path) -> Callable[[str], None]:
    """Configures a brand with one source that can be read, and this."""

    def configure(more: str) -> None:
        (folder / "posts.csv").write_text("id,text\n1,Hei\n", "utf-8")
        (folder / "earful.toml").write_text(LUMAVIK + more, "utf-8")

    return configure


def test_check_tells_each_secret_that_is_not_set(earful: Any, lumavik: Callable[[str], None]) -> None:
    lumavik(TOLD)
    ran = earful("check")
    assert ran.code == 2
    for what, secret in (
        ("channel team", "EARFUL_TEAM_CHAT"), ("person Anna", "EARFUL_ANNA"), ("inbox.mail", "EARFUL_MAIL"),
        ("inbox.oidc", "EARFUL_OIDC_SECRET"),
    ):  # fmt: skip
        assert f"FAIL  {what}: {secret} is not set" in ran.out
    assert "ok    Lumavik / posts" in ran.out


@pytest.mark.slow
@KNOWS_APPRISE
def test_check_tells_an_address_that_nothing_can_be_sent_to_and_sends_nothing(
    earful: Any, lumavik: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lumavik(TOLD)
    monkeypatch.setenv("EARFUL_TEAM_CHAT", "discrod://123/hush")
    monkeypatch.setenv("EARFUL_ANNA", "json://127.0.0.1:9/hush json://127.0.0.1:9/hush")
    monkeypatch.setenv("EARFUL_MAIL", "mailtos://earful:hush@smtp.example.com")
    monkeypatch.setenv("EARFUL_OIDC_SECRET", "hush")
    monkeypatch.setattr("apprise.Apprise.notify", lambda *_: pytest.fail("something was sent"))
    ran = earful("check", "--json")
    assert ran.code == 2
    proved = {row["what"]: row for row in ran.rows}
    assert [(name, proved[name]["ok"], proved[name]["code"]) for name in list(proved)[2:]] == [
        ("channel team", False, 2), ("person Anna", False, 2), ("inbox.mail", True, 0), ("inbox.oidc", True, 0),
    ]  # fmt: skip
    assert "its secret holds no single address that apprise knows" in proved["channel team"]["said"]
    assert "mailtos://…" in proved["inbox.mail"]["said"]
    assert "hush" not in ran.out + ran.err


@pytest.mark.parametrize(("codes", "ended"), [("posts.csv", 2), ("gone.csv", 4)])
def test_a_source_that_cannot_be_read_outweighs_a_secret(
    earful: Any, folder: Path, lumavik: Callable[[str], None], codes: str, ended: int
) -> None:
    lumavik(TOLD)
    file = folder / "earful.toml"
    file.write_text(file.read_text("utf-8").replace('"posts.csv"', f'"{codes}"'), "utf-8")
    assert earful("check").code == ended


@pytest.mark.slow
@KNOWS_APPRISE
def test_check_hints_at_names_that_nobody_has_once_there_are_accounts(
    earful: Any, lumavik: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lumavik('[[rules]]\nname = "r"\nquery = "x"\nassignee = "Anna"\n[[people]]\nname = "bo"\nsecret = "EARFUL_BO"\n')
    monkeypatch.setenv("EARFUL_BO", "json://127.0.0.1:9/")
    assert earful("db", "upgrade").code == 0
    assert "called so" not in earful("check").err
    assert earful("user", "add", "anna", "--role", "admin").code == 0
    assert earful("user", "add", "dina", "--role", "agent").code == 0
    ran = earful("check")
    assert ran.code == 0
    assert (
        'the lead of "Lumavik" is "dana", and nobody who works on cases is called so; did you mean "dina"?' in ran.err
    )
    assert '[[people]] names "bo", and nobody who has an account is called so' in ran.err
    assert "Anna" not in ran.err
    for name in ("dana", "bo"):
        assert earful("user", "add", name, "--role", "agent").code == 0
    assert "called so" not in earful("check").err


def test_check_tells_a_source_that_cannot_be_read(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text(
        '[[brands]]\nname = "F"\n[[brands.sources]]\ntype = "file"\nname = "gone"\npath = "gone.csv"\n', "utf-8"
    )
    ran = earful("check")
    assert ran.code == 4
    assert "FAIL  F / gone" in ran.out


def test_sources_lists_every_type_with_its_facts(earful: Any) -> None:
    rows = {row["type"]: row for row in earful("sources", "--json").rows}
    assert set(rows) == set(CONNECTORS)
    assert all(row[fact] for row in rows.values() for fact in ("reads", "credentials", "terms", "completeness"))
    assert "EARFUL_REDDIT_CLIENT_ID" in earful("sources").out


def test_sources_of_one_type_shows_its_presets(earful: Any) -> None:
    said = earful("sources", "file").out
    assert 'preset = "google-play"' in said
    assert '"Review Stars"' in said
    assert "reddit" not in said
    assert "trustpilot" in earful("sources", "file", "--json").rows[0]["presets"]
    assert earful("sources", "fiel").code == 2


def test_docs_lists_and_prints_pages(earful: Any) -> None:
    assert "connectors/reddit" in earful("docs").out
    assert earful("docs", "configuration").out.startswith("# ")
    assert earful("docs", "nowhere").code == 2


def test_db_status_changes_nothing(earful: Any, folder: Path) -> None:
    assert earful("db", "status", "--json").rows[0]["current"] is False
    assert not (folder / SAMPLE_DATA).exists()
    assert earful("db", "upgrade").code == 0
    assert earful("db", "status", "--json").rows[0]["current"] is True


@pytest.mark.parametrize("words", [words for words, _, _ in COMMANDS])
def test_every_command_shows_an_example_and_is_documented(earful: Any, words: str) -> None:
    ran = earful(*words.split(), "--help")
    assert ran.code == 0
    assert "Example:" in ran.out
    assert f"earful {words}" in (HERE / "docs" / "commands.md").read_text("utf-8")
