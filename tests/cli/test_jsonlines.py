"""What a JSON line says to a reader, whichever command it is handed to."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.cli.jsonlines import place, record_of, said_by

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("key", "given", "taken"),
    [
        *[("rating", one, float(one)) for one in (1, 4.5, "1", "4.5", " 5 ")],
        ("rating", "4,5", 4.5),
        *[("nps", one, 9) for one in (9, "9", "9.0", 9.0)],
        *[(key, one, None) for key in ("rating", "nps") for one in (None, "", " ")],
    ],
)
def test_a_score_is_a_number_or_a_string_of_one(key: str, given: object, taken: float | None) -> None:
    said = said_by({"text": "x", key: given})
    assert (getattr(said.passage, key), said.error) == (taken, "")


def test_a_number_beyond_all_bounds_is_no_json() -> None:
    with pytest.raises(ValueError, match="1e999 is too large"):
        record_of('{"text": "x", "likes": 1e999}')


@pytest.mark.parametrize(
    ("key", "given"),
    [
        *[("rating", one) for one in (0, 99, "0", "1e0", "nan", "good", True, [5], 10**400)],
        *[("nps", one) for one in (11, "-1", "9.5", "9" * 5_000, False)],
    ],
)
def test_a_score_that_is_none_is_told_and_the_text_stays(key: str, given: object) -> None:
    said = said_by({"text": "x", key: given})
    assert (said.passage.text, getattr(said.passage, key)) == ("x", None)
    assert said.error.startswith(f'"{key}" is a')
    assert len(said.error) < 120


@pytest.mark.parametrize("key", ["language", "lang"])
@pytest.mark.parametrize(
    ("stated", "code"),
    [
        *[(one, one) for one in ("nb-NO", "ENG", "qu", "quz")],
        *[(one, None) for one in ("", "und", "und_Latn", "mul", "ZXX", "qme", "Norwegian", 5)],
    ],
)
def test_a_stated_language_counts_where_it_is_a_code(key: str, stated: object, code: str | None) -> None:
    assert said_by({"text": "x", key: stated}).passage.language == code


@given(JSON)
def test_whatever_json_comes_is_an_object_or_told_why_not(value: object) -> None:
    line = json.dumps(value)
    if isinstance(value, dict):
        assert record_of(f" {line}\r") == value
    else:
        with pytest.raises(ValueError, match="no JSON object"):
            record_of(line)


@given(st.dictionaries(st.sampled_from(["text", "rating", "nps", "language", "lang"]), JSON))
def test_no_object_breaks_anything(record: dict[str, object]) -> None:
    try:
        passage = said_by(record).passage
    except ValueError:
        assert not isinstance(record.get("text"), str)
    else:
        assert passage.rating is None or 1 <= passage.rating <= 5
        assert passage.nps is None or 0 <= passage.nps <= 10


def test_a_line_is_named_so_that_it_is_found() -> None:
    assert (place("gold.jsonl", 7), place("-", 7)) == ("gold.jsonl:7", "standard input, line 7")
