"""Whatever comes from outside: a mention, a rejected record, or a source that is refused; never anything else."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import (
    appstore,
    appstoreconnect,
    bluesky,
    discourse,
    googlebusiness,
    googleplay,
    hackernews,
    mastodon,
    reddit,
    rss,
    stackexchange,
    steam,
    trustpilot,
    youtube,
)
from connectors.base import MAX_ID, Page
from connectors.http import Answer
from connectors.markup import plain_text
from earful.errors import SourceError, SourceRefused

pytestmark = pytest.mark.slow  # a hundred mangled pages a source

TIME = 1772366400
OURS = {"base", "country", "place", "app"}  # what the connector itself puts beside a record
GOOD = {
    reddit: {
        "kind": "t3",
        "data": {"name": "t3_a", "title": "x", "selftext": "", "author": "a", "created_utc": 1.0, "edited": False},
    },
    hackernews: {"objectID": "1", "title": "x", "author": "a", "created_at_i": TIME, "points": 1, "_tags": ["story"]},
    mastodon: {
        "uri": "u",
        "content": "x",
        "created_at": "2026-03-01T12:00:00Z",
        "account": {"acct": "a"},
        "language": "en",
    },
    bluesky: {
        "uri": "at://did:plc:a/app.bsky.feed.post/1",
        "author": {"did": "did:plc:a", "handle": "a.example"},
        "record": {"text": "x", "createdAt": "2026-03-01T12:00:00Z", "langs": ["en"], "reply": {"root": {"uri": "r"}}},
        "indexedAt": "2026-03-01T12:00:00Z",
        "labels": [{"val": "x"}],
    },
    youtube: {
        "id": "1",
        "snippet": {"textDisplay": "x", "videoId": "v", "parentId": "0", "publishedAt": "2026-03-01", "likeCount": 1},
    },
    steam: {
        "recommendationid": "1",
        "review": "x",
        "timestamp_created": TIME,
        "author": {"steamid": "1"},
        "voted_up": True,
    },
    stackexchange: {"question_id": 1, "title": "x", "body": "y", "creation_date": TIME, "owner": {"display_name": "a"}},
    discourse: {
        "base": "https://a.example",
        "post": {"id": 1, "post_number": 1, "topic_id": 1, "cooked": "x", "created_at": "2026-03-01", "username": "a"},
    },
    appstore: {
        "country": "us",
        "entry": {
            "id": {"label": "1"},
            "im:rating": {"label": "1"},
            "title": {"label": "x"},
            "content": {"label": "y"},
        },
    },
    trustpilot: {"id": "1", "stars": 1, "title": "x", "consumer": {"displayName": "a"}, "createdAt": "2026-03-01"},
    googlebusiness: {
        "place": "Bergen",
        "review": {
            "name": "accounts/1/locations/2/reviews/3",
            "starRating": "ONE",
            "comment": "x",
            "reviewer": {"displayName": "a", "isAnonymous": False},
            "createTime": "2026-03-01T12:00:00Z",
        },
    },
    googleplay: {
        "app": "com.fjordair.app",
        "review": {
            "reviewId": "1",
            "authorName": "a",
            "comments": [{"userComment": {"text": "x", "starRating": 1, "lastModified": {"seconds": "1772366400"}}}],
        },
    },
    appstoreconnect: {"id": "1", "attributes": {"rating": 1, "title": "x", "createdDate": "2026-03-01T12:00:00Z"}},
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def spoiled(draw, value):
    """The value with something else in one of its places."""
    if not isinstance(value, dict) or not value or draw(st.integers(0, 3)) == 0:
        return draw(anything)
    name = draw(st.sampled_from(sorted(value)))
    return {**value, name: draw(spoiled(value[name]))}


@pytest.mark.parametrize("source", GOOD, ids=lambda source: source.__name__.split(".")[-1])
@given(st.data())
def test_one_spoiled_record_is_read_or_rejected_and_spoils_no_other(source, data):
    good = GOOD[source]
    record = {
        **good,
        **{name: data.draw(spoiled(good[name])) for name in sorted(good) if name not in OURS},
    }
    parsed = source.parse(Page([record, good]))
    assert len(parsed.found) + len(parsed.rejected) == 2
    assert len(parsed.found) >= 1
    for found in parsed.found:
        (found.text + found.title + (found.author or "") + found.external_id).encode()
        assert 0 < len(found.external_id) <= MAX_ID
        assert found.published_at is None or found.published_at.utcoffset().total_seconds() == 0
    for rejected in parsed.rejected:
        (rejected.reason + rejected.raw).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200) | st.text('1,;"\n\r\t\x00é x', max_size=80).map(str.encode),
    st.sampled_from(["csv", "jsonl"]),
)
def test_any_file_is_read_rejected_or_refused(worlds, content, kind):
    world = worlds("file")
    (world.folder / "any").write_bytes((b"id,text,date,rating\n" if kind == "csv" else b'{"text": "x"}\n') + content)
    try:
        _, parsed = world.read(world.ask(path="any", format=kind))
    except SourceRefused:
        return
    for found in parsed.found:
        assert found.external_id
        (found.text + found.external_id).encode()


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"<rss><channel><item>", b'<?xml version="1.0"?><feed><entry>', b"{"]),
)
def test_any_feed_is_read_or_refused(content, start):
    try:
        feed = rss.read_feed(Answer("https://a.example/", 200, {}, start + content))
    except SourceError:
        return
    entries, _ = rss.identified(feed.entries, ())
    parsed = rss.parse(Page(rss.Entries(entries)))
    assert len(parsed.found) + len(parsed.rejected) == len(entries)


@given(anything)
def test_any_json_feed_item_is_read_or_rejected(item):
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item, {"id": "1", "title": "x"}]})
    feed = rss.read_feed(Answer("https://a.example/", 200, {}, body.encode()))
    assert feed.entries[-1].title == "x"


@given(st.text())
def test_any_markup_becomes_storable_text(markup):
    plain_text(markup).encode()
