"""Hacker News: windows that narrow, alternatives, cursors, and the shapes of its items."""

import json
from datetime import UTC, datetime

import pytest

from connectors import hackernews
from connectors.base import Page
from earful.errors import SourceIll
from earful.query import parse_query
from earful.values import MentionKind, MissedReason

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())


class Search:
    """A search that gives a thousand hits at most, like the real one; here: ten."""

    def __init__(self, world, make_reply, stories):
        self.stories, self.make_reply = stories, make_reply
        world.fake.reply = self.answer

    def answer(self, asked):
        span = dict(part.split("=") for part in asked.query["numericFilters"].replace("created_at_i", "").split(","))
        since, until = int(span[">"]), int(span.get("<", 10**12))
        words = asked.query["query"].lower().replace('"', "").split()
        hits = [
            hit
            for hit in self.stories
            if since <= hit["created_at_i"] <= until and all(w in hit["title"] for w in words)
        ]
        hits.sort(key=lambda hit: -hit["created_at_i"])
        return self.make_reply(json.dumps({"hits": hits[:10], "nbHits": len(hits)}).encode())


def story(number, title="fjordair", at=None):
    return {
        "objectID": str(number),
        "title": title,
        "author": "ada",
        "created_at_i": NOON + number if at is None else at,
    }


@pytest.fixture
def world(worlds, monkeypatch):
    monkeypatch.setattr(hackernews, "MOST_HITS", 10)
    return worlds("hackernews")


def test_more_hits_than_one_answer_holds_are_read_by_narrowing_the_window(world, make_reply):
    Search(world, make_reply, [story(n) for n in range(1, 38)])
    pages, parsed = world.read(world.ask(first="900w"))
    assert {found.external_id for found in parsed.found} == {str(n) for n in range(1, 38)}
    assert len(parsed.found) == 37
    assert parsed.missed == ()
    assert sum(page.requests for page in pages) == len(world.fake.asked) == 5
    assert [page.cursor is not None for page in pages] == [False] * 4 + [True]
    assert pages[-1].cursor["newest"] == NOON + 37


def test_more_hits_within_a_second_than_can_be_read_are_told(world, make_reply):
    Search(world, make_reply, [*[story(n, at=NOON) for n in range(1, 16)], story(99, at=NOON - 9)])
    _, parsed = world.read(world.ask(first="900w"))
    assert len(parsed.found) == 11
    assert [missed.reason for missed in parsed.missed] == [MissedReason.CAP]


def test_too_many_requests_are_told(world, make_reply):
    Search(world, make_reply, [story(n) for n in range(1, 99)])
    pages, parsed = world.read(world.ask(first="900w", max_requests=2))
    assert "max_requests" in parsed.missed[0].detail
    assert pages[-1].cursor


def test_each_alternative_is_asked_by_itself_and_repeats_count_once(world, make_reply):
    Search(world, make_reply, [story(1, "fjordair lost"), story(2, "bags lost"), story(3, "fjordair bags")])
    pages, parsed = world.read(world.ask(first="900w", query="fjordair OR bags NOT delta"))
    assert {asked.query["query"] for asked in world.fake.asked} == {"fjordair", "bags"}
    assert len(parsed.found) == 3
    assert sum(page.repeated for page in pages) == 1


def test_the_next_read_goes_back_by_the_overlap_only(world, make_reply):
    Search(world, make_reply, [story(1)])
    pages, _ = world.read(world.ask(first="900w"))
    world.read(world.ask(pages[-1].cursor, overlap="1h"))
    assert world.fake.asked[-1].query["numericFilters"] == f"created_at_i>={NOON + 1 - 3600}"


def test_a_changed_query_is_read_from_the_beginning(world, make_reply):
    Search(world, make_reply, [story(1), story(2, "bags")])
    pages, _ = world.read(world.ask(first="900w"))
    _, parsed = world.read(world.ask(pages[-1].cursor, query="bags", first="900w"))
    assert [found.external_id for found in parsed.found] == ["2"]


def test_a_quiet_read_keeps_the_cursor(world, make_reply):
    Search(world, make_reply, [story(1)])
    pages, _ = world.read(world.ask(first="900w"))
    world.fake.reply = make_reply(b'{"hits": [], "nbHits": 0}')
    again, parsed = world.read(world.ask(pages[-1].cursor))
    assert parsed.found == []
    assert again[-1].cursor == pages[-1].cursor


def test_hits_that_are_promised_and_not_given_are_told(world, make_reply):
    world.fake.reply = make_reply(b'{"hits": [], "nbHits": 4200}')
    with pytest.raises(SourceIll, match="4200"):
        world.read()


@pytest.mark.parametrize(
    ("query", "asked"),
    [("fjordair", ["fjordair"]), ('"fjord air"', ['"fjord air"']), ("refund* late", ["refund late"]), ("NOT a", [""])],
)
def test_what_is_asked(world, make_reply, query, asked):
    world.fake.reply = make_reply(b'{"hits": [], "nbHits": 0}')
    world.read(world.ask(query=query))
    assert [each.query.get("query", "") for each in world.fake.asked] == asked
    assert world.fake.asked[0].query["queryType"] == ("prefixAll" if "*" in query else "prefixNone")
    assert world.fake.asked[0].query["typoTolerance"] == "false"


def test_a_comment(world):
    hit = {
        "objectID": "12",
        "comment_text": "I&#x27;d never <i>again</i><p>Really",
        "author": "bo",
        "created_at_i": NOON,
        "story_id": 10,
        "parent_id": 11,
        "story_title": "FjordAir",
        "points": None,
        "_tags": ["comment"],
    }
    (found,) = hackernews.parse(Page([hit])).found
    assert (found.text, found.title, found.kind) == ("I'd never again\n\nReally", "", MentionKind.COMMENT)
    assert (found.thread_id, found.parent_id, found.reach) == ("10", "11", None)
    assert found.url == "https://news.ycombinator.com/item?id=12"


@pytest.mark.parametrize(
    "broken",
    [
        None, 7, [], {}, {"objectID": 7}, {"objectID": "x'y"}, {"objectID": "1"}, {"objectID": "1", "title": ["x"]},
        {"objectID": "1", "title": "x", "created_at_i": "soon"},
        {"objectID": "1", "title": "x", "created_at_i": 10**18},
        {"objectID": "1", "title": "x", "created_at_i": True}, {"objectID": "1", "title": "x", "author": {}},
    ],
)  # fmt: skip
def test_a_broken_item_is_rejected(broken):
    parsed = hackernews.parse(Page([broken, story(2)]))
    assert len(parsed.rejected) == len(parsed.found) == 1


def test_a_question_is_never_wider_than_it_need_be():
    assert [len(each) for each in parse_query("(a OR b) c").alternatives()] == [2, 2]
