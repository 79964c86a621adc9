"""`earful evaluate`, `calibrate` and `read` as a person uses them."""

import json
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
    low, high = told["intervals"]["accuracy"]
    assert 0.3 < low < 0.6
    assert high == 1.0


def test_the_language_that_a_file_states_is_believed(earful: Any, folder: Path) -> None:
    row = '{"text": "Not on", "label": "neutral", "language": "%s"}'
    ran = earful("evaluate", str(written(folder, *(row % said for said in ("xx", "und", "English")))), "--json")
    (told,) = ran.rows
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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "this is no JSON"),
        ('{"text": 3, "label": "neutral"}', 'an object with a "text"'),
        ('{"text": "x", "label": "bad"}', "it says 'bad'"),
    ],
)
def test_a_bad_line_is_named(earful: Any, folder: Path, line: str, said: str) -> None:
    ran = earful("evaluate", str(written(folder, ROWS[0], line)))
    assert ran.code == 2
    assert "gold.jsonl:2" in ran.err
    assert said in ran.err
    assert ran.out == ""


def test_nothing_to_measure_or_to_learn_from_says_where_labels_come_from(earful: Any) -> None:
    assert "Nothing is labelled yet" in earful("evaluate").err
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
