"""The shipped sample says what `truth.json` says it does. Read with the standard library only, as a stranger would."""

import csv
import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

TRUTH = json.loads(Path(__file__).with_name("truth.json").read_text(encoding="utf-8"))["files"]
FIRST, LAST = datetime(2026, 9, 22, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
BRAND = re.compile(r"\b(brygvell?|брюгвел)\b", re.IGNORECASE)
COMPETITOR = re.compile(r"\b(tazzorin|тазорин)\b", re.IGNORECASE)
COLUMNS = ["Review ID", "Reference", "Customer", "Stars", "Headline", "Review text", "Date", "Link", "Language"]


def raw(name: str) -> str:
    return (files("earful.sample") / name).read_bytes().decode("utf-8")


def is_dated(text: str) -> bool:
    try:
        return FIRST <= datetime.fromisoformat(text) < LAST
    except ValueError:
        return False


def parsed(line: str) -> dict[str, Any]:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return {}


def usable_mention(item: dict[str, Any]) -> bool:
    has_words = item.get("text") or item.get("title") or item.get("state") == "deleted"
    return bool("E+" not in item.get("id", "E+") and has_words and is_dated(item["published_at"]))


def usable_review(row: list[str]) -> bool:
    if len(row) != len(COLUMNS):
        return False
    item = dict(zip(COLUMNS, row, strict=True))
    return item["Review ID"].isdecimal() and item["Stars"] in {"", *"12345"} and is_dated(item["Date"])


def mentions() -> list[dict[str, Any]]:
    return [parsed(line) for line in raw("mentions.jsonl").splitlines()]


def reviews() -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(raw("reviews.csv"), newline=""))
    assert header == COLUMNS
    return rows


def told_apart(records: list[Any], usable: Any, key: Any) -> dict[str, int]:
    """What became of each record, counted as the truth counts it."""
    counts: Counter[str] = Counter(records=len(records), rejected=0, repeated=0, edited=0)
    latest: dict[str, Any] = {}
    for record in records:
        if not usable(record):
            counts["rejected"] += 1
            continue
        before = latest.get(record[key])
        counts["repeated"] += before == record
        counts["edited"] += before not in (None, record)
        latest[record[key]] = record
    return {**counts, "good_ids": len(latest)}


def good_mentions() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    latest = {item["id"]: item for item in mentions() if usable_mention(item)}
    for external_id, truth in TRUTH["mentions.jsonl"]["items"].items():
        yield latest[external_id], truth


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mentions.jsonl", lambda: told_apart(mentions(), usable_mention, "id")),
        ("reviews.csv", lambda: told_apart(reviews(), usable_review, 0)),
    ],
)
def test_each_file_holds_what_the_truth_counts(name, found):
    counts = dict(TRUTH[name]["counts"])
    off_query = counts.pop("off_query")
    assert found() == counts
    assert off_query == sum(item["about"] == "neither" for item in TRUTH[name]["items"].values())
    assert counts["good_ids"] + counts["rejected"] + counts["repeated"] + counts["edited"] == counts["records"]


def test_the_truth_knows_every_good_id_and_no_other():
    assert {item["id"] for item in mentions() if usable_mention(item)} == set(TRUTH["mentions.jsonl"]["items"])
    assert {row[0] for row in reviews() if usable_review(row)} == set(TRUTH["reviews.csv"]["items"])


def test_a_mention_names_whom_the_truth_says_it_is_about():
    for item, truth in good_mentions():
        words = f"{item.get('title', '')} {item['text']}"
        expected = truth["about"] in {"brand", "both"}, truth["about"] in {"competitor", "both"}
        assert (bool(BRAND.search(words)), bool(COMPETITOR.search(words))) == expected, words


def test_languages_and_labels_are_spread_as_a_brand_would_see_them():
    items = [i for file in TRUTH.values() for i in file["items"].values() if i["about"] != "neither"]
    language, label = Counter(i["language"] for i in items), Counter(i["label"] for i in items)
    assert set(language) == {"en", "nb", "nn", "bg", "id", "hu", "de", "es", "ar", "th", "sv"}
    assert 0.40 < language["en"] / len(items) < 0.50
    assert all(0.09 < language[code] / len(items) < 0.14 for code in ("nb", "bg", "id", "hu"))
    assert 0.32 < label["negative"] / len(items) < 0.40
    assert 0.36 < label["positive"] / len(items) < 0.44


def test_a_reply_comes_after_the_post_it_answers():
    posts = {item["id"]: item for item, _ in good_mentions()}
    replies = [item for item in posts.values() if item["parent_id"]]
    assert len(replies) > 20
    for reply in replies:
        parent = posts[reply["parent_id"]]
        assert reply["thread_id"] == parent["thread_id"]
        assert reply["published_at"] > parent["published_at"]


def test_one_complaint_spikes_within_two_days():
    days = Counter(item["published_at"][:10] for item, truth in good_mentions() if "spike" in truth.get("tags", ()))
    assert set(days) == {"2026-11-17", "2026-11-18"}
    assert days.total() == 22


@pytest.mark.parametrize(
    "oddity",
    ['=HYPERLINK(\\"', "<script>", "\u202e", "\U0001f595", '"state": "deleted"', '"edited_at"'],
    ids=["formula", "markup", "override", "rude emoji", "deleted", "edited"],
)
def test_the_sample_holds_what_trips_up_careless_code(oddity):
    assert oddity in raw("mentions.jsonl")


def test_the_sample_holds_a_very_long_text_and_a_review_without_words():
    assert max(len(item["text"]) for item, _ in good_mentions()) > 5500
    assert [row[3] for row in reviews() if usable_review(row) and not row[4] and not row[5]] == ["5"]
    assert any("\n" in row[5] for row in reviews() if usable_review(row))


@pytest.mark.parametrize("name", ["mentions.jsonl", "reviews.csv", "earful.toml"])
def test_links_lead_to_hosts_that_cannot_exist(name):
    hosts = {urlsplit(link).hostname or "" for link in re.findall(r"https?://[^\s\"\\,)]+", raw(name))}
    assert {host for host in hosts if host != "example.com" and not host.endswith(".example")} == set()


def test_the_configuration_maps_columns_that_the_files_have():
    (brand,) = tomllib.loads(raw("earful.toml"))["brands"]
    mapped = {source["path"]: set(source["map"].values()) for source in brand["sources"]}
    assert mapped["mentions.jsonl"] == {key for item in mentions() for key in item}
    assert mapped["reviews.csv"] < set(COLUMNS)
    assert [source["match"] for source in brand["sources"]] == ["query", "all"]
