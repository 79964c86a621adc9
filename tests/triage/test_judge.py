from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.settings import Brand, Flagging
from earful.values import Evidence, Label, MentionKind, Reading, Severity, Verdict
from triage.judge import Heard, judge
from triage.phrases import Folded, phrases

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
Words = tuple[str, ...]
BRAND = Brand(name="Fjellkopp")


def read(
    label: Label = Label.NEUTRAL, polarity: float = 0.0, language: str = "en", words: tuple[str, ...] = ()
) -> Reading:
    evidence = tuple(Evidence("lexicon", word, 0, -0.5) for word in words)
    return Reading(language, label, polarity, 0.9, "test", "1", evidence=evidence)


BAD = read(Label.NEGATIVE, -0.5, words=("awful",))
GOOD = read(Label.POSITIVE, 0.8)


def verdict(text: str, reading: Reading = GOOD, rules: Flagging | None = None, **known: Any) -> Verdict:
    heard = Heard(text=text, about_brand=known.pop("about_brand", True), **known)
    return judge(heard, reading, BRAND, rules or Flagging(), NOON)


def codes(found: Verdict) -> list[str]:
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize(
    ("text", "reading", "known", "expected"),
    [
        ("An awful trip", BAD, {}, ["negative"]),
        ("Refund please. Waiting 3 weeks", replace(read(Label.POSITIVE, 0.32), confidence=0.32), {}, ["complaint"]),
        ("Great, thanks for nothing", GOOD, {"rating": 1.0}, ["rating"]),
        ("meh", read(), {"nps": 3}, ["nps"]),
        ("Kjelen kom aldri, får ikke svar", read(Label.UNSCORED, language="no"), {}, ["complaint"]),
        ("Още чакам, никой не отговаря", read(Label.UNSCORED, language="bg"), {}, ["complaint"]),
        ("Barang rusak, masih menunggu balasan", read(Label.UNSCORED, language="id"), {}, ["complaint"]),
        ("Hibás termék, nem működik", read(Label.UNSCORED, language="hu"), {}, ["complaint"]),
        ("Do NOT leave it plugged in, it threw sparks", read(), {}, ["urgent_words"]),
    ],
)
def test_each_rule_flags_by_itself_and_says_so(
    text: str, reading: Reading, known: dict[str, Any], expected: list[str]
) -> None:
    found = verdict(text, reading, **known)
    assert found.flagged
    assert codes(found) == expected
    assert found.due_at is not None
    assert found.due_at > NOON


@pytest.mark.parametrize(
    ("text", "reading", "known"),
    [
        ("No complaints at all, lovely", GOOD, {}),
        ("It has never broken in five years", GOOD, {}),
        ("Insanely good, killer coffee", BAD, {"rating": 5.0}),
        ("Awful service", BAD, {"about_brand": False}),
        ("It is a kettle", read(), {}),
        ("Broken on arrival, a new one within a day, thank you!", GOOD, {}),
    ],
)
def test_what_needs_nobody_is_left_alone(text: str, reading: Reading, known: dict[str, Any]) -> None:
    found = verdict(text, reading, **known)
    assert not found.flagged
    assert found.due_at is None


def test_severity_follows_what_was_said_and_who_heard_it() -> None:
    assert verdict("it caught fire", BAD).severity is Severity.URGENT
    assert verdict("awful, I want a refund", read(Label.NEGATIVE, -0.8)).severity is Severity.HIGH
    assert verdict("awful", BAD).severity is Severity.NORMAL
    assert verdict("awful", BAD, reach=5000).severity is Severity.HIGH
    assert verdict("a bit slow", read(Label.NEGATIVE, -0.1)).severity is Severity.LOW


def test_a_negative_word_about_safety_is_never_a_murmur() -> None:
    murmur = replace(read(Label.NEGATIVE, -0.1), themes=("delivery", "safety"))
    found = verdict("the edge of it is a bit sharp", murmur)
    assert (codes(found), found.reasons[-1].detail) == (["negative", "serious_theme"], "safety")
    assert found.severity is Severity.HIGH
    assert verdict("it caught fire", murmur).severity is Severity.URGENT
    assert codes(verdict("a recall, it says", murmur, kind=MentionKind.ARTICLE)) == ["negative"]
    assert not verdict("a bit sharp, which I like", murmur, rating=5.0).flagged
    for label, theme in ((Label.NEUTRAL, "safety"), (Label.NEGATIVE, "privacy")):
        assert "serious_theme" not in codes(verdict("hm", replace(murmur, label=label, themes=(theme,))))


def test_a_team_may_add_words_and_move_borders() -> None:
    rules = Flagging(phrases=("wobbly lid",), urgent_phrases=("recall",), polarity_below=-0.9)
    assert codes(verdict("the wobbly lid again", GOOD, rules)) == ["own_words"]
    assert verdict("is there a recall?", GOOD, rules).severity is Severity.URGENT
    assert not verdict("awful", BAD, rules).flagged


def test_praise_with_a_known_author_is_a_candidate() -> None:
    said = "The best kettle I have ever had, truly"
    assert verdict(said, GOOD, author="kari").testimonial
    assert verdict(said, read(Label.UNSCORED), author="kari", rating=5.0).testimonial
    assert not verdict(said, GOOD).testimonial
    assert not verdict(said, GOOD, author="kari", rating=3.0).testimonial
    assert not verdict(said, GOOD, author="kari", kind=MentionKind.ARTICLE).testimonial
    assert not verdict("Nice!", GOOD, author="kari").testimonial
    assert not verdict(said, GOOD, author="kari", about_brand=False).testimonial


READINGS = st.builds(
    read,
    st.sampled_from(list(Label)),
    st.floats(-1, 1),
    st.sampled_from(["en", "no", "bg", "id", "hu", "th", "und"]),
)


@given(st.text(), READINGS, st.none() | st.integers(1, 5), st.none() | st.integers(0, 10), st.booleans())
def test_a_verdict_is_whole_whatever_comes(
    text: str, reading: Reading, rating: int | None, nps: int | None, ours: bool
) -> None:
    stars = float(rating) if rating else None
    found = verdict(text, reading, rating=stars, nps=nps, about_brand=ours, author="a")
    assert found.flagged == (found.due_at is not None)
    assert not (found.flagged and (found.testimonial or not found.reasons))
    assert ours or not found.flagged


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The base of my kettle smells of burning", "en"),
        ("Rask kanne, men støpselet ble varmt og det luktet brent", "no"),
        ("Каната мирише на изгоряло", "bg"),
        ("Ketelnya bau gosong", "id"),
        ("Égett szaga van a kannának", "hu"),
    ],
)
def test_a_smell_of_burning_is_urgent_in_each_language(text: str, language: str) -> None:
    found = verdict(text, read(Label.POSITIVE, 0.37, language=language))
    assert (codes(found), found.severity) == (["urgent_words"], Severity.URGENT)


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("ÁTVERÉS az egész, átverés!", "hu", "ÁTVERÉS"),
        ("Kjelen er Ødelagt,\nFÅR  IKKE SVAR", "no", "Ødelagt, FÅR IKKE SVAR"),
        ("НЕ РАБОТИ вече", "bg", "НЕ РАБОТИ"),
        ("I want a ＲＥＦＵＮＤ™ 😡", "en", "ＲＥＦＵＮＤ"),
    ],
)
def test_what_flagged_it_is_shown_as_the_customer_wrote_it(text: str, language: str, said: str) -> None:
    (reason,) = verdict(text, read(Label.UNSCORED, language=language)).reasons
    assert (reason.code, reason.detail) == ("complaint", said)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (
            [("1/5", -1, -1.0), ("slow", 9, -0.2), ("Awful", 0, -0.7), ("great", 5, 0.9), ("Awful", 20, -0.7)],
            "Awful, slow",
        ),
        ([("1/5", -1, -1.0)], "1/5"),
        ([], "polarity -0.50"),
    ],
)
def test_a_negative_reading_tells_the_worst_words_first_and_stars_only_without_any(
    evidence: list[tuple[str, int, float]], said: str
) -> None:
    reading = replace(BAD, evidence=tuple(Evidence("lexicon", *one) for one in evidence))
    assert verdict("Awful", reading).reasons[0].detail == said


PIECES = ("refund", "REFUND", "Réfund", "re\u00adfund", "broke\u0301n", " ", "\n", "é", "™", "ﬁ", "\u200b", "no")


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_what_is_shown_stands_in_the_text(text: str) -> None:
    for said in phrases("complaint", "en").found_in(Folded(text)):
        assert said in " ".join(text.split())


@given(st.sampled_from(["en", "no", "bg", "id", "hu", "xx"]), st.sampled_from(["complaint", "urgent"]))
def test_phrases_are_found_whatever_their_case_and_never_inside_words(language: str, kind: str) -> None:
    said = "REFUNDED" if kind == "complaint" else "LAWYERS"
    assert phrases(kind, language).found_in(Folded(f"{said}!")) == [said]
    assert phrases(kind, language).found_in(Folded("xrefund xlawyer")) == []
