"""YouTube: off until its terms are confirmed; threads with all their replies; the quota; edits; what it refuses."""

import json

import pytest

from connectors import youtube
from connectors.base import Ask, Page
from earful.errors import SourceIll, SourceRefused
from earful.secrets import Secrets
from earful.values import MissedReason, SourceState

VIDEO, CHANNEL = "dQw-4_9WgXc", "UC" + "x" * 22


def comment(name, text="FjordAir lost my bag", at="2026-03-01T12:00:00Z", **more):
    snippet = {"textDisplay": text, "authorDisplayName": "@ada", "videoId": VIDEO, "publishedAt": at, "updatedAt": at}
    return {"id": name, "snippet": snippet | {"likeCount": 3} | more}


def reply(name, parent="t1", **more):
    return comment(f"{parent}.{name}", parentId=parent, **more)


def thread(name="t1", replies=(), count=None, **more):
    snippet = {"topLevelComment": comment(name, **more), "totalReplyCount": len(replies) if count is None else count}
    return {"id": name, "snippet": snippet} | ({"replies": {"comments": list(replies)}} if replies else {})


def refusal(reason, status=403):
    return json.dumps(
        {"error": {"code": status, "message": f"it says {reason}", "errors": [{"reason": reason}]}}
    ), status


@pytest.fixture
def world(worlds):
    return worlds("youtube")


@pytest.fixture
def serve(world, make_reply):
    def by(answer):
        def replied(asked):
            value = answer(asked)
            body, status = value if isinstance(value, tuple) else (json.dumps(value), 200)
            return make_reply(body.encode(), status)

        world.fake.reply = replied

    return by


def ids(parsed):
    return [found.external_id for found in parsed.found]


@pytest.mark.parametrize("accepted", [None, "2999-01-01"])
def test_it_is_off_until_its_terms_are_confirmed(world, accepted):
    ask = world.ask(terms_accepted=accepted)
    for read in (lambda: list(youtube.fetch(ask)), lambda: list(youtube.recheck(ask, ["a"]))):
        with pytest.raises(SourceRefused, match=r"developer-policies.*set terms_accepted"):
            read()
    assert world.fake.asked == []


def test_without_a_key_or_anything_to_read_it_says_what_to_set(world):
    ask = world.ask()
    with pytest.raises(SourceRefused, match="EARFUL_YOUTUBE_KEY is not set"):
        list(youtube.fetch(Ask(ask.source, ask.query, {}, Secrets(world.folder, {}))))
    with pytest.raises(SourceRefused, match="`channels` or `videos`"):
        world.read(world.ask(videos=[]))


def test_channels_and_videos_are_read_page_by_page_and_the_key_stands_in_no_address(world, serve):
    def answer(asked):
        name = asked.query.get("videoId") or asked.query["allThreadsRelatedToChannelId"]
        if "pageToken" in asked.query:
            return {"items": [thread(f"{name[:2]}-old")]}
        return {"items": [thread(f"{name[:2]}-new")], "nextPageToken": "next"}

    serve(answer)
    _, parsed = world.read(world.ask(channels=[CHANNEL], videos=[VIDEO], first="900w"))
    assert ids(parsed) == ["UC-new", "UC-old", "dQ-new", "dQ-old"]
    assert {asked.headers["x-goog-api-key"] for asked in world.fake.asked} == {"a-key"}
    assert all("a-key" not in "".join(asked.query.values()) for asked in world.fake.asked)
    assert world.fake.asked[0].query["textFormat"] == "plainText"


def test_replies_that_do_not_come_with_their_thread_are_asked_for(world, serve):
    def answer(asked):
        if asked.path.endswith("/commentThreads"):
            return {"items": [thread("t1", [reply("r0")], count=3), thread("t2", [reply("r0", "t2")])]}
        if "pageToken" in asked.query:
            return {"items": [reply("r2")]}
        return {"items": [reply("r0"), reply("r1")], "nextPageToken": "next"}

    serve(answer)
    pages, parsed = world.read()
    assert ids(parsed) == ["t1", "t1.r0", "t1.r1", "t1.r2", "t2", "t2.r0"]
    assert sum(page.requests for page in pages) == len(world.fake.asked) == 3
    assert (parsed.found[1].thread_id, parsed.found[1].parent_id, parsed.found[0].thread_id) == ("t1", "t1", "t1")


@pytest.mark.parametrize("when", ["at once", "on the second page", "at the replies"])
def test_a_quota_that_runs_out_is_told_and_the_next_run_reads_the_rest(world, serve, when):
    def answer(asked):
        first = asked.path.endswith("/commentThreads") and "pageToken" not in asked.query
        if when == "at once" or not first:
            return refusal("quotaExceeded")
        return {"items": [thread("t1", count=9 if when == "at the replies" else 0)], "nextPageToken": "next"}

    serve(answer)
    pages, parsed = world.read(world.ask(first="900w"))
    assert [missed.reason for missed in parsed.missed] == [MissedReason.QUOTA]
    assert pages[-1].cursor is None
    assert len(ids(parsed)) == (1 if when == "on the second page" else 0)
    assert sum(page.requests for page in pages) == len(world.fake.asked)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (refusal("commentsDisabled"), SourceRefused, "commentsDisabled"),
        (refusal("videoNotFound", 404), SourceRefused, "videoNotFound"),
        (refusal("badRequest", 400), SourceRefused, "badRequest"),
        (refusal("rateLimitExceeded"), SourceIll, "slow down"),
        (('{"error": {"errors": ["x"]}}', 403), SourceRefused, "does not say why"),
        (('{"error": "x"}', 403), SourceRefused, "does not say why"),
        (("<html>no</html>", 403), SourceRefused, "web page"),
        ({"kind": "x"}, SourceIll, "no list of items"),
    ],
)
def test_what_it_refuses_is_said(world, serve, answer, error, said):
    serve(lambda asked: answer)
    with pytest.raises(error, match=said):
        world.read()


def test_a_comment():
    (found,) = youtube.parse(Page([comment("Ug.a", "5 < 6 & <b>not bold</b>")])).found
    assert (found.text, found.author, found.reach, found.state) == (
        "5 < 6 & <b>not bold</b>",
        "@ada",
        3,
        SourceState.LIVE,
    )
    assert (found.url, found.place) == (f"https://www.youtube.com/watch?v={VIDEO}&lc=Ug.a", VIDEO)
    (found,) = youtube.parse(Page([comment("a", updatedAt="2026-03-02T12:00:00Z")])).found
    assert found.state is SourceState.EDITED


@pytest.mark.parametrize("broken", [None, 7, {}, {"id": "a"}, comment(None), comment("a", ""), comment("a", at="soon")])
def test_a_broken_comment_is_rejected(broken):
    parsed = youtube.parse(Page([broken, comment("b")]))
    assert (len(parsed.found), len(parsed.rejected)) == (1, 1)


def test_a_quota_that_runs_out_in_a_second_look_deletes_nothing(world, serve):
    serve(lambda asked: refusal("quotaExceeded") if "c50" in asked.query["id"] else {"items": [comment("c1")]})
    pages = list(youtube.recheck(world.ask(), [f"c{number}" for number in range(100)]))
    found = [each for page in pages for each in youtube.parse(page).found]
    assert [each.state for each in found].count(SourceState.DELETED) == 49
    assert [missed.reason for page in pages for missed in page.missed] == [MissedReason.QUOTA]


@pytest.mark.parametrize("settings", [{"videos": ["x"]}, {"channels": ["fjordair"]}, {"terms_accepted": "yes"}])
def test_settings_are_checked(world, settings):
    with pytest.raises(ValueError, match="validation error"):
        world.ask(**settings)
