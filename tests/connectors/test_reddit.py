"""Reddit: paging past loops and dead ends, caps, closed subreddits, cursors, deletions, credentials."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors import reddit
from connectors.base import Page
from connectors.reddit_session import SECRET_NAMES
from earful.errors import SourceIll, SourceRefused
from earful.query import parse_query
from earful.secrets import Secrets
from earful.values import MentionKind, MissedReason, SourceState

NOW = int(time.time())


def post(number, text="FjordAir lost my bag", sub="fjordair", **more):
    made = {
        "name": f"t3_p{number}", "title": text, "selftext": "", "author": "ada", "subreddit": sub, "score": 4,
        "permalink": f"/r/{sub}/comments/p{number}/x/", "created_utc": NOW - 60.0 * number, "edited": False,
    }  # fmt: skip
    return {"kind": "t3", "data": made | more}


def comment(number, text="FjordAir again", sub="fjordair", **more):
    made = {
        "name": f"t1_c{number}", "body": text, "author": "bo", "subreddit": sub, "score": 1, "link_id": "t3_p1",
        "parent_id": "t1_c0", "permalink": f"/r/{sub}/comments/p1/x/c{number}/", "created_utc": NOW - 60.0 * number,
        "edited": False,
    }  # fmt: skip
    return {"kind": "t1", "data": made | more}


class Site:
    """A small Reddit: subreddits with posts and comments, and the habits of its listings."""

    def __init__(self, world, make_reply):
        self.world, self.make_reply = world, make_reply
        self.posts, self.comments = [], []
        self.loop = self.dangling = False
        self.repeat = 0
        self.cap = 1000
        self.arrivals = 0  # comments that come with each request for a listing
        self.known = {"fjordair", "travel"}
        self.closed = {}
        world.fake.reply = self.answer

    def answer(self, asked):
        if asked.path == "/api/v1/access_token":
            return self.make_reply(b'{"access_token": "t", "expires_in": 3600, "token_type": "bearer", "scope": "*"}')
        if asked.path == "/api/info":
            return self.listing([each for each in self.items() if each["data"]["name"] in asked.query["id"].split(",")])
        _, _, names, what = asked.path.split("/") if asked.path.count("/") == 3 else ("", "", "", asked.path[1:])
        wanted = set(names.split("+")) if names else self.known
        for name in wanted & self.closed.keys():
            return self.make_reply(json.dumps({"reason": self.closed[name], "error": 403}).encode(), status=403)
        if not wanted <= self.known:
            return self.make_reply(status=302, headers={"location": "/subreddits/search?q=x"})
        for _ in range(self.arrivals):
            self.comments.insert(0, comment(10_000 + len(self.comments), created_utc=time.time()))
        items = self.comments if what == "comments" else self.posts
        return self.page([each for each in items if each["data"]["subreddit"] in wanted][: self.cap], asked.query)

    def items(self):
        return [*self.posts, *self.comments]

    def page(self, items, query):
        names = [each["data"]["name"] for each in items]
        after = query.get("after")
        start = names.index(after) + 1 if after in names else len(names) if after else 0
        start = max(0, start - self.repeat) if 0 < start < len(names) else start
        page = items[start : start + 100]
        following = names[start + len(page) - 1] if page and start + len(page) < len(names) else None
        if following and self.loop:
            following = names[99]
        if following and self.dangling:
            following = "t3_gone"
        return self.listing(page, following)

    def listing(self, children, after=None):
        return self.make_reply(json.dumps({"kind": "Listing", "data": {"after": after, "children": children}}).encode())


@pytest.fixture
def world(worlds):
    return worlds("reddit")


@pytest.fixture
def site(world, make_reply):
    return Site(world, make_reply)


ALL = {"subreddits": ["fjordair", "r/travel"], "listen": ["search", "new", "comments"]}


def ids(parsed):
    return [found.external_id for found in parsed.found]


# -------------------------------------------------------------------------------------------------------------- paging


@pytest.mark.parametrize("habit", ["none", "repeat", "loop", "dangling"])
def test_every_item_comes_once_whatever_the_listing_does(site, world, habit):
    site.posts = [post(n) for n in range(1, 241)]
    site.comments = [comment(n) for n in range(1, 351)]
    site.repeat, site.loop, site.dangling = (7 if habit == "repeat" else 0), habit == "loop", habit == "dangling"
    pages, parsed = world.read(world.ask(**ALL))
    assert len(ids(parsed)) == len(set(ids(parsed))) == 590
    assert sum(len(page.content) for page in pages) == 590
    assert sum(page.requests for page in pages) == len(world.fake.asked)
    assert parsed.missed == ()


def test_a_listing_that_promises_more_and_gives_none_is_told(site, world, make_reply):
    children = [post(n) for n in range(1, 51)]
    first = site.listing(children, "t3_gone")
    ordinary = site.answer
    world.fake.reply = lambda asked: (
        ordinary(asked) if "token" in asked.path else site.listing([]) if "after" in asked.query else first
    )
    _, parsed = world.read()
    assert len(parsed.found) == 50
    assert [missed.reason for missed in parsed.missed] == [MissedReason.EMPTY]


def test_a_cap_is_got_round_by_reading_each_subreddit_by_itself_and_told_where_it_is_not(site, world):
    site.cap = 200
    site.comments = [comment(n, sub="fjordair" if n % 3 else "travel") for n in range(1, 451)]
    _, parsed = world.read(world.ask(subreddits=["fjordair", "travel"], listen=["comments"]))
    assert len(parsed.found) == 350
    assert [missed.reason for missed in parsed.missed] == [MissedReason.CAP]
    assert "r/fjordair/comments" in parsed.missed[0].detail


@pytest.mark.parametrize("arrivals", [5, 40, 120])
def test_what_arrives_while_we_page_does_not_make_a_capped_listing_look_complete(site, world, arrivals):
    site.comments = [comment(n, sub="fjordair" if n % 3 == 0 else "travel") for n in range(1, 1151)]
    site.arrivals = arrivals
    asked_at = time.time()
    pages, parsed = world.read(world.ask(subreddits=["fjordair", "travel"], listen=["comments"]))
    found = set(ids(parsed))
    told = [missed.reason for missed in parsed.missed]
    unread = [n for n in range(1, 1151) if f"t1_c{n}" not in found]
    assert told == ([MissedReason.CAP] if unread else [])
    assert not [n for n in unread if n % 3]  # nothing arrives in r/travel: read by itself it comes whole
    assert not unread or arrivals > 5
    assert pages[-1].cursor["newest"] <= asked_at + 1
    assert sum(page.requests for page in pages) == len(world.fake.asked)


def test_a_subreddit_that_fills_up_while_we_page_says_that_older_items_are_missed(site, world):
    site.comments = [comment(n) for n in range(1, 1201)]
    site.arrivals = 30
    _, parsed = world.read(world.ask(listen=["comments"]))
    assert [missed.reason for missed in parsed.missed] == [MissedReason.CAP]


def test_a_listing_that_ends_by_itself_is_not_taken_for_capped(site, world):
    site.comments = [comment(n, sub="fjordair" if n % 3 else "travel") for n in range(1, 251)]
    site.arrivals = 1
    _, parsed = world.read(world.ask(subreddits=["fjordair", "travel"], listen=["comments"]))
    assert parsed.missed == ()
    assert {asked.path for asked in world.fake.asked} == {"/api/v1/access_token", "/r/fjordair+travel/comments"}


def test_the_cursor_stays_before_what_came_while_we_read(site, world, monkeypatch):
    monkeypatch.setattr(reddit, "now", lambda: datetime.fromtimestamp(NOW + 60 * len(world.fake.asked), UTC))
    site.posts, site.comments = [post(1)], [comment(1, created_utc=NOW + 30.0)]
    pages, parsed = world.read(world.ask(listen=["new", "comments"]))
    assert len(parsed.found) == 2
    assert pages[-1].cursor["newest"] == NOW  # a post of NOW + 10 was not there yet when posts were read


def test_the_next_read_stops_at_what_is_known(site, world):
    site.posts = [post(n, created_utc=NOW - 3600.0 * n) for n in range(1, 401)]
    pages, _ = world.read()
    before = len(world.fake.asked)
    site.posts.insert(0, post(0, created_utc=float(NOW)))
    _, parsed = world.read(world.ask(pages[-1].cursor))
    assert ids(parsed)[0] == "t3_p0"
    assert len(world.fake.asked) - before <= 4
    _, again = world.read(replace(world.ask(pages[-1].cursor), since=datetime.now(UTC) - timedelta(days=30)))
    assert len(again.found) == 401


def test_an_item_dated_tomorrow_does_not_hide_those_of_today(site, world):
    site.posts = [post(1, created_utc=NOW + 86400.0), post(2)]
    pages, _ = world.read()
    assert pages[-1].cursor["newest"] <= time.time()


def test_a_changed_query_is_read_in_full(site, world):
    site.posts = [post(n, created_utc=NOW - 3600.0 * n) for n in range(1, 301)]
    pages, _ = world.read(world.ask(listen=["search"]))
    _, parsed = world.read(world.ask(pages[-1].cursor, query="bag", listen=["search"]))
    assert len(parsed.found) == 300


def test_a_listing_that_is_suddenly_empty_is_told(site, world):
    site.posts = [post(1)]
    pages, _ = world.read()
    site.posts = []
    _, parsed = world.read(world.ask(pages[-1].cursor))
    assert [missed.reason for missed in parsed.missed] == [MissedReason.EMPTY]


# -------------------------------------------------------------------------------------------------- closed subreddits


def test_an_unknown_subreddit_is_named_once_and_the_others_are_read(site, world):
    site.posts, site.comments = [post(1)], [comment(1)]
    pages, parsed = world.read(world.ask(subreddits=["nosuch", "fjordair"], listen=["search", "new", "comments"]))
    assert sorted(ids(parsed)) == ["t1_c1", "t3_p1"]
    (missed,) = parsed.missed
    assert missed.reason is MissedReason.BLOCKED
    assert "r/nosuch" in missed.detail
    assert pages[-1].cursor is None


def test_a_private_subreddit_says_so(site, world):
    site.closed = {"travel": "private"}
    site.posts = [post(1)]
    _, parsed = world.read(world.ask(subreddits=["fjordair", "travel"]))
    assert "it is private" in parsed.missed[0].detail


def test_when_nothing_can_be_read_it_is_an_error(site, world):
    with pytest.raises(SourceRefused, match="r/nosuch can't be read"):
        world.read(world.ask(subreddits=["nosuch"]))


# --------------------------------------------------------------------------------------------------------- credentials


def test_missing_credentials_say_where_to_put_them(world, tmp_path):
    with pytest.raises(SourceRefused, match="EARFUL_REDDIT_CLIENT_ID and EARFUL_REDDIT_CLIENT_SECRET are not set"):
        world.read(replace(world.ask(), secrets=Secrets(tmp_path, {})))


def test_half_an_account_is_refused(world, tmp_path):
    names = {"EU_CLIENT_ID": "a", "EU_CLIENT_SECRET": "b", "EU_USERNAME": "c"}
    with pytest.raises(SourceRefused, match="EU_USERNAME and EU_PASSWORD belong together"):
        world.read(replace(world.ask(credentials="eu"), secrets=Secrets(tmp_path, names)))


def test_bad_credentials_are_named(site, world, make_reply):
    world.fake.reply = make_reply(b'{"message": "Unauthorized", "error": 401}', status=401)
    with pytest.raises(SourceRefused, match="does not accept EARFUL_REDDIT_CLIENT_ID and EARFUL_REDDIT_CLIENT_SECRET"):
        world.read()


def test_a_server_that_is_not_there_says_what_to_do(world):
    with pytest.raises(SourceIll) as raised:
        world.read(world.ask(base_url="http://127.0.0.1:9"))
    said = "Reddit could not be read: nothing answers at 127.0.0.1:9; check the address, or try later"
    assert str(raised.value) == said


def test_a_bad_password_is_named(world, make_reply, tmp_path):
    names = {f"EARFUL_REDDIT_{name}": "x" for name in SECRET_NAMES}
    world.fake.reply = make_reply(b'{"error": "invalid_grant"}')
    with pytest.raises(SourceRefused, match="name and password"):
        world.read(replace(world.ask(), secrets=Secrets(tmp_path, names)))
    assert b"grant_type=password" in world.fake.asked[0].body


def test_an_expired_token_is_renewed(site, world, make_reply):
    site.posts = [post(1)]
    expired = iter([True])
    ordinary = site.answer
    world.fake.reply = lambda asked: (
        make_reply(status=401) if "token" not in asked.path and next(expired, False) else ordinary(asked)
    )
    assert ids(world.read()[1]) == ["t3_p1"]
    assert len([asked for asked in world.fake.asked if "token" in asked.path]) == 2


@pytest.mark.parametrize(
    ("left", "reset", "ill"),
    [("0.0", "300", True), ("abc", "300", False), ("50", "soon", False)],
)
def test_a_quota_that_is_used_up_ends_the_read_and_nonsense_does_not(site, world, left, reset, ill):
    site.posts = [post(n) for n in range(1, 151)]
    ordinary = site.answer

    def limited(asked):
        reply = ordinary(asked)
        reply.headers |= {"x-ratelimit-remaining": left, "x-ratelimit-used": "9", "x-ratelimit-reset": reset}
        return reply

    world.fake.reply = limited
    if ill:
        with pytest.raises(SourceIll) as raised:
            world.read()
        assert raised.value.retry_after == timedelta(seconds=300)
    else:
        assert len(world.read()[1].found) == 150


# ------------------------------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ('united OR "united airlines"', ["united"]),
        ('"fjord air" OR fjordair', ['fjordair OR "fjord air"']),
        ("fjord air NOT delta", ["(fjord air)"]),
        ("refund* (late OR slow)", ["late OR slow"]),
        ("refund*", []),
        ("NOT late", []),
    ],
)
def test_questions_to_the_search(query, asked):
    assert reddit.questions(parse_query(query)) == asked


@pytest.mark.slow
def test_long_questions_are_split():
    many = parse_query(" OR ".join(f"word{n:03}" for n in range(200)))
    questions = reddit.questions(many)
    assert len(questions) > 2
    assert all(len(question) <= reddit.MAX_QUESTION for question in questions)
    assert " OR ".join(questions).count("word") == 200


def test_without_subreddits_all_of_reddit_is_searched(site, world):
    site.posts = [post(1)]
    _, parsed = world.read(world.ask(subreddits=[], listen=["search", "comments"]))
    assert ids(parsed) == ["t3_p1"]
    assert {asked.path for asked in world.fake.asked} == {"/api/v1/access_token", "/search"}


def test_nothing_to_read_is_refused(world):
    with pytest.raises(SourceRefused, match="nothing to read"):
        world.read(world.ask(subreddits=[], listen=["new"]))


def test_what_cannot_be_searched_is_told(site, world):
    site.posts = [post(1)]
    _, parsed = world.read(world.ask(subreddits=[], listen=["search"], query="fjordair OR refund*"))
    assert "refund*" in parsed.missed[0].detail


@pytest.mark.parametrize("name", ["", "a b", "x/y", "../etc", "a" * 40])
def test_names_that_are_no_subreddits_are_refused(world, name):
    with pytest.raises(ValueError, match="no subreddit"):
        world.ask(subreddits=[name])


# ------------------------------------------------------------------------------------------------------------- parsing


def only(child):
    (found,) = reddit.parse(Page([child])).found
    return found


def test_a_post_and_a_comment():
    found = only(post(1, selftext="Body &#x200B; text"))
    assert (found.external_id, found.title, found.text, found.author) == (
        "t3_p1",
        "FjordAir lost my bag",
        "Body   text",
        "ada",
    )
    assert (found.kind, found.place, found.reach, found.thread_id) == (MentionKind.POST, "fjordair", 4, "t3_p1")
    assert found.url == "https://www.reddit.com/r/fjordair/comments/p1/x/"
    found = only(comment(2))
    assert (found.kind, found.thread_id, found.parent_id) == (MentionKind.COMMENT, "t3_p1", "t1_c0")


@pytest.mark.parametrize(
    "more",
    [
        {"selftext": "[deleted]", "author": "[deleted]"},
        {"selftext": "[removed]"},
        {"removed_by_category": "moderator", "selftext": "still here"},
        {"title": "[deleted by user]", "selftext": ""},
    ],
)
def test_what_was_deleted_or_removed_keeps_nothing_of_its_author(more):
    found = only(post(1, **more))
    assert (found.text, found.author, found.state) == ("", None, SourceState.DELETED)
    assert found.external_id == "t3_p1"


def test_a_deleted_account_leaves_the_text():
    found = only(post(1, author="[deleted]", selftext="still here"))
    assert (found.author, found.text, found.state) == (None, "still here", SourceState.LIVE)


def test_an_edit_is_seen():
    assert only(post(1, edited=NOW + 5.0)).state is SourceState.EDITED


@pytest.mark.parametrize(
    "broken",
    [
        None, 7, {}, {"kind": "more", "data": {"name": "t1_x"}}, {"kind": "t3", "data": None}, post(1, name="../x"),
        post(1, title="", selftext=" "), post(1, created_utc="soon"), post(1, created_utc=1e30),
        post(1, selftext=["x"]), post(1, created_utc=True), post(1, author=5),
    ],
)  # fmt: skip
def test_a_broken_item_is_rejected(broken):
    parsed = reddit.parse(Page([broken, post(2)]))
    assert len(parsed.found) == len(parsed.rejected) == 1


def test_odd_items_are_kept():
    assert only(post(1, score=None, permalink="javascript:x")).url is None
    assert only(post(1, title="half \ud83d", selftext="nul \x00")).title == "half \ufffd"
    assert only(post(1, created_utc=None)).published_at is None


# --------------------------------------------------------------------------------------------------------- re-checking


def test_gone_items_come_back_deleted_and_others_as_they_are_now(site, world):
    site.posts = [post(n, edited=NOW if n == 2 else False) for n in range(1, 151)]
    asked = [f"t3_p{n}" for n in range(1, 151)] + ["t1_gone", "not an id"]
    pages = list(reddit.recheck(world.ask(), [*asked, asked[0]]))
    found = {each.external_id: each for page in pages for each in reddit.parse(page).found}
    assert len(found) == 151
    assert found["t1_gone"].state is SourceState.DELETED
    assert found["t3_p2"].state is SourceState.EDITED
    assert found["t3_p1"].state is SourceState.LIVE
    assert sum(page.requests for page in pages) == 3


def test_when_everything_is_gone_at_once_nothing_is_believed(site, world):
    (page,) = reddit.recheck(world.ask(), ["t3_a", "t3_b"])
    assert page.content == []
    assert page.missed[0].reason is MissedReason.EMPTY
