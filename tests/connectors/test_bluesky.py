"""Bluesky: the login and its tokens, what the search is asked, pages, and the odd things posts hold."""

import json
from datetime import UTC, datetime

import pytest

from connectors import bluesky
from connectors.base import Ask, Page
from earful.errors import SourceIll, SourceRefused
from earful.query import parse_query
from earful.secrets import Secrets
from earful.values import MentionKind, MissedReason, SourceState

URI = "at://did:plc:ada/app.bsky.feed.post/"
SEARCH = "/xrpc/app.bsky.feed.searchPosts"


def post(name, text="FjordAir lost my bag", at="2026-03-01T12:00:00Z", **more):
    said = {"text": text, "createdAt": at, "langs": ["nb"], **more.pop("record", {})}
    author = {"did": "did:plc:ada", "handle": "ada.example"}
    return {"uri": URI + name, "author": author, "record": said, "indexedAt": "2026-03-01T12:00:05Z"} | more


class Server:
    """A small Bluesky: a login whose tokens wear out, and a search that pages."""

    def __init__(self, world, make_reply):
        self.world, self.make_reply = world, make_reply
        self.pages = [[post("a")]]
        self.lasts = 99  # answers after which a token has expired
        self.accepts_refresh = True
        self.logins = self.refreshes = self.answers = 0
        world.fake.reply = self.answer

    def answer(self, asked):
        if asked.path.endswith("createSession"):
            self.logins += 1
            return self.tokens()
        if asked.path.endswith("refreshSession"):
            assert asked.headers["authorization"] == "Bearer refresh"
            self.refreshes += 1
            return self.tokens() if self.accepts_refresh else self.say({"error": "ExpiredToken"}, 400)
        if self.answers >= self.lasts or asked.headers["authorization"] != f"Bearer {self.logins}.{self.refreshes}":
            return self.say({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        self.answers += 1
        number = int(asked.query.get("cursor", 0))
        following = {"cursor": str(number + 1)} if number + 1 < len(self.pages) else {}
        return self.say({"posts": self.pages[number], **following})

    def tokens(self):
        self.answers = 0
        return self.say({"accessJwt": f"{self.logins}.{self.refreshes}", "refreshJwt": "refresh"})

    def say(self, value, status=200):
        return self.make_reply(json.dumps(value).encode(), status)


@pytest.fixture
def world(worlds):
    return worlds("bluesky")


@pytest.fixture
def server(world, make_reply):
    return Server(world, make_reply)


def ids(parsed):
    return [found.external_id.removeprefix(URI) for found in parsed.found]


@pytest.mark.parametrize(("accepts_refresh", "logins"), [(True, 1), (False, 3)])
def test_a_token_that_expires_on_the_way_is_renewed(server, world, accepts_refresh, logins):
    server.pages = [[post(str(number))] for number in range(5)]
    server.lasts, server.accepts_refresh = 2, accepts_refresh
    pages, parsed = world.read(world.ask(first="900w"))
    assert ids(parsed) == ["0", "1", "2", "3", "4"]
    assert (server.logins, server.refreshes) == (logins, 2)
    assert sum(page.requests for page in pages) == len(world.fake.asked)
    assert pages[-1].cursor


def test_a_token_that_never_works_is_no_endless_renewal(server, world):
    server.lasts = 0
    with pytest.raises(SourceRefused, match="clock"):
        world.read()
    assert len(world.fake.asked) == 4


@pytest.mark.parametrize(
    ("path", "status", "body", "error", "said"),
    [
        ("createSession", 401, '{"error": "AuthenticationRequired"}', SourceRefused, "AuthenticationRequired"),
        ("createSession", 200, "{}", SourceIll, "without a token"),
        ("createSession", 200, "<html>hello</html>", SourceRefused, "web page"),
        ("createSession", 429, "", SourceIll, "slow down"),
        ("createSession", 502, "", SourceIll, "ill"),
        ("searchPosts", 403, "<html>no</html>", SourceRefused, "does not let us read"),
        ("searchPosts", 401, '{"error": "AuthMissing"}', SourceRefused, "AuthMissing"),
        ("searchPosts", 400, '{"error": "InvalidRequest"}', SourceRefused, "InvalidRequest"),
        ("searchPosts", 200, '{"posts": {}}', SourceIll, "no list of posts"),
    ],
)
def test_what_may_go_wrong_is_said(server, world, make_reply, path, status, body, error, said):
    world.fake.reply = lambda asked: (
        make_reply(body.encode(), status) if asked.path.endswith(path) else server.answer(asked)
    )
    with pytest.raises(error, match=said) as raised:
        world.read()
    assert "an-app-password" not in str(raised.value)


def test_without_credentials_it_says_what_to_set(world):
    ask = world.ask()
    with pytest.raises(SourceRefused, match="EARFUL_BLUESKY_HANDLE and EARFUL_BLUESKY_APP_PASSWORD are not set"):
        list(bluesky.fetch(Ask(ask.source, ask.query, {}, Secrets(world.folder, {}))))


def test_each_alternative_is_asked_for_and_a_mere_beginning_is_told(server, world):
    _, parsed = world.read(world.ask(query='"fjord air" OR (fjordair bag*) OR refund*', first="900w"))
    asked = [each.query for each in world.fake.asked if each.path == SEARCH]
    assert {each["q"] for each in asked} == {'"fjord air"', "fjordair"}
    assert all((each["sort"], each["limit"]) == ("latest", "100") for each in asked)
    assert ids(parsed) == ["a"]
    assert "refund*" in parsed.missed[0].detail
    with pytest.raises(SourceRefused, match="whole word"):
        world.read(world.ask(query="refund*"))


def test_it_stops_at_what_is_known_and_says_when_it_stops_before(server, world):
    server.pages = [[post("new")], [post("old", at="2025-01-01T00:00:00Z")], [post("older", at="2024-01-01T00:00:00Z")]]
    cursor = world.read(world.ask(first="900w"))[0][-1].cursor
    _, parsed = world.read(world.ask(cursor))
    assert ids(parsed) == ["new", "old"]
    _, parsed = world.read(world.ask(first="900w", max_requests=2))
    assert [missed.reason for missed in parsed.missed] == [MissedReason.CAP]


# ------------------------------------------------------------------------------------------------------------- parsing


def only(value):
    (found,) = bluesky.parse(Page([value])).found
    return found


def test_a_post_and_a_reply():
    found = only(post("3k", likeCount=2, repostCount=1, quoteCount=4, replyCount=9))
    assert (found.external_id, found.author, found.language, found.reach) == (URI + "3k", "ada.example", "nb", 7)
    assert found.url == "https://bsky.app/profile/did:plc:ada/post/3k"
    assert (found.kind, found.thread_id, found.parent_id) == (MentionKind.POST, URI + "3k", None)
    answered = {"root": {"uri": URI + "r"}, "parent": {"uri": URI + "p"}}
    found = only(post("3k", record={"reply": answered, "langs": ["nb", "en"]}))
    assert (found.kind, found.thread_id, found.parent_id) == (MentionKind.COMMENT, URI + "r", URI + "p")
    assert found.language is None


def test_a_post_that_claims_to_be_of_tomorrow_is_of_when_it_was_seen():
    seen = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    assert only(post("a", at="2030-01-01T00:00:00Z")).published_at == seen
    assert only(post("a", at="2026-02-28T00:00:00.123456+01:00")).published_at < seen


@pytest.mark.parametrize(
    ("labels", "state"),
    [
        ([{"val": "!takedown"}], SourceState.DELETED),
        ([{"val": "!hide"}, {"val": "spam"}], SourceState.DELETED),
        ([{"val": "!hide", "neg": True}], SourceState.LIVE),
        ([{"val": "graphic-media"}, "x"], SourceState.LIVE),
        ("x", SourceState.LIVE),
    ],
)
def test_what_bluesky_withholds_keeps_nothing_of_its_author(labels, state):
    found = only(post("a", labels=labels))
    assert found.state is state
    assert (found.text == "") is (found.author is None) is (state is SourceState.DELETED)


def test_a_handle_that_leads_nowhere_is_replaced_by_the_lasting_id():
    assert only(post("a", author={"did": "did:plc:ada", "handle": "handle.invalid"})).author == "did:plc:ada"


def test_a_record_made_anew_under_the_same_address_is_the_same_mention():
    first, second = only(post("a", cid="1")), only(post("a", "FjordAir found my bag", cid="2"))
    assert first.external_id == second.external_id
    assert parse_query("found").matches(second.text)


@pytest.mark.parametrize("broken", [None, 7, {}, {"uri": "https://x.example"}, post("a", ""), post("a", at="soon")])
def test_a_broken_post_is_rejected(broken):
    parsed = bluesky.parse(Page([broken, post("b")]))
    assert (len(parsed.found), len(parsed.rejected)) == (1, 1)


# --------------------------------------------------------------------------------------------------------- re-checking


def test_posts_are_looked_at_again_25_at_a_time(world, server, make_reply):
    def answer(asked):
        if "getPosts" not in asked.path:
            return server.answer(asked)
        return server.say({"posts": [post(uri.removeprefix(URI)) for uri in asked.values["uris"] if "13" not in uri]})

    world.fake.reply = answer
    pages = list(bluesky.recheck(world.ask(), [*(f"{URI}{number}" for number in range(60)), "no uri"]))
    found = [each for page in pages for each in bluesky.parse(page).found]
    assert len(found) == 60
    assert [each.external_id for each in found if each.state is SourceState.DELETED] == [URI + "13"]
    assert sum(page.requests for page in pages) == len(world.fake.asked) == 4
