"""Feeds of every kind, with the odd things real ones do."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from connectors import rss
from connectors.http import Answer
from connectors.markup import plain_text, web_address
from connectors.rss import Entry, identified
from earful.errors import SourceError, SourceIll, SourceRefused
from earful.values import MentionKind, MissedReason


@pytest.fixture
def feed(worlds, make_reply):
    """Serves a feed and reads it."""
    world = worlds("rss")

    def read(body, cursor=None, headers=None, **settings):
        reply = make_reply(body if isinstance(body, bytes) else body.encode(), headers=headers or {})
        world.serve(reply)
        return world.read(world.ask(cursor, **settings))

    read.world = world
    return read


def items(*inner):
    return (
        "<rss version='2.0'><channel><title>t</title>"
        + "".join(f"<item>{each}</item>" for each in inner)
        + "</channel></rss>"
    )


def test_rss_with_all_its_fields(feed):
    _, parsed = feed(
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><language>nb-NO</language><item>"
        "<guid isPermaLink='false'>g1</guid><link>/posts/1</link><title>FjordAir &amp;amp; friends</title>"
        "<dc:creator>Ada</dc:creator><pubDate>Sat, 07 Feb 2026 10:00:00 +0100</pubDate><description>short</description>"
        "<content:encoded><![CDATA[<p>Long <b>and</b> good</p><script>alert(1)</script><p>End</p>]]></content:encoded>"
        "</item></channel></rss>"
    )
    (found,) = parsed.found
    assert (found.external_id, found.title, found.author, found.language) == (
        "g1",
        "FjordAir & friends",
        "Ada",
        "nb-no",
    )
    assert found.text == "Long and good\n\nEnd"
    assert found.published_at == datetime(2026, 2, 7, 9, tzinfo=UTC)
    assert found.url == feed.world.fake.url + "/posts/1"
    assert found.kind is MentionKind.ARTICLE


def test_rdf_and_json_feed(feed):
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel/><item rdf:about="x"><title>One</title><link>https://a.example/1</link></item></rdf:RDF>'
    )
    assert [found.external_id for found in feed(rdf)[1].found] == ["x"]
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "language": "en",
        "items": [
            {"id": 7, "content_html": "<p>Hi</p>", "url": "https://a.example/7", "authors": [{"name": "Bo"}]},
            {"id": "8", "content_text": "5 < 6 & <b>", "title": "T", "date_published": "2026-02-07T10:00:00+01:00"},
            {"id": "9", "date_published": "2026"},
        ],
    }
    _, parsed = feed(json.dumps(made))
    assert [(found.external_id, found.text, found.author) for found in parsed.found] == [
        ("7", "Hi", "Bo"),
        ("8", "5 < 6 & <b>", None),
    ]
    assert parsed.found[1].published_at == datetime(2026, 2, 7, 9, tzinfo=UTC)
    assert len(parsed.rejected) == 1


@pytest.mark.parametrize(
    "written", ["10:30", "yesterday", "", "Feb 7", "<b>", "0000-00-00", "32 Jan 2026 10:00:00 GMT", "2026-13-45"]
)
def test_a_date_that_names_no_day_leaves_the_entry_undated(feed, written):
    _, parsed = feed(items(f"<guid>1</guid><title>x</title><pubDate>{written.replace('<', '&lt;')}</pubDate>"))
    assert parsed.found[0].published_at is None


def test_an_update_alone_dates_an_entry_but_does_not_move_its_publication(feed):
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>a</title><updated>2026-02-08T10:00:00Z</updated>"
        "</entry><entry><id>2</id><title>b</title><published>2026-02-01T10:00:00Z</published>"
        "<updated>2026-02-09T10:00:00Z</updated></entry></feed>"
    )
    days = [found.published_at.day for found in feed(atom)[1].found]
    assert days == [8, 1]


# ----------------------------------------------------------------------------------------------------------------- ids


def test_an_entry_without_a_guid_is_told_by_its_link_then_by_what_it_says_of_itself():
    entries = [
        Entry(link="https://a.example/1", title="a"),
        Entry(author="Ada", published=datetime(2026, 1, 1, tzinfo=UTC), title="b"),
        Entry(author="Bo", published=datetime(2026, 1, 1, tzinfo=UTC), title="b"),
        Entry(content="words only"),
    ]
    ids = [entry.external_id for entry in identified(entries, ())[0]]
    assert ids[0] == "https://a.example/1"
    assert len(set(ids)) == 4
    assert ids[3] == ""


def test_a_guid_that_entries_share_is_none_and_is_remembered():
    first = [Entry("g", "https://a.example/1", "one"), Entry("g", "https://a.example/2", "two")]
    found, shared = identified(first, ())
    assert [entry.external_id for entry in found] == ["https://a.example/1", "https://a.example/2"]
    alone, still = identified(first[1:], shared)
    assert alone[0].external_id == "https://a.example/2"
    assert still == shared == ["g"]


def test_the_same_entry_twice_is_the_same():
    entry = Entry("g", "https://a.example/1", "one")
    found, shared = identified([entry, entry], ())
    assert {each.external_id for each in found} == {"g"}
    assert shared == []


# ---------------------------------------------------------------------------------------------------- what was missed


def test_an_unchanged_feed_is_not_sent_again(feed, make_reply):
    pages, _ = feed(
        items("<guid>1</guid><title>x</title>"), headers={"ETag": '"v1"', "Last-Modified": "Sat, 07 Feb 2026"}
    )
    feed.world.serve(make_reply(status=304))
    again, parsed = feed.world.read(feed.world.ask(pages[0].cursor))
    asked = feed.world.fake.asked[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"v1"', "Sat, 07 Feb 2026")
    assert parsed.found == []
    assert again[0].cursor == pages[0].cursor
    assert "unchanged" in again[0].notes[0]


def test_now_and_then_it_is_read_all_the_same(feed):
    body = items("<guid>1</guid><title>x</title>")
    pages, _ = feed(body, headers={"ETag": '"v1"'})
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        feed(body, cursor=pages[0].cursor)
    assert "if-none-match" not in feed.world.fake.asked[-1].headers


def test_another_address_starts_anew(feed):
    body = items("<guid>1</guid><title>x</title>")
    pages, _ = feed(body, headers={"ETag": '"v1"'})
    feed(body, cursor=pages[0].cursor, url="{url}/other.xml")
    assert "if-none-match" not in feed.world.fake.asked[-1].headers


def test_a_gap_since_the_last_read_is_told(feed):
    pages, parsed = feed(items("<guid>1</guid><title>x</title>", "<guid>2</guid><title>x</title>"))
    assert parsed.missed == ()
    _, parsed = feed(items("<guid>3</guid><title>x</title>", "<guid>2</guid><title>x</title>"), cursor=pages[0].cursor)
    assert parsed.missed == ()
    _, parsed = feed(items("<guid>8</guid><title>x</title>", "<guid>9</guid><title>x</title>"), cursor=pages[0].cursor)
    assert [missed.reason for missed in parsed.missed] == [MissedReason.GAP]


def test_a_feed_that_is_suddenly_empty_is_told(feed):
    pages, _ = feed(items("<guid>1</guid><title>x</title>"))
    _, parsed = feed(items(), cursor=pages[0].cursor)
    assert [missed.reason for missed in parsed.missed] == [MissedReason.EMPTY]


def test_a_feed_that_breaks_off_is_read_up_to_there_and_asked_for_again(feed):
    whole = items("<guid>1</guid><title>x</title>", "<guid>2</guid><title>y</title>")
    pages, parsed = feed(whole[: whole.index("<guid>2")], headers={"ETag": '"v1"'})
    assert len(parsed.found) == 1
    assert MissedReason.UNREADABLE in {missed.reason for missed in parsed.missed}
    assert pages[0].cursor["etag"] is None


def test_a_usable_feed_that_is_not_well_formed_is_kept_with_a_note(feed):
    pages, parsed = feed(items("<guid>1</guid><title>x & y</title>"))
    assert len(parsed.found) == 1
    assert "not well formed" in pages[0].notes[0]


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "us-ascii"])
def test_a_wrong_label_does_not_break_the_letters(feed, label):
    body = '<?xml version="1.0" encoding="utf-8"?>' + items("<guid>1</guid><title>æøå</title>")
    pages, parsed = feed(body, headers={"Content-Type": f"text/html; charset={label}"})
    assert len(parsed.found) == 1
    assert pages[0].notes == ()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html><body>Log in</body></html>", SourceRefused),
        (b"just words", SourceRefused),
        (b'{"items": []}', SourceRefused),
        (b'{"items"', SourceIll),
        (b"[]", SourceRefused),
        (b"", SourceIll),
        (b"<rss version='2.0'><channel><title>cut off right her", SourceIll),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", SourceRefused),
    ],
)
def test_what_is_no_feed_is_refused(body, error):
    with pytest.raises(SourceError) as raised:
        rss.read_feed(Answer("https://a.example/f?token=secret", 200, {}, body))
    assert type(raised.value) is error
    assert "secret" not in str(raised.value)


def test_a_feed_of_which_nothing_could_be_read_does_not_say_that_some_of_it_was():
    with pytest.raises(SourceIll) as raised:
        rss.read_feed(Answer("https://a.example/f", 200, {}, b"<rss version='2.0'><channel><title>cut off right her"))
    assert str(raised.value) == (
        "https://a.example/f is a broken feed (line 2:52: no element found; nothing in it could be read); "
        "try later, or tell the site's owner"
    )


@pytest.mark.slow
def test_a_small_file_that_unfolds_without_end_does_no_harm(feed):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>' + items("<title>&l9;</title><guid>1</guid>")
    try:
        _, parsed = feed(body)
    except SourceError:
        return
    assert sum(len(found.title) for found in parsed.found) < 1000


# -------------------------------------------------------------------------------------------------------------- markup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("a <b>bold</b> move", "a bold move"),
        ("<script>alert(1)</script>x<style>p{}</style>", "x"),
        ("x<script>never closed", "x"),
        ("5 &lt; 6 &amp; 7", "5 < 6 & 7"),
        ("I <3 you", "I <3 you"),
        ("<img src=x onerror=alert(1) alt='a cat'>", "a cat"),
        ("&#x1F621; &nbsp; &#0;", "😡 \ufffd"),
        ("<<p>>", "<\n\n>"),
        ("<!-- secret -->x", "x"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("", ""),
    ],
)
def test_markup_becomes_plain_text(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.example/x?y=1", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/x", False),
        ("https://", False),
        ("https://a.example/a b", False),
        ("https://[broken", False),
        ("", False),
        (None, False),
        ("https://a.example/" + "x" * 3000, False),
    ],
)
def test_only_addresses_of_the_web_become_links(address, kept):
    assert web_address(address) == (address if kept else None)
