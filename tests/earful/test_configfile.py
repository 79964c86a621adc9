from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connectors.registry import source_types
from earful import settings
from earful.configfile import Configuration, _plain, load
from earful.configplace import SAMPLE_CONFIG, find
from earful.errors import ConfigError
from earful.languagecodes import known_language
from sentiment.languages import known_code, known_languages
from sentiment.weights import available

GOOD = """
[[brands]]
name = "Fjellkopp"
query = 'fjellkopp OR "fjell kopp"'
time_zone = "Europe/Oslo"
[brands.working_hours]
monday = ["09:00-12:00", "13:00-17:00"]
[brands.promise]
urgent = "90m"
[[brands.sources]]
type = "file"
name = "reviews"
path = "reviews.csv"
[brands.sources.map]
text = "Review"
"""


def read(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Configuration:
    file = tmp_path / "earful.toml"
    file.write_text(text, "utf-8")
    return load(file, source_types(), environ or {})


def mistakes(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, text)
    return str(raised.value)


def test_values_are_typed(tmp_path: Path) -> None:
    brand = read(tmp_path, GOOD).settings.brand("fjellkopp")
    assert brand.working_hours["monday"][1] == (time(13), time(17))
    assert brand.promise.urgent == timedelta(minutes=90)
    assert brand.sources[0].match == "all"


def test_every_mistake_is_listed_with_its_line_and_the_nearest_word(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        """readr = "vader"
[[brands]]
nmae = "X"
time_zone = "Mars/Base"
[[brands.sources]]
type = "redit"
name = "a"
[[brands.sources]]
type = "file"
name = "b"
pth = "x.csv"
""",
    )
    file = tmp_path / "earful.toml"
    assert f'{file}:1: unknown key "readr"; did you mean "reader"?' in said
    assert f'{file}:3: unknown key "nmae"; did you mean "name"?' in said
    assert f'{file}:2: "name" is missing' in said
    assert f'{file}:4: brands.time_zone: "Mars/Base" is no time zone' in said
    assert f'{file}:6: there is no source type "redit"; did you mean "reddit"?' in said
    assert f'{file}:11: unknown key "pth"; did you mean "path"?' in said
    assert f'{file}:8: "path" is missing' in said
    assert said.startswith("7 mistakes")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[[brands]", "not valid TOML"),
        ("", '"brands" is missing'),
        ("brands = []", "brands"),
        (GOOD + GOOD, 'two brands named "Fjellkopp"'),
        (GOOD.replace('"09:00-12:00"', '"12:00-09:00"'), "12:00-09:00 ends before it begins"),
        (GOOD.replace('"90m"', '"soon"'), "a duration is a number and a unit"),
        (GOOD + '[schedules]\ncollect = "daily"\n', "a schedule is a cron line of five fields"),
        (GOOD + '[schedules]\ncollect = "61 25 * * *"\n', "a schedule is a cron line such as"),
        (GOOD + '[retention]\nruns = "99999999999d"\n', "longer than a hundred years"),
        (GOOD + "[flagging]\nrating_at_most = 9\n", "flagging.rating_at_most: this must be 5 or less; it says 9"),
    ],
)
def test_a_mistake_says_what_was_expected(tmp_path: Path, wrong: str, said: str) -> None:
    assert said in mistakes(tmp_path, wrong)


TANGLED = """data_dir = 7
[[brands]]
name = "Nordlykt"
query = 'nordlykt* AND ('
languages = ["english", "xx"]
holidays = ["2026-13-01"]
[brands.working_hours]
funday = ["09:00-17:00"]
monday = "09:00-17:00"
[[brands.competitors]]
name = "Rival"
query = '"rival'
[[brands.sources]]
type = "file"
name = "reviews"
path = "a.csv"
match = "quary"
about = "Rivel"
[brands.sources.map]
txt = "Review"
[[brands.sources]]
type = "file"
name = "Reviews"
path = "b.csv"
[[brands]]
name = "nordlykt"
[brands.sources]
type = "file"
[[notifications]]
name = "team"
secret = 3
at_least = "hgih"
[[notifications]]
name = "team"
secret = "EARFUL_TEAM_CHAT"
[[people]]
name = ""
secret = "EARFUL_DANA"
[inbox]
port = "eighty"
"""


def test_no_mistake_hides_another_one(tmp_path: Path) -> None:
    file = tmp_path / "earful.toml"
    said = mistakes(tmp_path, TANGLED).replace(f"{file}:", "").splitlines()
    assert said == [
        "19 mistakes in the configuration",
        "1: data_dir: this must be a text; it says 7",
        "4: brands.query: query, column 16: the query ends too soon: a term or a closing bracket is missing",
        "  nordlykt* AND (",
        "                 ^",
        '5: brands.languages: "english" is no code of a language; did you mean "en"?',
        '5: brands.languages: "xx" is no code of a language; write one like "en" or "nb" (ISO 639-1)',
        '6: brands.holidays: this must be a day, as in "2026-12-24"; it says "2026-13-01"',
        '8: unknown key "funday"; did you mean "sunday"?',
        '9: brands.working_hours.monday: this must be a list, in square brackets; it says "09:00-17:00"',
        "12: brands.competitors.query: query, column 1: this quote is never closed",
        '  "rival',
        "  ^",
        '17: match: "quary" is not known here; did you mean "query"?',
        '18: "Rivel" is no competitor of this brand; did you mean "Rival"?',
        '20: unknown key "txt"; did you mean "text"?',
        '23: this brand has two sources named "Reviews"',
        '26: there are two brands named "nordlykt"; put their sources under one',
        "27: brands.sources: there can be several of these, so each begins with [[brands.sources]]",
        "31: notifications.secret: this must be a text; it says 3",
        '32: notifications.at_least: "hgih" is not known here; did you mean "high"?',
        '34: there are two notification channels named "team"',
        '37: people.name: this is empty; it says ""',
        '40: inbox.port: this must be a whole number; it says "eighty"',
    ]


def test_each_rule_that_names_what_is_not_there_is_told_at_its_line(tmp_path: Path) -> None:
    rule = '[[rules]]\nname = "{0}"\nquery = "x"\n{1} = ["Fjelkopp"]\n'
    said = mistakes(tmp_path, GOOD + rule.format("a", "brands") + rule.format("b", "notify"))
    assert ':16: rule "a": there is no brand "Fjelkopp"; did you mean "Fjellkopp"?' in said
    assert ':20: rule "b": there is no notification channel "Fjelkopp"' in said


ODD = (5, -1.5, True, "", "odd", "2026-13-99", [], [5], ["odd"], {}, {"odd": "odd"}, {"odd": 5}, [{"odd": 5}], None)


def test_no_mistake_is_told_in_words_of_programs() -> None:
    told = [_plain(error, name) for odd in ODD for model in every_model() for name, error in found(model, odd)]
    leaks = ("Input", "should", "parse", "instance", "[key]", "class", "tuple", "pattern", "dict", "bool", "path for")
    assert len(told) > 500
    assert [said for said in told if any(word in said.replace('"odd"', "") for word in leaks)] == []


def every_model() -> list[type[BaseModel]]:
    """All that can stand in a configuration: a table of each kind, and a source of each type."""
    kinds = [each for each in vars(settings).values() if isinstance(each, type) and issubclass(each, settings.Setting)]
    return [*kinds, *source_types().values()]


def found(model: type[BaseModel], odd: object) -> Iterator[tuple[str, ErrorDetails]]:
    """What is wrong with a table in which every key says the same."""
    try:
        model.model_validate(dict.fromkeys(model.model_fields, odd))
    except ValidationError as error:
        for detail in error.errors():
            if "[key]" not in detail["loc"]:
                yield ".".join(map(str, detail["loc"])), detail


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("english", "en"), ("norsk", "no"), ("Deutsch", "de"), ("български", "bg"), ("magyar", "hu"),
        ("bahasa indonesia", "id"), ("norks", "no"), ("dk", "da"), ("jp", "ja"),
    ],
)  # fmt: skip
def test_who_names_a_language_is_told_its_code(said: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"?'):
        known_language(said)


@pytest.mark.slow
def test_a_code_is_taken_wherever_a_reader_takes_it() -> None:
    for code in ("en", "en-GB", "nb_NO", "NB", "ksh"):
        assert known_language(code) == code
    assert [known_language(code) for code in ("jpn", "iw", "nob")] == ["ja", "he", "nb"]
    for code in {*known_languages(), *available()} - {"zxx"}:
        assert known_code(known_language(code)) == known_code(code)
    for code in ("xx", "zz", "und", ""):
        with pytest.raises(ValueError, match="no code of a language; write one like"):
            known_language(code)


@pytest.mark.parametrize("name", ["   ", "\u200b"])
def test_a_name_can_be_looked_for(tmp_path: Path, name: str) -> None:
    assert ":3: brands.name: " in mistakes(tmp_path, GOOD.replace('"Fjellkopp"', f'"{name}"'))


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    environ = {"EARFUL_DATABASE_URL": "postgresql://earful:hush@db/earful", "EARFUL_DATA_DIR": str(tmp_path / "state")}
    settings = read(tmp_path, GOOD, environ).settings
    assert settings.store_url == "postgresql://earful:hush@db/earful"
    assert settings.safe_url == "postgresql://earful:***@db/earful"
    assert settings.data_dir == tmp_path / "state"


def test_state_lives_beside_the_configuration(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD).settings.store_url == f"sqlite:///{tmp_path}/earful-data/earful.db"


def test_a_folder_of_a_model_is_named_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "xlm-t").mkdir()
    said = [f'reader = "{name}"\n{GOOD}' for name in ("transformers:xlm-t", "transformers:some/model", "encoder")]
    found = [read(tmp_path, text).settings.reader for text in said]
    assert found == [f"transformers:{tmp_path}/xlm-t", "transformers:some/model", "encoder"]


def test_the_configuration_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find({}) == SAMPLE_CONFIG
    (tmp_path / "earful.toml").write_text(GOOD, "utf-8")
    assert find({}) == tmp_path / "earful.toml"
    with pytest.raises(ConfigError, match="which is not a file"):
        find({"EARFUL_CONFIG": str(tmp_path / "other.toml")})


@pytest.mark.parametrize("name", ["earful/sample/earful.toml", "earful/starter.toml", "earful.example.toml"])
def test_every_configuration_we_ship_is_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(Path(__file__).parents[2] / name, source_types(), {}).settings.brands


def test_secrets_come_from_environment_dotenv_or_folder_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EARFUL_A=dotenv\nEARFUL_B=dotenv\n", "utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "EARFUL_C").write_text("folder\n", "utf-8")
    secrets = read(tmp_path, GOOD, {"EARFUL_A": "environment"}).secrets
    assert [secrets.get(f"EARFUL_{name}") for name in "ABCD"] == ["environment", "dotenv", "folder", None]
    assert "dotenv" not in repr(secrets)
    with pytest.raises(ConfigError, match="EARFUL_D is not set: the chat needs it"):
        secrets.require("EARFUL_D", "the chat needs it")
