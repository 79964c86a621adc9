"""Looking again by id: what is taken for gone, what is told, and when it is given up."""

from datetime import timedelta

import pytest

from connectors import discourse, hackernews, mastodon
from connectors.base import Gone
from connectors.lookup import Held, look_up
from earful.errors import SourceIll, SourceRefused
from earful.values import MissedReason

IDS = [str(number) for number in range(1, 8)]


def contents(pages):
    return [each for page in pages for each in page.content]


def test_what_a_whole_answer_does_not_hold_is_gone():
    pages = list(look_up([*IDS, "1"], 3, lambda some: Held({each: each for each in some if each != "5"})))
    assert [page.content for page in pages] == [["1", "2", "3"], ["4", "6", Gone("5")], ["7"]]


def test_when_all_of_several_are_gone_nothing_is_believed_but_a_single_one_is():
    pages = list(look_up(IDS, 3, lambda some: Held({})))
    assert [page.content for page in pages] == [[], [], [Gone("7")]]
    assert [missed.reason for page in pages for missed in page.missed] == [MissedReason.EMPTY] * 2


def test_what_nobody_can_say_is_not_gone():
    assert contents(look_up(["1", "2"], 2, lambda some: Held({"1": "here"}, unsaid=["2"]))) == ["here"]


def test_one_item_that_the_source_trips_over_hides_no_other():
    def ask(some):
        if some[0] in {"2", "3", "5"}:
            raise SourceRefused("this one breaks it")
        return Held({})

    pages = list(look_up(IDS, 1, ask))
    assert contents(pages) == [Gone("1"), Gone("4"), Gone("6"), Gone("7")]
    assert [missed.detail for page in pages for missed in page.missed] == ["this one breaks it"] * 3


@pytest.mark.parametrize(
    ("error", "ids", "requests"),
    [
        (SourceIll("it is ill"), IDS, 3),
        (SourceIll("slower, please", timedelta(seconds=9)), IDS, 1),
        (SourceRefused("no"), IDS[:1], 1),
    ],
)
def test_a_source_that_never_answers_is_given_up(error, ids, requests):
    asked = []

    def ask(some):
        asked.append(some)
        raise error

    with pytest.raises(type(error)):
        list(look_up(ids, 1, ask))
    assert len(asked) == requests


# ---------------------------------------------------------------------------------------------------- source by source


@pytest.fixture
def serve(make_reply):
    """Makes a world answer by path."""

    def by(world, answers):
        def reply(asked):
            body, status = answers.get(asked.path, ('{"error": "no such page"}', 404))
            return make_reply(body.replace("{url}", world.fake.url).encode(), status)

        world.fake.reply = reply

    return by


def test_hackernews_takes_for_gone_only_what_is_said_to_be(worlds, serve):
    world = worlds("hackernews")
    serve(world, {
        "/v0/item/1.json": ('{"id": 1, "type": "comment", "deleted": true}', 200),
        "/v0/item/2.json": ('{"id": 2, "type": "story", "dead": true, "title": "x"}', 200),
        "/v0/item/3.json": ("null", 200),
        "/v0/item/4.json": ('{"id": 4, "type": "comment", "text": "a<p>b", "by": "ada", "time": 1772366400}', 200),
    })  # fmt: skip
    pages = list(hackernews.recheck(world.ask(), ["1", "2", "3", "4", "../5"]))
    found = [each for page in pages for each in hackernews.parse(page).found]
    assert [(each.external_id, each.text) for each in found] == [("1", ""), ("2", ""), ("4", "a\n\nb")]


def test_mastodon_asks_the_server_that_a_post_was_written_on_and_believes_no_other_page(worlds, serve):
    world = worlds("mastodon")
    here = world.fake.url
    serve(world, {
        "/api/v1/statuses/2": ("<html>moved</html>", 404),
        "/api/v1/statuses/3": ('{"uri": "https://else.example/users/a/statuses/3"}', 200),
        "/api/v1/statuses/4": ('{"error": "gone"}', 410),
    })  # fmt: skip
    elsewhere = ["https://10.0.0.1/users/a/statuses/1", "https://10.0.0.1/users/a/statuses/2", "https://x.example/note"]
    own = [
        f"{here}/users/a/statuses/1",
        f"{here}/ap/users/9/statuses/2",
        *(f"{here}/users/a/statuses/{n}" for n in "34"),
    ]
    pages = list(mastodon.recheck(world.ask(), [*elsewhere, *own]))
    assert contents(pages) == [Gone(own[0]), Gone(own[3])]
    assert len(world.fake.asked) == 4
    assert [missed.reason for page in pages for missed in page.missed] == [
        MissedReason.BLOCKED,
        MissedReason.UNREADABLE,
    ]


def test_discourse_fetches_the_title_of_a_post_that_opens_a_topic(worlds, serve):
    world = worlds("discourse")
    first = '{"id": 7, "post_number": 1, "topic_id": 5, "cooked": "<p>x</p>", "username": "ada"}'
    serve(world, {"/posts/7.json": (first, 200), "/t/5.json": ('{"title": "Late"}', 200)})
    [page] = discourse.recheck(world.ask(), ["7"])
    [found] = discourse.parse(page).found
    assert (found.title, found.text, page.requests) == ("Late", "x", 2)


def test_discourse_believes_only_its_own_way_to_say_that_a_post_is_gone(worlds, serve):
    world = worlds("discourse")
    serve(world, {"/posts/1.json": ('{"errors": ["gone"]}', 404), "/posts/2.json": ('{"errors": ["log in"]}', 403)})
    pages = list(discourse.recheck(world.ask(), ["1", "2", "3"]))
    assert contents(pages) == [Gone("1")]
