import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from earful.query import parse_query
from inbox.shown import (
    KINDS,
    NOTHING,
    Mark,
    Pointers,
    excerpt,
    find_marks,
    language_tag,
    listed,
    merged,
    painted,
    quiet_query,
    safe_link,
    shown,
)
from models.search import query_of

BRAND = parse_query('"Fjord Air"')


def plain(html: Markup) -> str:
    """What a person sees: the text without the tags, the entities resolved."""
    return html.striptags()


FJORD = Pointers(BRAND)


def test_evidence_is_marked_in_title_and_body() -> None:
    full = "Bad day\n\nA <b>terrible</b> flight with Fjord Air, a refund please"
    evidence = [
        {"text": "Bad", "start": 0, "weight": -0.5},
        {"text": "terrible", "start": full.index("terrible"), "weight": -0.8},
        {"text": "please", "start": full.index("please"), "weight": 0.2},
    ]
    reasons = [{"code": "complaint", "detail": "refund"}, {"code": "rating", "detail": "1 of 5 stars"}]
    seen = shown(
        "Bad day", "A <b>terrible</b> flight with Fjord Air, a refund please", evidence, reasons, Pointers(BRAND)
    )
    assert seen.title == '<mark class="bad">Bad</mark> day'
    assert seen.body == (
        'A &lt;b&gt;<mark class="bad">terrible</mark>&lt;/b&gt; flight with <mark class="brand">Fjord Air</mark>, '
        'a <mark class="rule">refund</mark> <mark class="good">please</mark>'
    )
    row = listed(
        "Bad day", "A <b>terrible</b> flight with Fjord Air, a refund please", evidence, reasons, Pointers(BRAND)
    )
    assert row.title == seen.title
    assert row.excerpt == seen.body.replace('<mark class="good">please</mark>', "please")


def test_a_body_that_begins_with_its_title_shows_it_once() -> None:
    seen = shown("Bad day", "Bad day, really", [{"text": "Bad", "start": 0, "weight": -1}])
    assert seen.title == ""
    assert seen.body == '<mark class="bad">Bad</mark> day, really'


def test_a_list_looks_only_into_the_beginning() -> None:
    row = listed("t" * 5000, "word " * 50_000, [{"text": "word", "start": 200_000, "weight": -1}])
    assert len(row.title) == 1000
    assert len(row.excerpt) < 240


@pytest.mark.parametrize("start", [-1, 2, 400])
def test_evidence_that_does_not_stand_where_it_says_is_not_marked(start: int) -> None:
    assert list(find_marks("bad", [{"text": "bad", "start": start, "weight": -1}], (), NOTHING)) == []


def test_reasons_that_make_no_query_are_left_unmarked() -> None:
    assert quiet_query('"((" OR') is None
    assert shown("", "x", (), [{"code": "complaint", "detail": '", *'}]).body == "x"


def test_where_marks_meet_the_more_telling_wins() -> None:
    marks = [Mark(0, 9, "brand"), Mark(4, 6, "bad"), Mark(5, 8, "rule"), Mark(12, 14, "good")]
    assert merged(marks) == [
        Mark(0, 4, "brand"), Mark(4, 6, "bad"), Mark(6, 8, "rule"), Mark(8, 9, "brand"), Mark(12, 14, "good"),
    ]  # fmt: skip


@given(st.lists(st.builds(Mark, st.integers(0, 30), st.integers(31, 60), st.sampled_from(KINDS)), max_size=9))
def test_marks_cover_what_they_covered_and_never_twice(marks: list[Mark]) -> None:
    kept = merged(marks)
    assert all(one.end <= other.start for one, other in pairwise(kept))
    covered = {place for mark in marks for place in range(mark.start, mark.end)}
    assert {place for mark in kept for place in range(mark.start, mark.end)} == covered
    for mark in kept:
        best = min(KINDS.index(each.kind) for each in marks if each.start <= mark.start and each.end >= mark.end)
        assert KINDS.index(mark.kind) == best


def test_what_weighs_nothing_is_no_praise() -> None:
    text = "Joy Air lost my bag, but the seat was hard"
    evidence = [
        {"code": "aside", "text": text[:20], "start": 0, "weight": 0.0},
        {"code": "theme: comfort", "text": "seat", "start": text.index("seat"), "weight": 0.0},
        {"code": "lexicon", "text": "hard", "start": text.index("hard"), "weight": -0.3},
    ]
    seen = shown("", text, evidence)
    assert seen.kinds == ["bad", "theme", "aside"]
    assert seen.body.startswith('<mark class="aside">Joy Air lost my bag,</mark>')
    assert '<mark class="theme">seat</mark>' in seen.body
    assert 'class="theme"' not in listed("", text, evidence).excerpt


def test_what_was_searched_for_is_marked_and_the_excerpt_begins_there() -> None:
    text = "terrible " + "word " * 200 + "Tromsø at last"
    pointers = Pointers(None, query_of("tromso -nothing"))
    row = listed("", text, [{"text": "terrible", "start": 0, "weight": -1}], (), pointers)
    assert '<mark class="hit">Tromsø</mark>' in row.excerpt
    assert row.excerpt.startswith("…")
    assert "hit" in shown("", text, (), (), pointers).kinds
    assert listed("", "(", (), (), Pointers(None, query_of("("))).excerpt == "("


def test_what_turns_the_direction_or_steers_a_terminal_is_visible() -> None:
    html = painted("a\u202eb\x1bc\nd\te", [])
    assert 'title="right-to-left override">U+202E' in html
    assert "U+001B" in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "\nd\te" in html
    assert painted("👨\u200d👩\u200d👧 می\u200cخواهم", []) == "👨\u200d👩\u200d👧 می\u200cخواهم"


HOSTILE = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("<>&\"'{}%\u202e\x1b")), max_size=80)


@given(text=HOSTILE, spans=st.lists(st.tuples(st.integers(0, 80), st.integers(1, 9)), max_size=6))
def test_no_text_gets_out_of_its_place(text: str, spans: list[tuple[int, int]]) -> None:
    marks = merged(Mark(s, min(s + n, len(text)), "bad") for s, n in spans if s < len(text))
    html = painted(text, marks)
    tags = re.findall(r"<[^>]*>", html)
    allowed = r'</?(mark( class="bad")?|span( class="sign" title="[^"<>]*")?)>'
    assert all(re.fullmatch(allowed, tag) for tag in tags)
    without_signs = re.sub(r"<span [^>]*>U\+[0-9A-F]+</span>", "\x00", html)
    kept = Markup(re.sub(r"</?mark[^>]*>", "", without_signs)).unescape()
    signs = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
    assert kept == re.sub(signs, "\x00", text.replace("\r\n", "\n")), "whole, nothing lost but what is shown as a sign"


def test_an_excerpt_begins_near_what_is_wrong() -> None:
    text = "word " * 100 + "terrible " + "word " * 100
    html = excerpt(text, [Mark(500, 508, "bad")])
    assert html.startswith("…word")
    assert html.endswith("…")
    assert '<mark class="bad">terrible</mark>' in html
    assert len(plain(html)) < 240
    assert excerpt("short", []) == "short"


@pytest.mark.parametrize(
    "url",
    [None, "", "javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//evil.example", "/cases", "http://",
     "https://[broken", " https://a.example", "https://a.example/\n", "java\nscript:alert(1)", "ftp://a.example",
     "https:\\\\evil.example", "file:///etc/passwd", "vbscript:x"],
)  # fmt: skip
def test_links_that_are_no_web_address_are_not_offered(url: str | None) -> None:
    assert safe_link(url) is None


@pytest.mark.parametrize("url", ["https://a.example/x?y=1#z", "HTTPS://A.example/ø"])
def test_web_addresses_are_offered(url: str) -> None:
    assert safe_link(url) == url


def test_only_language_codes_become_lang() -> None:
    assert [language_tag(code) for code in ("bg", "zh-Hant", "und", None, "", '"><b>', "x")] == [
        "bg", "zh-Hant", None, None, None, None, None,
    ]  # fmt: skip
