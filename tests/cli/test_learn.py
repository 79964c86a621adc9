"""`earful evaluate`, `calibrate` and `read` as a person uses them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # whole commands over a store each

ROWS = [
    {"text": "This is awful and broken", "label": "negative", "brand": "A", "lang": "en"},
    {"text": "I love it", "label": "positive", "brand": "A", "lang": "en"},
    {"text": "It opens at nine", "label": "neutral", "brand": "B", "source": "forum"},
    {"text": "Refund please. Waiting 3 weeks", "label": "negative", "brand": "B", "rating": 1},
]


def written(folder: Path, *rows: Any) -> Path:
    file = folder / "gold.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return file


def test_a_labelled_file_is_measured_by_group(earful: Any, folder: Path) -> None:
    ran = earful("evaluate", str(written(folder, *ROWS, "")), "--json")
    assert ran.code == 0
    (told,) = ran.rows
    assert (told["texts"], told["accuracy"], told["macro_f1"], told["unscored"]) == (4, 1.0, 1.0, 0)
    assert told["confusion"]["negative"] == {"negative": 2, "neutral": 0, "positive": 0, "unscored": 0}
    assert {name: one["texts"] for name, one in told["by_brand"].items()} == {"A": 2, "B": 2}
    assert set(told["by_source"]) == {"forum"}
    assert told["precision_at_90_recall"] == 1.0
    assert "Nothing is stored" not in ran.err
    low, high = told["intervals"]["accuracy"]
    assert 0.3 < low < 0.6
    assert high == 1.0


def test_the_language_that_a_file_states_is_believed(earful: Any, folder: Path) -> None:
    row = '{"text": "Not on", "label": "neutral", "language": "%s"}'
    ran = earful(
        "evaluate", str(written(folder, *(row % said for said in ("xx", "und", "English", "nb-NO", "nn")))), "--json"
    )
    (told,) = ran.rows
    assert told["by_language"]["no"]["texts"] == 2
    unscored = {said: told["by_language"][said]["unscored"] for said in ("xx", "und", "English")}
    assert unscored == {"xx": 1, "und": 0, "English": 0}


def test_an_empty_file_is_no_file_of_labels(earful: Any, folder: Path) -> None:
    ran = earful("evaluate", str(written(folder, "")))
    assert (ran.code, ran.out) == (2, "")
    assert "gold.jsonl is empty" in ran.err


def test_few_texts_are_shown_with_their_interval(earful: Any, folder: Path) -> None:
    ran = earful("evaluate", str(written(folder, *ROWS)), "--reader", "vader")
    assert ran.code == 0
    assert "vader 3.3.2" in ran.out
    assert "(0.30-" in ran.out
    assert "people say" in ran.out


def test_what_no_text_tells_is_not_called_nought(earful: Any, folder: Path) -> None:
    file = str(written(folder, *ROWS[1:3]))
    (told,) = earful("evaluate", file, "--json").rows
    assert (told["accuracy"], told["macro_f1"]) == (1.0, 1.0)
    unknown = ("negative_precision", "negative_recall", "negative_f1", "precision_at_90_recall")
    assert {told[name] for name in unknown} == {told["by_language"]["en"][name] for name in unknown} == {None}
    assert re.search(r"^all +2 .*1\.00 .* – +– +– +0\.\d+$", earful("evaluate", file).out, re.MULTILINE)


BAD = {
    "{": "no JSON object",
    "[]": "does not begin with",
    '{"text": 3, "label": "neutral"}': 'needs a "text"',
    '{"text": "x", "label": "bad"}': 'it says "bad"',
    '{"text": "x"}': "it says null",
    '{"text": "x", "label": "neutral", "rating": 9}': '"rating" is a number from 1 to 5',
}


def test_every_bad_line_is_named_and_nothing_is_measured_on_a_part(earful: Any, folder: Path) -> None:
    ran = earful("evaluate", str(written(folder, ROWS[0], *BAD)))
    assert (ran.code, ran.out) == (2, "")
    assert "6 of 7 lines can't be used; nothing was measured" in ran.err
    for number, said in enumerate(BAD.values(), 2):
        assert any(f"gold.jsonl:{number}: " in line and said in line for line in ran.err.splitlines())


def test_of_many_bad_lines_the_first_are_named_and_the_rest_counted(earful: Any) -> None:
    ran = earful("evaluate", "-", stdin=b"caf\xe9\n" * 47)
    assert ran.code == 2
    assert [f"standard input, line {number}:" in ran.err for number in (1, 10, 11)] == [True, True, False]
    assert "no UTF-8" in ran.err
    assert "and 37 more lines" in ran.err


def test_standard_input_is_measured_like_a_file(earful: Any) -> None:
    rows = "\ufeff" + "\r\n".join(map(json.dumps, ROWS))
    (told,) = earful("evaluate", "-", "--json", stdin=rows.encode()).rows
    assert (told["texts"], told["accuracy"]) == (4, 1.0)


OTHERS_PRAISED = {"text": "Tazzorin is so much better than Brygvell", "label": "negative", "language": "en"}


@pytest.mark.parametrize(
    ("brand", "words", "right", "texts"),
    [
        (None, (), 0, 2),
        (None, ("--brand", "brygvell"), 1, 2),
        ("BRYGVELL", (), 1, 2),
        ("Skimrell", ("--brand", "brygvell"), 1, 1),
    ],
)
def test_a_file_is_read_as_the_daily_run_reads_for_the_brand_that_is_named(
    earful: Any, folder: Path, brand: str | None, words: tuple[str, ...], right: int, texts: int
) -> None:
    (folder / "earful.toml").write_text(
        '[[brands]]\nname = "Brygvell"\ncompetitors = [{ name = "Tazzorin" }]\n[[brands]]\nname = "Skimrell"\n', "utf-8"
    )
    other = {"text": "Great, I love it", "label": "neutral"} | ({"brand": brand} if brand == "Skimrell" else {})
    praised = OTHERS_PRAISED | ({"brand": brand} if brand == "BRYGVELL" else {})
    ran = earful("evaluate", str(written(folder, praised, other)), *words, "--json")
    (told,) = ran.rows
    assert (told["texts"], told["confusion"]["negative"]["negative"]) == (texts, right)
    assert ("1 of 2 texts name another brand" in ran.err) == (texts == 1)
    assert not (folder / "earful-data").exists()


def test_a_file_about_another_brand_alone_is_no_measure_of_this_one(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text('[[brands]]\nname = "Brygvell"\n[[brands]]\nname = "Skimrell"\n', "utf-8")
    ran = earful("evaluate", str(written(folder, ROWS[0] | {"brand": "skimrell"})), "--brand", "Brygvell", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "another brand of yours than Brygvell" in ran.err


def test_nothing_to_measure_or_to_learn_from_says_where_labels_come_from(earful: Any) -> None:
    told = earful("evaluate", "--json")
    assert "Nothing is labelled yet" in told.err
    assert told.rows[0]["texts"] == 0
    assert (
        told.rows[0]["accuracy"] is told.rows[0]["calibration_error"] is told.rows[0]["intervals"]["accuracy"] is None
    )
    ran = earful("calibrate", "--brand", "brygvell")
    assert ran.code == 2
    assert "50 are needed" in ran.err
    assert "has no calibration to undo" in earful("calibrate", "--brand", "brygvell", "--undo").err
    assert earful("calibrate", "--brand", "nobody").code == 2


def test_reading_again_without_anything_to_read(earful: Any) -> None:
    (told,) = earful("read", "--again", "--json").rows
    assert (told["read"], told["stored"]) == (0, False)
    assert earful("read", "--yes").code == 2
    assert "0 read" in earful("read").out


@pytest.mark.parametrize("words", [("--brand", ""), ("--brand=",), ("--source", " ")])
def test_a_brand_that_came_out_empty_does_not_become_all_of_them(earful: Any, words: tuple[str, ...]) -> None:
    ran = earful("read", "--again", "--yes", *words)
    assert (ran.code, f"{words[0].strip('=')} is empty" in ran.err) == (2, True)
