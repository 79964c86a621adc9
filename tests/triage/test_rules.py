from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from earful.settings import Brand, Rule, Settings
from earful.values import Label, MentionKind, Reading, Severity, Unjudged, Verdict
from triage.judge import Heard, judge
from triage.rules import holds, ruled
from triage.stored import EXAMPLES, tried, verdict_on

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
BRAND = Brand(name="Brygvell")
SETTINGS = Settings(brands=(BRAND,))
SAID = Heard(
    text="Brygvell: elendig kjele, den lekker",
    about_brand=True,
    rating=3.0,
    reach=40,
    author="kari",
    source="reviews",
    source_type="file",
    url="https://a.example/1",
)
READ = Reading("no", Label.NEUTRAL, 0.0, 0.7, "test", "1", themes=("product quality",))


def rule(name: str = "ours", **said: Any) -> Rule:
    return Rule.model_validate({"name": name, **(said or {"query": "kjele"})})


def verdict(rules: Sequence[Rule], heard: Heard = SAID, reading: Reading = READ) -> Verdict:
    return ruled(judge(heard, reading, BRAND, SETTINGS.flagging, NOON), heard, reading, BRAND, rules, NOON)


@pytest.mark.parametrize(
    ("asks", "other"),
    [
        ({"labels": ["neutral"]}, {"labels": ["positive"]}),
        ({"confidence_from": 0.7, "confidence_to": 0.7}, {"confidence_to": 0.69}),
        ({"rating_from": 3, "rating_to": 3}, {"rating_from": 3.5}),
        ({"reach_from": 40}, {"reach_from": 41}),
        ({"query": "lekk* AND lang:no"}, {"query": "lekk* AND lang:hu"}),
        ({"query": "author:kari source:file site:a.example"}, {"query": "source:reddit"}),
        ({"themes": ["price and value", "product quality"]}, {"themes": ["price and value"]}),
        ({"sources": ["reviews"]}, {"sources": ["file"]}),
        ({"author_seen": False}, {"author_seen": True}),
        ({"labels": ["neutral"], "brands": ["Brygvell"]}, {"labels": ["neutral"], "brands": ["Tazzorin"]}),
    ],
)
def test_each_condition_holds_where_it_is_so_and_nowhere_else(asks: dict[str, Any], other: dict[str, Any]) -> None:
    assert holds(rule(**asks), SAID, READ, BRAND.name)
    assert not holds(rule(**other), SAID, READ, BRAND.name)
    assert not holds(rule(**{**asks, "sources": ["nowhere"]}), SAID, READ, BRAND.name)


def test_what_nobody_knows_lies_within_no_bounds() -> None:
    bare = replace(SAID, rating=None, reach=None)
    for asks in ({"rating_to": 5}, {"rating_from": 0}, {"reach_from": 0}, {"reach_to": 9}):
        assert not holds(rule(**asks), bare, READ, BRAND.name)


def test_a_rule_flags_and_names_itself_as_the_reason_with_its_own_promise() -> None:
    found = verdict([rule(query="lekk*", severity="high", assignee="ivana", tags=["#Leak "], notify=[])])
    assert (found.flagged, found.severity, found.assignee, found.tags) == (True, Severity.HIGH, "ivana", ("leak",))
    assert [(reason.code, reason.detail) for reason in found.reasons][-1] == ("rule", "ours")
    assert found.due_at == datetime(2026, 3, 4, 16, tzinfo=UTC)
    assert found.half_at == datetime(2026, 3, 4, 14, tzinfo=UTC)


def test_the_first_rule_that_says_so_decides_and_tags_add_up() -> None:
    leave, flag = rule("leave", does="leave", sources=["reviews"]), rule("flag", query="kjele", tags=["one"])
    urgent = rule("urgent", does="sort", labels=["neutral"], severity="urgent", tags=["two"])
    assert not verdict([leave, flag, urgent]).flagged
    both = verdict([flag, leave, urgent])
    assert (both.flagged, both.severity, both.tags) == (True, Severity.URGENT, ("one", "two"))
    assert not verdict([urgent]).flagged


def test_a_rule_leaves_what_earful_would_flag() -> None:
    bad = replace(READ, label=Label.NEGATIVE, polarity=-0.8)
    assert verdict([], reading=bad).flagged
    left = verdict([rule(does="leave", confidence_to=0.8)], reading=bad)
    assert (left.flagged, left.due_at, left.testimonial) == (False, None, False)


def test_what_is_about_a_competitor_no_rule_flags() -> None:
    assert not verdict([rule()], replace(SAID, about_brand=False)).flagged


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"does": "flag", "severity": "high"}, "asks nothing"),
        ({"rating_from": 4, "rating_to": 2}, "holds of nothing"),
        ({"query": "kjele AND ("}, "column"),
        ({"query": "x", "does": "leave", "tags": ["a"]}, "nothing can follow"),
        ({"query": "x", "does": "sort"}, "needs a severity"),
        ({"query": "x", "tags": ["t" * 41]}, "1 to 40"),
        ({"query": "x", "confidence_from": 1.5}, "less than or equal to 1"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_reason(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        rule(**said)


def test_a_rule_that_names_an_unknown_brand_or_channel_is_told() -> None:
    assert "Brygvell" in str(SETTINGS.wrong_with(rule(query="x", brands=["Brygvel"])))
    assert "channel" in str(SETTINGS.wrong_with(rule(query="x", notify=["chat"])))
    assert SETTINGS.wrong_with(rule(query="x", brands=["Brygvell"])) is None


CONDITIONS = st.fixed_dictionaries({
    "does": st.sampled_from(["flag", "leave"]),
    "labels": st.lists(st.sampled_from(["negative", "neutral", "positive"]), min_size=1, max_size=3),
}, optional={
    "confidence_from": st.floats(0, 0.5), "confidence_to": st.floats(0.5, 1), "rating_to": st.integers(1, 5),
    "reach_from": st.integers(0, 900), "author_seen": st.booleans(), "query": st.sampled_from(["kjele", "-kjele"]),
})  # fmt: skip
RULES = st.lists(CONDITIONS, max_size=4).map(
    lambda all_said: [rule(str(number), **said) for number, said in enumerate(all_said)]
)
READINGS = st.builds(
    lambda label, polarity, confidence: replace(READ, label=label, polarity=polarity, confidence=confidence),
    st.sampled_from(list(Label)), st.floats(-1, 1), st.floats(0, 1),
)  # fmt: skip
SAYINGS = st.builds(
    lambda rating, reach, seen: replace(SAID, rating=rating, reach=reach, author_seen=seen),
    st.none() | st.floats(1, 5), st.none() | st.integers(0, 1000), st.booleans(),
)  # fmt: skip


@given(RULES, SAYINGS, READINGS)
def test_a_verdict_after_rules_is_whole_and_explained(rules: list[Rule], heard: Heard, reading: Reading) -> None:
    before, after = verdict([], heard, reading), verdict(rules, heard, reading)
    assert after.flagged == (after.due_at is not None) == (after.half_at is not None)
    assert not (after.flagged and after.testimonial)
    assert after.flagged == before.flagged or any(reason.code == "rule" for reason in after.reasons)
    # A rule that does not hold changes nothing, wherever it stands.
    assert verdict([each for each in rules if holds(each, heard, reading, BRAND.name)], heard, reading) == after


def unjudged(key: int, text: str, label: Label) -> Unjudged:
    return Unjudged(
        key, "d", BRAND.name, BRAND.name, "", text, "kari", MentionKind.REVIEW, None, None, None, "en", label,
        -0.5 if label is Label.NEGATIVE else 0.0, 0.9, [], "test", "1", [], None, "reviews", "file", NOON,
    )  # fmt: skip


def test_a_trial_counts_what_more_and_what_fewer_with_the_first_of_each() -> None:
    batches = [
        [unjudged(key, "the lid is awful", Label.NEGATIVE) for key in range(7)],
        [unjudged(key, "a kettle", Label.NEUTRAL) for key in range(7, 10)],
    ]
    other = [rule("k", query="kettle"), rule("l", does="leave", query="lid")]
    found = tried(batches, SETTINGS, [], other, NOON)
    assert (found.looked, found.flagged, found.more, found.fewer, found.sorted) == (10, 7, 3, 7, 0)
    assert [each.mention_id for each in found.more_of] == [7, 8, 9]
    assert len(found.fewer_of) == EXAMPLES
    sorting = tried(batches, SETTINGS, [], [rule(does="sort", query="lid", severity="urgent")], NOON)
    assert (sorting.more, sorting.fewer, sorting.sorted) == (0, 0, 7)


def test_a_stored_mention_is_judged_by_its_themes_and_source() -> None:
    each = unjudged(1, "a kettle", Label.NEUTRAL)
    assert verdict_on(each, READ, BRAND, SETTINGS, [rule(themes=["product quality"])], NOON).flagged
    assert not verdict_on(each, READ, BRAND, SETTINGS, [rule(sources=["elsewhere"])], NOON).flagged
