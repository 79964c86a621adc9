"""The review sources with credentials: how each lets us in, pages, looks again, and the odd things each sends."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors import appstoreconnect, googlebusiness, googleplay, trustpilot
from connectors.base import Page
from connectors.tokens import FixedKey, Token
from earful.errors import ConfigError, SourceIll, SourceRefused
from earful.values import Answer, MentionKind, MissedReason, SourceState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCES = ["trustpilot", "googlebusiness", "googleplay", "appstoreconnect"]
WITH_TOKENS = SOURCES[1:]
GRANTED = {"access_token": "t1", "expires_in": 3600}


@pytest.fixture
def serve(make_reply):
    """Makes a world answer with what a function gives for each request: a value, or a status with a value."""

    def by(world, answer, login=lambda _: GRANTED):
        def reply(asked):
            value = (login if asked.path == "/token" else answer)(asked)
            status, value = value if isinstance(value, tuple) else (200, value)
            return make_reply(json.dumps(value).encode(), status=status)

        world.fake.reply = reply

    return by


def ids(parsed):
    return [found.external_id for found in parsed.found]


def logins(world):
    return [dict(parse_qsl(asked.body.decode())) for asked in world.fake.asked if asked.path == "/token"]


def reads(world):
    return [asked for asked in world.fake.asked if asked.path != "/token"]


# ----------------------------------------------------------------------------------------------------- letting us in


def empty(world):
    return json.loads(world.page([]))


@pytest.mark.parametrize("source", WITH_TOKENS)
def test_a_token_that_is_no_longer_accepted_is_renewed_once(worlds, serve, source):
    world, refused = worlds(source), []

    def answer(asked):
        refused.append(asked.headers["authorization"])
        return (401, {"error": {"message": "expired"}}) if len(refused) == 1 else empty(world)

    serve(world, answer, lambda _: {"access_token": f"t{len(logins(world))}"})
    pages, parsed = world.read()
    assert (parsed.found, parsed.missed, len(refused)) == ([], (), 2)
    assert sum(page.requests for page in pages) == len(world.fake.asked)


@pytest.mark.parametrize("source", SOURCES)
def test_a_credential_that_is_refused_again_says_what_to_do_and_not_what_it_is(worlds, serve, source):
    world = worlds(source)
    serve(world, lambda _: (401, {"error": {"message": "Request had invalid credentials."}}))
    with pytest.raises(SourceRefused, match=r"invalid credentials\.; see ") as raised:
        world.read()
    assert len(reads(world)) == (1 if source == "trustpilot" else 2)
    assert not any(word in str(raised.value) for word in ("a-key", "its-secret", "a-refresh-token", "t1", "PRIVATE"))


@pytest.mark.parametrize("source", ["googlebusiness", "googleplay"])
def test_a_refused_grant_says_what_to_do_and_is_not_asked_for_again(worlds, serve, source):
    world = worlds(source)
    said = {"error": "invalid_grant", "error_description": "a-refresh-token is gone"}
    serve(world, lambda _: {}, lambda _: (400, said))
    both = {"locations": {"a": "accounts/1/locations/2", "b": "accounts/1/locations/3"}}
    with pytest.raises(SourceRefused, match=r"refuses the login \(HTTP 400, invalid_grant\): .{20}") as raised:
        world.read(world.ask(**both) if source == "googlebusiness" else world.ask())
    assert "a-refresh-token" not in str(raised.value)
    assert len(world.fake.asked) == 1


@pytest.mark.parametrize("answer", [{}, [], {"access_token": 7}, {"access_token": "a\r\nx: y"}, {"access_token": ""}])
def test_a_login_without_a_token_is_ill(worlds, serve, answer):
    world = worlds("googlebusiness")
    serve(world, lambda _: {}, lambda _: answer)
    with pytest.raises(SourceIll, match="without a token"):
        world.read()


def test_a_token_is_renewed_before_it_ends(worlds, serve):
    world = worlds("googlebusiness")
    world.fake.reply = None
    with time_machine.travel(NOON, tick=False) as clock:

        def answer(asked):
            clock.shift(timedelta(minutes=59, seconds=30))
            return {"reviews": [], "nextPageToken": asked.query.get("pageToken", "") + "x"}

        serve(world, answer, lambda _: {"access_token": f"t{len(logins(world))}", "expires_in": 3600})
        world.read(world.ask(max_requests=3))
    assert [asked.headers["authorization"] for asked in reads(world)] == ["Bearer t1", "Bearer t2", "Bearer t3"]


def test_a_refresh_token_goes_to_the_login_alone(worlds, serve):
    world = worlds("googlebusiness")
    serve(world, lambda _: {})
    world.read()
    assert logins(world) == [
        {
            "grant_type": "refresh_token",
            "client_id": "a-client",
            "client_secret": "its-secret",
            "refresh_token": "a-refresh-token",
        }
    ]
    (asked,) = reads(world)
    assert "a-refresh-token" not in repr(asked)


def test_google_play_signs_its_login_with_the_service_accounts_key(worlds, serve):
    world = worlds("googleplay")
    serve(world, lambda _: {})
    ask = world.ask()
    world.read(ask)
    account = json.loads(ask.secrets.get("EARFUL_GOOGLEPLAY_KEY"))
    key = load_pem_private_key(account["private_key"].encode(), None).public_key()
    (form,) = logins(world)
    claims = jwt.decode(form["assertion"], key, ["RS256"], audience=f"{world.fake.url}/token")
    assert (claims["iss"], claims["scope"]) == ("reader@brygvell.example", googleplay.SCOPE)
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "k1"


@pytest.mark.parametrize(("issuer", "who"), [("0" * 36, ("iss", "0" * 36)), (None, ("sub", "user"))])
def test_app_store_connect_signs_a_token_that_lives_for_less_than_twenty_minutes(worlds, serve, issuer, who):
    world = worlds("appstoreconnect")
    serve(world, lambda _: {"data": []})
    ask = world.ask(issuer_id=issuer)
    world.read(ask)
    token = world.fake.asked[0].headers["authorization"].removeprefix("Bearer ")
    key = load_pem_private_key(ask.secrets.get("EARFUL_APPSTORECONNECT_KEY").encode(), None).public_key()
    claims = jwt.decode(token, key, ["ES256"], audience="appstoreconnect-v1")
    assert claims[who[0]] == who[1]
    assert claims["exp"] - claims["iat"] <= 20 * 60
    assert jwt.get_unverified_header(token)["kid"] == "ABCDEFGH12"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read: No such file"),
        (b"", "holds no"),
        (b"\xff\xfe", "it is no text"),
        (b"-----BEGIN %b-----\nAAAA\n-----END %b-----\n" % (b"PRIVATE KEY", b"PRIVATE KEY"), "holds no"),
        (b"the other", "holds a key of another kind|holds no key of a service account"),
    ],
)
@pytest.mark.parametrize("source", ["googleplay", "appstoreconnect"])
def test_a_key_file_that_is_none_is_a_mistake_in_the_configuration(worlds, source, content, said):
    world = worlds(source)
    ask = world.ask(key_file="key")
    if content == b"the other":
        content = json.loads(ask.secrets.get("EARFUL_GOOGLEPLAY_KEY"))["private_key"].encode()
    if content is not None:
        (world.folder / "key").write_bytes(content)
    with pytest.raises(ConfigError, match=said) as raised:
        world.read(ask)
    assert str(raised.value).startswith("key_file")


@pytest.mark.parametrize("source", ["googleplay", "appstoreconnect"])
def test_a_key_is_read_from_beside_the_configuration(worlds, serve, source):
    world = worlds(source)
    serve(world, lambda _: empty(world))
    ask = world.ask(key_file="key")
    (world.folder / "key").write_text(ask.secrets.get(f"EARFUL_{source.upper()}_KEY"))
    assert world.read(ask)[1].missed == ()


def test_a_key_in_one_line_is_read_too(worlds, serve):
    world = worlds("appstoreconnect")
    serve(world, lambda _: empty(world))
    ask = world.ask(credentials="EARFUL_OTHER")
    (world.folder / "secrets").mkdir()
    line = ask.secrets.get("EARFUL_APPSTORECONNECT_KEY").replace("\n", "\\n")
    (world.folder / "secrets" / "EARFUL_OTHER_KEY").write_text(line)
    assert world.read(ask)[1].missed == ()


@pytest.mark.parametrize("source", SOURCES)
def test_a_missing_secret_is_named(worlds, source):
    world = worlds(source)
    with pytest.raises(ConfigError, match=r"EARFUL_OTHER_\w+ is not set"):
        world.read(world.ask(credentials="EARFUL_OTHER"))


def test_nothing_that_holds_a_secret_shows_it():
    assert "secret" not in repr(FixedKey("apikey", "secret")) + repr(Token("secret", NOON))


QUOTA = {"error": {"code": 403, "message": "Quota exceeded.", "errors": [{"reason": "quotaExceeded"}]}}


@pytest.mark.parametrize("source", WITH_TOKENS)
def test_a_quota_that_is_used_up_is_ill_not_refused(worlds, serve, source):
    world = worlds(source)
    serve(world, lambda _: (403, QUOTA))
    with pytest.raises(SourceIll, match="quota is used up"):
        world.read()


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "No such thing", "status": "NOT_FOUND"}},
        {"errors": [{"title": "No such thing", "code": "NOT_FOUND"}]},
        {"message": "No such thing"},
    ],
)
@pytest.mark.parametrize("source", SOURCES)
def test_what_an_api_does_not_know_is_refused(worlds, serve, source, said):
    world = worlds(source)
    serve(world, lambda _: (404, said))
    with pytest.raises(SourceRefused, match="knows no"):
        world.read()


# -------------------------------------------------------------------------------------- what the business answered


def answered(page, source):
    """The page with an answer to its one review, in the source's own form."""
    told = json.loads(page)
    review = (told.get("reviews") or told.get("data") or told.get("response", {}).get("reviews"))[0]
    said, at = "We are sorry. Call us.", "2026-03-02T09:00:00Z"
    if source == "trustpilot":
        review["companyReply"] = {"text": said, "createdAt": at}
    elif source == "googlebusiness":
        review["reviewReply"] = {"comment": said, "updateTime": at}
    elif source == "googleplay":
        seconds = str(int(datetime.fromisoformat(at).timestamp()))
        review["comments"].append({"developerComment": {"text": said, "lastModified": {"seconds": seconds}}})
    elif source == "steam":
        review |= {"developer_response": said, "timestamp_dev_responded": datetime.fromisoformat(at).timestamp()}
    else:
        review["relationships"] = {"response": {"data": {"type": "customerReviewResponses", "id": "r1"}}}
        told["included"] = [{"id": "r1", "attributes": {"responseBody": said, "lastModifiedDate": at}}]
    return json.dumps(told).encode()


@pytest.mark.parametrize("source", [*SOURCES, "steam"])
def test_what_the_business_answered_stands_beside_what_the_customer_said(worlds, make_item, source):
    world = worlds(source)
    plain = world.page([make_item("a1", "the lid broke")])
    world.serve(answered(plain, source))
    found = world.read()[1].found[0]
    assert found.answer == Answer("We are sorry. Call us.", datetime(2026, 3, 2, 9, tzinfo=UTC))
    world.serve(plain)
    assert replace(found, answer=None) == world.read()[1].found[0]


def test_a_developer_who_said_nothing_has_not_answered(worlds, make_item):
    world = worlds("googleplay")
    page = json.loads(answered(world.page([make_item("a1", "the lid broke")]), "googleplay"))
    page["reviews"][0]["comments"][-1]["developerComment"]["text"] = " "
    world.serve(json.dumps(page).encode())
    assert world.read()[1].found[0].answer is None


# ------------------------------------------------------------------------------------------------------ looking again


KNOWN = {"googlebusiness": ["locations/2/reviews/a", "locations/2/reviews/b"]}


@pytest.mark.parametrize("source", SOURCES)
def test_when_everything_is_gone_at_once_nothing_is_taken_for_deleted(worlds, serve, source):
    world = worlds(source)
    serve(world, lambda _: (404, {"error": {"message": "gone"}}))
    pages = list(world.connector.recheck(world.ask(), KNOWN.get(source, ["a", "b"])))
    assert [len(page.content) for page in pages] == [0]
    assert [missed.reason for page in pages for missed in page.missed] == [MissedReason.EMPTY]


@pytest.mark.parametrize("source", SOURCES)
def test_a_web_page_that_is_not_found_deletes_nothing(worlds, make_reply, source):
    world = worlds(source)
    world.serve(make_reply(b"<html>no such page</html>", status=404))
    with pytest.raises(SourceRefused, match="404"):
        list(world.connector.recheck(world.ask(), KNOWN.get(source, ["a"])))


def test_one_review_that_the_api_trips_over_hides_no_other(worlds, serve):
    world = worlds("trustpilot")
    serve(
        world, lambda asked: (500, {}) if asked.path.endswith("b") else {"id": asked.path[-1], "stars": 1, "title": "x"}
    )
    pages = list(world.connector.recheck(world.ask(), list("abc")))
    assert [[record["id"] for record in page.content] for page in pages] == [["a", "c"]]


def test_an_api_that_fails_again_and_again_is_asked_no_more(worlds, serve):
    world = worlds("trustpilot")
    serve(world, lambda _: (500, {}))
    with pytest.raises(SourceIll):
        list(world.connector.recheck(world.ask(), list("abcdefghij")))
    assert len(world.fake.asked) == 3


def test_a_recheck_stops_at_its_limit(worlds, serve):
    world = worlds("trustpilot")
    serve(world, lambda asked: {"id": asked.path.rsplit("/", 1)[1], "stars": 1, "title": "x"})
    list(world.connector.recheck(world.ask(max_requests=3), list("abcdefg")))
    assert len(world.fake.asked) == 3


def test_google_reviews_of_a_location_that_is_no_longer_set_are_left_alone(worlds, serve):
    world = worlds("googlebusiness")
    serve(world, lambda _: {})
    pages = list(world.connector.recheck(world.ask(), ["locations/9/reviews/a", "../x"]))
    assert (world.fake.asked, pages) == ([], [])


# ---------------------------------------------------------------------------------------------------------- trustpilot


def opinion(number, **more):
    made = {"id": f"{number:024x}", "stars": 1, "title": "Late", "text": "Again", "createdAt": "2026-03-01T12:00:00Z"}
    return made | {"consumer": {"displayName": "Kari N."}, "language": "nb"} | more


def test_trustpilot_finds_the_business_and_reads_page_by_page(worlds, serve):
    world = worlds("trustpilot")

    def answer(asked):
        if asked.path.endswith("/find"):
            return {"id": "abc123"}
        number = int(asked.query["page"])
        return {"reviews": [opinion(n) for n in range(100 * number, 100 * number + (100 if number == 1 else 3))]}

    serve(world, answer)
    pages, parsed = world.read(world.ask(business_unit_id=None, domain="fjordair.example"))
    assert (len(parsed.found), sum(page.requests for page in pages)) == (103, 3)
    find, first, _ = world.fake.asked
    assert find.query == {"name": "fjordair.example"}
    assert first.path == "/v1/business-units/abc123/reviews"
    assert first.query == {"page": "1", "perPage": "100", "orderBy": "createdat.desc"}
    assert {asked.headers["apikey"] for asked in world.fake.asked} == {"a-key"}


def test_trustpilot_tells_when_there_is_more_than_it_may_ask_for(worlds, serve):
    world = worlds("trustpilot")
    serve(world, lambda asked: {"reviews": [opinion(int(asked.query["page"]))], "links": [{"rel": "next-page"}]})
    _, parsed = world.read(world.ask(max_requests=2))
    assert [missed.reason for missed in parsed.missed] == [MissedReason.CAP]


def test_a_trustpilot_review():
    reply = {"text": "We are sorry for the terrible delay", "createdAt": "2026-03-03T12:00:00Z"}
    value = opinion(7, updatedAt="2026-03-02T12:00:00Z", numberOfLikes=3, companyReply=reply)
    (found,) = trustpilot.parse(Page([value])).found
    assert (found.text, found.title, found.author, found.rating) == ("Again", "Late", "Kari N.", 1)
    assert (found.kind, found.state, found.language, found.reach) == (
        MentionKind.REVIEW,
        SourceState.EDITED,
        "nb",
        3,
    )
    assert found.url == "https://www.trustpilot.com/reviews/000000000000000000000007"
    assert found.published_at == NOON


# ------------------------------------------------------------------------------------------------------ googlebusiness


def visit(number, **more):
    made = {"name": f"accounts/1/locations/2/reviews/r{number}", "starRating": "FOUR", "comment": "Fint sted"}
    return made | {"createTime": "2026-03-01T12:00:00Z", "updateTime": "2026-03-01T12:00:00Z"} | more


def test_google_reads_each_location_and_names_the_one_it_cannot(worlds, serve):
    world = worlds("googlebusiness")

    def answer(asked):
        if "locations/3" in asked.path:
            return 403, {"error": {"message": "The caller does not have permission"}}
        token = asked.query.get("pageToken")
        return {"reviews": [visit(2 if token else 1)], "totalReviewCount": 2} | (
            {} if token else {"nextPageToken": "n"}
        )

    serve(world, answer)
    both = {"Bergen": "accounts/1/locations/2", "Budapest": "accounts/1/locations/3"}
    pages, parsed = world.read(world.ask(locations=both))
    assert ids(parsed) == ["locations/2/reviews/r1", "locations/2/reviews/r2"]
    (missed,) = parsed.missed
    assert missed.reason is MissedReason.BLOCKED
    assert "Budapest" in missed.detail
    assert "does not have permission" in missed.detail
    assert pages[-1].cursor is None
    assert reads(world)[0].query == {"pageSize": "50", "orderBy": "updateTime desc"}
    assert len(logins(world)) == 1


def test_google_that_gives_less_than_it_says_there_is_is_told(worlds, serve):
    world = worlds("googlebusiness")
    serve(world, lambda _: {"reviews": [visit(1)], "totalReviewCount": 90})
    pages, parsed = world.read()
    assert [missed.reason for missed in parsed.missed] == [MissedReason.EMPTY]
    assert pages[-1].cursor is None


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("(Translated by Google) Nice place\n\n(Original)\nХубаво място", "Хубаво място"),
        ("Szép hely\n\n(Translated by Google)\nNice place", "Szép hely"),
        ("Tempat bagus", "Tempat bagus"),
        ("(Translated by Google) Nice place", "(Translated by Google) Nice place"),
        ("I wrote (Original) myself", "I wrote (Original) myself"),
        ("", ""),
    ],
)
def test_what_the_author_wrote_is_kept_and_googles_translation_is_not(comment, kept):
    assert googlebusiness.original(comment) == kept


def test_a_google_review_may_be_of_stars_alone_and_anonymous():
    value = visit(1, comment=None, reviewer={"displayName": "A Google user", "isAnonymous": True}, starRating="ONE")
    (found,) = googlebusiness.parse(Page([{"place": "Bergen", "review": value}])).found
    assert (found.text, found.author, found.rating, found.place) == ("", None, 1, "Bergen")


def test_a_google_review_that_changed_is_edited_and_the_owners_reply_is_no_part_of_it():
    reply = {"comment": "Sorry!", "updateTime": "2026-03-04T12:00:00Z"}
    value = visit(1, updateTime="2026-03-02T12:00:00.5Z", reviewReply=reply, reviewer={"displayName": "Ola"})
    (found,) = googlebusiness.parse(Page([{"place": "Bergen", "review": value}])).found
    assert (found.text, found.author, found.state) == ("Fint sted", "Ola", SourceState.EDITED)
    assert found.published_at == NOON


# ---------------------------------------------------------------------------------------------------------- googleplay


def played(number, at=NOON, **more):
    said = {"text": "Crashes\tat start", "starRating": 1, "lastModified": {"seconds": str(int(at.timestamp()))}}
    return {"reviewId": f"r{number}", "authorName": "Ida", "comments": [{"userComment": said | more}]}


@time_machine.travel(NOON, tick=False)
def test_google_play_reads_all_of_its_week_each_time(worlds, serve):
    world = worlds("googleplay")
    pages_of = {None: ("n", [played(1)]), "n": (None, [played(2, NOON - timedelta(days=6))])}

    def answer(asked):
        following, reviews = pages_of[asked.query.get("token")]
        return {"reviews": reviews} | ({"tokenPagination": {"nextPageToken": following}} if following else {})

    serve(world, answer)
    pages, parsed = world.read()
    assert (ids(parsed), parsed.missed) == (["r1", "r2"], ())
    assert ids(world.read(world.ask(pages[-1].cursor))[1]) == ["r1", "r2"]
    assert "last 7 days only" in pages[-1].notes[0]


@pytest.mark.parametrize(("days", "missed"), [(6.9, []), (7.1, [MissedReason.GAP]), (30, [MissedReason.GAP])])
def test_a_gap_longer_than_google_plays_window_is_told(worlds, serve, days, missed):
    world = worlds("googleplay")
    serve(world, lambda _: {"reviews": [played(1)]})
    with time_machine.travel(NOON, tick=False):
        cursor = world.read()[0][-1].cursor
    with time_machine.travel(NOON + timedelta(days=days), tick=False):
        pages, parsed = world.read(world.ask(cursor))
        assert [each.reason for each in parsed.missed] == missed
        assert world.read(world.ask(pages[-1].cursor))[1].missed == ()


@time_machine.travel(NOON, tick=False)
def test_reading_google_play_back_beyond_its_window_is_told(worlds, serve):
    world = worlds("googleplay")
    serve(world, lambda _: {})
    ask = replace(world.ask(), since=NOON - timedelta(days=20))
    (missed,) = world.read(ask)[1].missed
    assert "for 2026-02-09 to 2026-02-22" in missed.detail


@time_machine.travel(NOON, tick=False)
def test_a_week_without_reviews_is_no_fault_of_google_play(worlds, serve):
    world = worlds("googleplay")
    serve(world, lambda _: {"reviews": [played(1)]})
    cursor = world.read()[0][-1].cursor
    serve(world, lambda _: {})
    pages, parsed = world.read(world.ask(cursor))
    assert (parsed.missed, bool(pages[-1].cursor)) == ((), True)


def test_a_google_play_review():
    value = played(
        1, lastModified={"seconds": "1772366400", "nanos": 500_000_000}, originalText="Krasjer",
        reviewerLanguage="no_NO", appVersionName="3.2.1", device="oriole", thumbsUpCount=4,
        deviceMetadata={"productName": "oriole (Pixel 6)"},
    )  # fmt: skip
    value["comments"].append({"developerComment": {"text": "Sorry", "lastModified": {"seconds": "1772366999"}}})
    (found,) = googleplay.parse(Page([{"app": "com.fjordair.app", "review": value}])).found
    assert (found.text, found.title, found.author, found.rating, found.reach) == ("Krasjer", "", "Ida", 1, 4)
    assert (found.language, found.place) == ("no", "3.2.1 · oriole (Pixel 6)")
    assert found.published_at == NOON + timedelta(milliseconds=500)
    assert found.url == "https://play.google.com/store/apps/details?id=com.fjordair.app&reviewId=r1"


def test_google_play_puts_title_and_body_into_one_text_and_the_last_word_counts():
    value = played(1)
    value["comments"].append(played(1, NOON + timedelta(days=1), text="Fixed\tthanks", starRating=5)["comments"][0])
    (found,) = googleplay.parse(Page([{"app": "x", "review": value}])).found
    assert (found.title, found.text, found.rating) == ("Fixed", "thanks", 5)


@pytest.mark.parametrize("comments", [None, [], [{}], [{"developerComment": {"text": "x"}}], ["x"]])
def test_a_google_play_review_without_its_users_words_is_rejected(comments):
    value = {"app": "x", "review": {"reviewId": "1", "comments": comments}}
    assert googleplay.parse(Page([value])).rejected[0].reason == "the review has no comment of its user"


# ----------------------------------------------------------------------------------------------------- appstoreconnect


def rated(number):
    attributes = {"rating": 1, "title": "Bad", "body": "Crashes", "reviewerNickname": "ida", "territory": "NOR"}
    return {"id": f"r{number}", "attributes": attributes | {"createdDate": "2026-03-01T04:00:00-08:00"}}


def test_app_store_connect_follows_its_next_link(worlds, serve):
    world = worlds("appstoreconnect")

    def answer(asked):
        following = f"{world.fake.url}{asked.path}?cursor=n.X%3D&limit=200&sort=-createdDate"
        more = "cursor" in asked.query
        return {"data": [rated(2 if more else 1)], "links": {"self": "x"} | ({} if more else {"next": following})}

    serve(world, answer)
    _, parsed = world.read()
    assert (ids(parsed), parsed.missed) == (["r1", "r2"], ())
    assert [asked.query for asked in world.fake.asked] == [
        {"sort": "-createdDate", "limit": "200", "include": "response"},
        {"sort": "-createdDate", "limit": "200", "cursor": "n.X="},
    ]


@pytest.mark.parametrize("link", ["https://evil.example/v1/apps/1?cursor=x", "//evil.example/?cursor=x"])
def test_app_store_connect_takes_its_token_to_no_other_host(worlds, serve, link):
    world = worlds("appstoreconnect")
    serve(world, lambda _: {"data": [rated(1)], "links": {"next": link}})
    pages, parsed = world.read()
    assert (ids(parsed), [missed.reason for missed in parsed.missed]) == (["r1"], [MissedReason.BLOCKED])
    assert (pages[-1].cursor, len(world.fake.asked)) == (None, 1)


def test_an_app_store_connect_review():
    value = rated(1) | {"relationships": {"response": {"data": {"type": "customerReviewResponses", "id": "9"}}}}
    (found,) = appstoreconnect.parse(Page([value])).found
    assert (found.text, found.title, found.author, found.rating) == ("Crashes", "Bad", "ida", 1)
    assert (found.place, found.published_at) == ("NOR", NOON)


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        ("trustpilot", {"business_unit_id": None}),
        ("trustpilot", {"business_unit_id": "../x"}),
        ("trustpilot", {"domain": "a/b"}),
        ("googlebusiness", {"locations": {}}),
        ("googlebusiness", {"locations": {"Bergen": "locations/2"}}),
        ("googleplay", {"package_name": "brygvell"}),
        ("googleplay", {"package_name": "com.a/../b"}),
        ("appstoreconnect", {"app_id": "x"}),
        ("appstoreconnect", {"key_id": "a b"}),
        ("appstoreconnect", {"issuer_id": "me"}),
    ],
)
def test_settings_are_checked(worlds, source, settings):
    with pytest.raises(ValueError, match="validation error"):
        worlds(source).ask(**settings)
