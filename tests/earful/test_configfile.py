from datetime import time, timedelta
from pathlib import Path

import pytest

from connectors.registry import source_types
from earful.configfile import Configuration, load
from earful.configplace import SAMPLE_CONFIG, find
from earful.errors import ConfigError

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
        (GOOD + "[flagging]\nrating_at_most = 9\n", "less than or equal to 5"),
    ],
)
def test_a_mistake_says_what_was_expected(tmp_path: Path, wrong: str, said: str) -> None:
    assert said in mistakes(tmp_path, wrong)


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
