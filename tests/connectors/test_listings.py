"""The sources without credentials whose listings are paged: what each asks for, and the odd things each sends."""

import json
from datetime import UTC, datetime

import pytest

from connectors import appstore, discourse, mastodon, stackexchange, steam
from connectors.base import Page
from earful.errors import SourceIll, SourceRefused
from earful.values import MentionKind, MissedReason, SourceState

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())


@pytest.fixture
def serve(make_reply):
    """Makes a world answer with what a function gives for each request."""

    def by(world, answer):
        def reply(asked):
            value = answer(asked)
            return value if isinstance(value, make_reply) else make_reply(json.dumps(value).encode())

        world.fake.reply = reply

    return by


def ids(parsed):
    return [found.external_id for found in parsed.found]


# ------------------------------------------------------------------------------------------------------------ mastodon


def status(number, **more):
    made = {"id": str(number), "uri": f"u{number}", "content": "<p>#FjordAir</p>", "created_at": "2026-03-01T12:00:00Z"}
    return made | {"account": {"acct": "ada@a.example"}} | more


def test_mastodon_follows_the_link_of_the_server_it_was_given(worlds, serve, make_reply):
    world = worlds("mastodon")

    def answer(asked):
        if "max_id" in asked.query:
            return [status(1), status(2)]
        link = '<https://evil.example/api/v1/timelines/tag/x?limit=40&max_id=2>; rel="next", <x>; rel="prev"'
        return make_reply(json.dumps([status(3), status(2)]).encode(), headers={"link": link})

    serve(world, answer)
    pages, parsed = world.read()
    assert ids(parsed) == ["u3", "u2", "u1"]
    assert sum(page.repeated for page in pages) == 1
    assert [asked.query.get("max_id") for asked in world.fake.asked] == [None, "2"]


def test_mastodon_reads_each_tag_and_names_the_one_it_cannot(worlds, serve, make_reply):
    world = worlds("mastodon")
    serve(world, lambda asked: make_reply(status=404) if asked.path.endswith("/gone") else [status(1)])
    pages, parsed = world.read(world.ask(tags=["#fjordair", "gone"]))
    assert ids(parsed) == ["u1"]
    assert [missed.reason for missed in parsed.missed] == [MissedReason.BLOCKED]
    assert pages[-1].cursor is None


def test_a_mastodon_post(worlds):
    value = status(
        1, spoiler_text="rant", content="<p>Late&nbsp;<br>again</p>", edited_at="2026-03-02T00:00:00Z", language="nb",
        favourites_count=2, reblogs_count=3, in_reply_to_id="7", url="javascript:x",
    )  # fmt: skip
    (found,) = mastodon.parse(Page([value])).found
    assert (found.title, found.text, found.author, found.reach) == ("rant", "Late\nagain", "ada@a.example", 5)
    assert (found.kind, found.state, found.url) == (MentionKind.COMMENT, SourceState.EDITED, None)


# ------------------------------------------------------------------------------------------------------------ appstore


def review(number, **more):
    made = {
        "id": number,
        "im:rating": "1",
        "title": "Bad",
        "content": "Crashes",
        "updated": "2026-03-01T05:00:00-07:00",
    }
    return {name: {"label": str(value)} for name, value in (made | more).items()}


def feed(entry, last=2):
    link = {"attributes": {"rel": "last", "href": f"https://a.example/us/rss/customerreviews/page={last}/id=1/json"}}
    return {"feed": {"link": [link], **({} if entry is None else {"entry": entry})}}


@pytest.mark.parametrize("second", [review(2), [review(2)]])
def test_appstore_takes_one_review_or_a_list_and_leaves_out_the_app(worlds, serve, second):
    world = worlds("appstore")
    app = {"im:name": {"label": "FjordAir"}, "id": {"label": "x"}}
    serve(world, lambda asked: feed([app, review(1)]) if "page=1" in asked.path else feed(second))
    _, parsed = world.read()
    assert ids(parsed) == ["1", "2"]
    assert parsed.rejected == []
    assert parsed.found[0].published_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (parsed.found[0].rating, parsed.found[0].place) == (1, "us")


def test_appstore_reads_on_after_an_empty_page(worlds, serve):
    world = worlds("appstore")
    pages = {"1": review(1), "2": None, "3": review(3)}
    serve(world, lambda asked: feed(pages[asked.path.split("page=")[1][0]], last=3))
    assert ids(world.read()[1]) == ["1", "3"]


def test_appstore_tells_when_the_feed_holds_no_more(worlds, serve):
    world = worlds("appstore")

    def answer(asked):
        page = int(asked.path.split("page=")[1].split("/")[0])
        return feed([review(50 * page + n) for n in range(50)], last=10)

    serve(world, answer)
    _, parsed = world.read()
    assert len(parsed.found) == 500
    assert [missed.reason for missed in parsed.missed] == [MissedReason.CAP]


def test_appstore_reads_every_storefront(worlds, serve):
    world = worlds("appstore")
    serve(world, lambda asked: feed(review(1 if asked.path.startswith("/no/") else 2), last=1))
    _, parsed = world.read(world.ask(countries=["no", "HU"]))
    assert [(found.external_id, found.place) for found in parsed.found] == [("1", "no"), ("2", "hu")]


# --------------------------------------------------------------------------------------------------------------- steam


def opinion(number, **more):
    made = {
        "recommendationid": str(number),
        "review": "[b]Crashes[/b] [sic]",
        "timestamp_created": NOON,
        "voted_up": False,
    }
    return made | {"author": {"steamid": "765"}, "language": "norwegian", "timestamp_updated": NOON + 5} | more


def test_steam_follows_its_cursor_to_the_empty_page(worlds, serve):
    world = worlds("steam")
    pages = {"*": ([opinion(1)], "a+/="), "a+/=": ([opinion(2)], "b"), "b": ([], "b")}

    def answer(asked):
        reviews, cursor = pages[json.loads(asked.query["input_json"])["cursor"]]
        return {"response": {"reviews": reviews, "cursor": cursor, "total_matching": 2}}

    serve(world, answer)
    _, parsed = world.read()
    assert ids(parsed) == ["1", "2"]
    assert parsed.missed == ()
    assert json.loads(world.fake.asked[0].query["input_json"])["languages"] == ["all"]


def test_steam_that_turns_in_a_circle_is_told(worlds, serve):
    world = worlds("steam")
    serve(world, lambda asked: {"response": {"reviews": [opinion(1)], "cursor": "same", "total_matching": 1}})
    pages, parsed = world.read()
    assert ids(parsed) == ["1"]
    assert len(world.fake.asked) == 2
    assert [missed.reason for missed in parsed.missed] == [MissedReason.EMPTY]
    assert pages[-1].cursor is None


def test_steam_that_stops_early_is_told(worlds, serve):
    world = worlds("steam")
    serve(world, lambda asked: {"response": {"reviews": [], "cursor": "x", "total_matching": 900}})
    assert "900" in world.read()[1].missed[0].detail


def test_steam_without_reviews_or_without_such_an_app(worlds, serve):
    world = worlds("steam")
    serve(world, lambda asked: {"response": {"query_summary": {"num_reviews": 0}, "total_matching": 0}})
    assert world.read()[1].missed == ()
    serve(world, lambda asked: {"response": {}})
    with pytest.raises(SourceRefused, match="no app 42"):
        world.read()


def test_a_steam_review():
    (found,) = steam.parse(Page([opinion(76561199435972925)])).found
    assert (found.text, found.title, found.rating) == ("Crashes [sic]", "Not recommended", None)
    assert (found.external_id, found.language, found.state) == ("76561199435972925", "no", SourceState.EDITED)


# ------------------------------------------------------------------------------------------------------- stackexchange


def question(number, **more):
    made = {"question_id": number, "title": "Why &lt;is&gt; FjordAir late?", "body": "<p>See</p><pre>x &lt; y</pre>"}
    return made | {"creation_date": NOON, "owner": {"display_name": "Ada &amp; Bo"}, "view_count": 9} | more


def test_stackexchange_asks_each_alternative_page_by_page(worlds, serve):
    world = worlds("stackexchange")

    def answer(asked):
        if "search/advanced" not in asked.path:
            return {"items": []}
        number = int(asked.query["page"])
        return {"items": [question(number)], "has_more": number < 2, "quota_remaining": 9}

    serve(world, answer)
    _, parsed = world.read(world.ask(query='"fjord air" OR refund*', first="900w"))
    assert ids(parsed) == ["1", "2"]
    assert sorted({asked.query.get("q", "") for asked in world.fake.asked}) == ["", '"fjord air"', "refund"]


def test_stackexchange_reads_answers_and_the_comments_on_all_it_found(worlds, serve):
    world = worlds("stackexchange")
    owner = {"owner": {"display_name": "Bo"}, "creation_date": NOON}
    answers = {
        "/2.3/search/advanced": {"items": [question(1)]},
        "/2.3/search/excerpts": {"items": [{"item_type": "answer", "answer_id": 7}, {"item_type": "question"}]},
        "/2.3/answers/7": {"items": [{"answer_id": 7, "question_id": 3, "body": "<p>Call FjordAir</p>", **owner}]},
        "/2.3/posts/1/comments": {"items": [{"comment_id": 8, "post_id": 1, "body": "me &amp; too", **owner}]},
        "/2.3/posts/7/comments": {"items": [{"comment_id": 9, "post_id": 7, "body": "no", "edited": True, **owner}]},
    }
    serve(world, lambda asked: answers[asked.path])
    pages, parsed = world.read(world.ask(site="travel", first="900w"))
    assert ids(parsed) == ["1", "comment-8", "answer-7", "comment-9"]
    assert [(found.thread_id, found.parent_id) for found in parsed.found] == [
        ("1", None), ("1", "1"), ("3", "3"), ("3", "answer-7"),
    ]  # fmt: skip
    assert parsed.found[2].url == "https://travel.stackexchange.com/a/7"
    assert parsed.found[3].url == "https://travel.stackexchange.com/posts/comments/9"
    assert (parsed.found[1].text, parsed.found[3].state) == ("me & too", SourceState.EDITED)
    assert sum(page.requests for page in pages) == len(world.fake.asked) == 5


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("stackoverflow", "stackoverflow.com"), ("pt.stackoverflow", "pt.stackoverflow.com"),
        ("travel", "travel.stackexchange.com"), ("mathoverflow.net", "mathoverflow.net"),
    ],
)  # fmt: skip
def test_stackexchange_links_lead_to_the_site(worlds, serve, site, host):
    world = worlds("stackexchange")
    serve(world, lambda asked: {"items": [{"answer_id": 7, "body": "x"}] if "/answers/" in asked.path else []})
    [page] = stackexchange.recheck(world.ask(site=site), ["answer-7"])
    assert stackexchange.parse(page).found[0].url == f"https://{host}/a/7"


def test_stackexchange_looks_again_at_each_kind_by_its_own_numbers(worlds, serve):
    world = worlds("stackexchange")
    quota = {"comments": 0, "answers": 1, "questions": 1}
    there = {"questions": [question(7)], "answers": [{"answer_id": 7, "body": "x"}]}

    def answer(asked):
        kind = asked.path.split("/")[2]
        return {"items": there.get(kind, []), "quota_remaining": quota[kind]}

    serve(world, answer)
    pages = list(stackexchange.recheck(world.ask(), ["7", "comment-7", "answer-8", "answer-7", "8", "x"]))
    found = [each for page in pages for each in stackexchange.parse(page).found]
    gone = [each.external_id for each in found if each.state is SourceState.DELETED]
    assert sorted(gone) == ["8", "answer-8", "comment-7"]
    assert [asked.path for asked in world.fake.asked] == ["/2.3/questions/7;8", "/2.3/answers/8;7", "/2.3/comments/7"]


@pytest.mark.parametrize(
    ("said", "pause", "reads"),
    [({"backoff": 7}, [7] * 4, 5), ({"backoff": 600}, [], 1), ({"quota_remaining": 0}, [], 1)],
)
def test_stackexchange_is_given_the_pause_it_asks_for(worlds, serve, monkeypatch, said, pause, reads):
    world, pauses = worlds("stackexchange"), []
    monkeypatch.setattr(stackexchange.time, "sleep", pauses.append)

    def answer(asked):
        more = asked.path.endswith("/advanced") and asked.query["page"] == "1"
        return {"items": [question(1)] if asked.path.endswith("/advanced") else [], "has_more": more} | said

    serve(world, answer)
    pages, parsed = world.read(world.ask(first="900w"))
    assert (pauses, len(world.fake.asked)) == (pause, reads)
    assert {missed.reason for missed in parsed.missed} == (set() if pause else {MissedReason.QUOTA})
    assert (pages[-1].cursor is None) is (not pause)


@pytest.mark.parametrize(("number", "error"), [(502, SourceIll), (400, SourceRefused)])
def test_stackexchange_errors_stand_in_the_body(worlds, serve, make_reply, number, error):
    world = worlds("stackexchange")
    body = json.dumps({"error_id": number, "error_message": "too many requests from this IP"}).encode()
    serve(world, lambda asked: make_reply(body, status=400))
    with pytest.raises(error, match="too many requests"):
        world.read()


def test_stackexchange_that_promises_more_and_gives_nothing_is_ill(worlds, serve):
    world = worlds("stackexchange")
    serve(world, lambda asked: {"items": [], "has_more": True})
    with pytest.raises(SourceIll, match="gave nothing"):
        world.read()


def test_stackexchange_needs_a_word(worlds):
    world = worlds("stackexchange")
    with pytest.raises(SourceRefused, match="needs a word"):
        world.read(world.ask(query="NOT late"))


def test_a_question():
    made = question(7, link="https://travel.example/questions/7", last_edit_date=NOON)
    (found,) = stackexchange.parse(Page([made])).found
    assert (found.title, found.text, found.author) == ("Why <is> FjordAir late?", "See\n\nx < y", "Ada & Bo")
    assert (found.place, found.state, found.reach) == ("travel.example", SourceState.EDITED, 9)


# ----------------------------------------------------------------------------------------------------------- discourse


def post(number, **more):
    made = {
        "id": number,
        "post_number": 1,
        "topic_id": 5,
        "topic_slug": "late/..",
        "topic_title": "Late",
        "cooked": "<p>x</p>",
    }
    return made | {"username": "ada", "created_at": "2026-03-01T12:00:00Z", "version": 1} | more


def test_discourse_reads_on_over_ids_that_are_gone(worlds, serve):
    world = worlds("discourse")

    def answer(asked):
        before = int(asked.query.get("before", 130))
        return {"latest_posts": [post(n) for n in (130, 129, 20, 3) if before - 50 < n <= before]}

    serve(world, answer)
    _, parsed = world.read(world.ask(first="900w"))
    assert ids(parsed) == ["130", "129", "20", "3"]
    assert [asked.query.get("before") for asked in world.fake.asked] == [None, "128", "78", "28", "2"]


@pytest.mark.parametrize("gone", [{"hidden": True}, {"deleted_at": "2026-03-02T00:00:00Z"}, {"user_deleted": True}])
def test_discourse_posts_that_are_gone_keep_the_title_that_the_query_looks_at(gone):
    posts = [{"base": "https://a.example", "post": post(n, post_number=n, **gone)} for n in (1, 2)]
    first, reply = discourse.parse(Page(posts)).found
    assert (first.text, first.title, first.author, first.state) == ("", "Late", None, SourceState.DELETED)
    assert (reply.text, reply.title, reply.author, reply.state) == ("", "", None, SourceState.DELETED)


def test_a_discourse_post_and_reply():
    pages = Page([{"base": "https://a.example", "post": each} for each in (post(1, version=2), post(2, post_number=2))])
    first, second = discourse.parse(pages).found
    assert (first.title, first.kind, first.state) == ("Late", MentionKind.POST, SourceState.EDITED)
    assert (second.title, second.kind, second.thread_id) == ("", MentionKind.COMMENT, "5")
    assert first.url == "https://a.example/t/late%2F../5/1"


# ------------------------------------------------------------------------------------------------------- broken records


@pytest.mark.parametrize("broken", [None, 7, "x", [], {}, {"id": []}])
@pytest.mark.parametrize("source", [mastodon, steam, stackexchange, appstore, discourse])
def test_a_broken_record_is_rejected(source, broken):
    wrapped = {appstore: {"country": "us", "entry": broken}, discourse: {"base": "https://a.example", "post": broken}}
    parsed = source.parse(Page([wrapped.get(source, broken)]))
    assert parsed.found == []
    assert parsed.rejected[0].reason


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        ("mastodon", {"tags": []}),
        ("mastodon", {"tags": ["two words"]}),
        ("appstore", {"app_id": "x"}),
        ("appstore", {"countries": ["usa"]}),
        ("steam", {"app_id": 0}),
        ("stackexchange", {"site": "a/b"}),
    ],
)
def test_settings_are_checked(worlds, source, settings):
    with pytest.raises(ValueError, match="validation error"):
        worlds(source).ask(**settings)
