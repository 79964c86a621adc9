import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.cli.score import parse
from models.database import Database
from models.lexicon import set_word

KEYS = {"text", "language", "label", "polarity", "confidence", "negative", "reader"}


def test_lines_come_out_in_order_with_their_readings(earful: Any) -> None:
    ran = earful(
        "score",
        "--json",
        "--reader",
        "vader",
        stdin=b"I love this kettle, it is great\nThis is awful and broken\nDet er greit",
    )
    assert ran.code == 0
    assert [row["text"] for row in ran.rows][:2] == ["I love this kettle, it is great", "This is awful and broken"]
    assert [row["label"] for row in ran.rows] == ["positive", "negative", "unscored"]
    assert all(set(row) == KEYS for row in ran.rows)


def test_json_lines_keep_their_other_keys(earful: Any) -> None:
    given = {"id": 7, "text": "so bad", "deep": {"a": [1, None]}}
    (row,) = earful("score", "--json", "--lang", "en", stdin=json.dumps(given).encode()).rows
    assert {key: row[key] for key in given} == given
    assert row["language"] == "en"


def test_what_moved_a_reading_is_told_when_asked(earful: Any) -> None:
    given = {"text": "Hei, I want a Refund 😡", "label": "mine", "id": 1.50}
    (row,) = earful("score", "--json", "--explain", "--lang", "en", stdin=json.dumps(given).encode()).rows
    assert (row["label"], row["id"], set(row)) == ("negative", 1.5, KEYS | {"id", "themes", "stages", "evidence"})
    assert (row["themes"], row["stages"]) == (["returns and refunds"], {"returns and refunds": "return"})
    moved = {(one["code"], one["text"]): one["weight"] for one in row["evidence"]}
    assert moved["lexicon", "Refund"] < 0 == moved["theme: returns and refunds", "Refund"]
    assert all(row["text"][one["start"] :].startswith(one["text"]) for one in row["evidence"])
    shown = earful("score", "--explain", stdin=b"I want a Refund").out
    assert "lexicon: Refund" in shown
    assert "  theme: returns and refunds (return): Refund" in shown


def test_words_and_themes_of_all_brands_count_without_one(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text('[lexicon]\n"wobbl*" = -3\n[[brands]]\nname = "Brygvell"\n', "utf-8")
    (folder / "themes.txt").write_text("[battery | use]\nen: | runs flat\n", "utf-8")
    (row,) = earful("score", "--json", "--explain", "--lang", "en", stdin=b"so wobbly, runs flat").rows
    assert (row["label"], row["stages"]) == ("negative", {"battery": "use"})


def test_a_json_line_without_a_text_is_named_and_stops_nothing(earful: Any) -> None:
    ran = earful("score", "--json", stdin=b'fine\n{"txt": "x"}\n{"text": null}\nlovely')
    assert ran.code == 2
    assert 'line 2: a JSON line needs a "text"' in ran.err
    assert [row["label"] == "unscored" for row in ran.rows] == [False, True, True, False]
    assert "line 3" in ran.rows[2]["error"]


@pytest.mark.parametrize("line", ['{"text":"\\ud800 bad"}', '\ufeff{"text":"hi"}'], ids=["half an emoji", "BOM"])
def test_an_odd_line_stops_nothing_and_comes_out_as_json(earful: Any, line: str) -> None:
    ran = earful("score", "--json", "--lang", "en", stdin=f"{line}\nthis is awful".encode())
    assert ran.code == 0
    assert len(ran.rows) == 2
    assert ran.rows[1]["label"] == "negative"


def test_scores_that_are_none_are_named_and_the_text_is_read_without_them(earful: Any) -> None:
    given = [{"text": "this is awful", "rating": 10**400}, {"text": "this is awful", "nps": "eleven"}]
    ran = earful("score", "--json", "--lang", "en", stdin="\n".join(map(json.dumps, given)).encode())
    assert ran.code == 2
    assert [row["label"] for row in ran.rows] == ["negative"] * 2
    assert ran.rows[1]["error"] == 'standard input, line 2: "nps" is a number from 0 to 10, or null; it says "eleven"'
    assert all(row["error"] in ran.err for row in ran.rows)


def test_of_many_bad_lines_the_first_are_named_and_the_rest_counted(earful: Any) -> None:
    ran = earful("score", "--json", stdin=b"{\n" * 1_047)
    assert ran.code == 2
    assert ran.err.count("no JSON object") == 10
    assert "and 1,037 more" in ran.err
    assert "line 1047:" in ran.rows[-1]["error"]


def test_without_json_a_person_can_read_it(earful: Any) -> None:
    out = earful("score", "--reader", "vader", stdin=b"What a \x1b[31mhorrible mess\n").out
    assert out.startswith("negative -")
    assert "\x1b" not in out


def test_a_file_is_read_by_its_name(earful: Any, folder: Path) -> None:
    (folder / "posts.jsonl").write_text('{"text": "this is awful"}\n{', "utf-8")
    ran = earful("score", "posts.jsonl", "--json")
    assert (ran.code, ran.rows[0]["label"]) == (2, "negative")
    assert "posts.jsonl:2: no JSON object" in ran.err


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (["--lang", "Norwegian"], b"x", 'there is none "Norwegian"'),
        (["--lang", "xx"], b"x", 'there is none "xx"'),
        (["gone.txt"], b"", "gone.txt can't be read: No such file"),
        (["I love this"], b"", "echo … | earful score"),
        (["--jsno"], b"", 'no option "--jsno"'),
        (["--brand", "brygvel"], b"x", 'did you mean "Brygvell"?'),
        ([], "awful".encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_read(
    earful: Any, words: list[str], stdin: bytes, said: str
) -> None:
    ran = earful("score", *words, stdin=stdin)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_output_that_cannot_be_written_is_told(earful: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        ran = earful("score", stdin=b"x")
        assert ran.code == 1
        assert "No space left" in ran.err


def test_an_unknown_reader_is_told_with_the_nearest(earful: Any) -> None:
    ran = earful("score", "--reader", "vadr", stdin=b"x")
    assert ran.code == 2
    assert "vader" in ran.err


def test_broken_bytes_and_nothing_at_all_are_survived(earful: Any) -> None:
    assert earful("score", "--json", stdin=b"caf\xe9 is great\r\n").rows[0]["text"] == "caf\ufffd is great"
    assert earful("score", "--json", stdin=b"").out == ""


@given(st.text())
def test_any_line_is_a_text_unless_it_is_an_object(line: str) -> None:
    if not line.lstrip().startswith("{"):
        assert parse(line, 1, "-").passage.text == line


@pytest.mark.parametrize("line", ["[1]", "null", '"x"'])
def test_json_that_is_no_object_is_a_text(line: str) -> None:
    assert parse(line, 1, "-").passage.text == line


BROKEN = {
    "{shrug} awful": "at its character 2",
    ' {"text": "awful"': "at its character 17",
    '{"text": "awful"} {}': "more follows",
    '{"rating": NaN, "text": "awful"}': "NaN",
    '{"a":' + "[" * 100_000: "too deep",
    '{"text": "awful", "id": ' + "1" * 5_000 + "}": "digits",
}


def test_a_broken_object_is_named_and_comes_out_unscored_in_its_place(earful: Any) -> None:
    ran = earful("score", "--json", "--lang", "en", stdin="\n".join([*BROKEN, "this is awful"]).encode())
    assert ran.code == 2
    assert [row["text"] for row in ran.rows] == [*BROKEN, "this is awful"]
    assert [row["label"] for row in ran.rows] == ["unscored"] * len(BROKEN) + ["negative"]
    for number, (row, why) in enumerate(zip(ran.rows, BROKEN.values(), strict=False), 1):
        assert f"standard input, line {number}: no JSON object" in row["error"]
        assert why in row["error"]
        assert row["error"] in ran.err


def test_a_stated_language_is_believed_unless_another_is_asked_for(earful: Any) -> None:
    stated = ["nb-NO", "ENG", "", "und", "und_Latn", "Norwegian", None, 5]
    said = "This is awful and it broke after a day"
    stdin = "\n".join(json.dumps({"text": said, "language": one}) for one in stated).encode()
    assert [row["language"] for row in earful("score", "--json", stdin=stdin).rows] == ["no"] + ["en"] * 7
    assert {row["language"] for row in earful("score", "--json", "--lang", "hu", stdin=stdin).rows} == {"hu"}


def test_for_a_brand_what_is_said_of_others_is_left_out_or_turned(earful: Any) -> None:
    said = [
        {"text": "Tazzorin lost my parcel. Brygvell is great"},
        {"text": "Tazzorin is so much better than Brygvell"},
        {"text": "Tazzorin is so much better than Brygvell", "rating": 5},
    ]
    stdin = "\n".join(map(json.dumps, said)).encode()
    rows = earful("score", "--json", "--explain", "--lang", "en", "--brand", "brygvell", stdin=stdin).rows
    assert [row["label"] for row in rows] == ["positive", "negative", "positive"]
    assert [one["text"] for one in rows[0]["evidence"] if one["code"] == "aside"] == ["Tazzorin lost my parcel."]


def test_for_a_brand_what_the_inbox_taught_counts_where_there_is_a_store(
    earful: Any, folder: Path, empty_file: Path
) -> None:
    words = ("score", "--json", "--lang", "en", "--brand", "brygvell")
    assert earful(*words, stdin=b"It is so blon").rows[0]["label"] != "negative"
    (folder / "earful-sample").mkdir()
    store = shutil.copy(empty_file, folder / "earful-sample" / "earful.db")
    with Database(f"sqlite:///{store}") as database, database.write() as session:
        set_word(session, "Brygvell", "blon", -4, "dana", datetime(2026, 3, 4, tzinfo=UTC))
    ran = earful(*words, stdin=b"It is so blon")
    assert ran.rows[0]["label"] == "negative"
    assert "Nothing is stored yet" not in ran.err
