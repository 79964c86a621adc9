"""The JSON API as a program uses it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from campaigns.consent import Act, of_mention, record_grant, record_revocation
from earful.configfile import Configuration
from earful.settings import Brand, SourceSettings
from inbox.api import cases as case_routes
from inbox.app import create_app
from models import consent
from models.account import SCOPES, ApiToken, Right
from models.case import Case, CaseStatus, Correction
from models.caseview import events_of
from models.database import Database
from models.mention import Mention
from models.tokens import revoke_token
from models.upsert import insert_new
from tests.inbox.conftest import Filler, serving
from tests.local import LOCAL

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

Token = Callable[..., str]


@pytest.fixture
def api(served: str, filled: Database, token: Token) -> Iterator[httpx.Client]:
    """A program with a token for everything."""
    headers = {"Authorization": f"Bearer {token(*SCOPES)}"}
    with httpx.Client(base_url=f"{served}/api/v1", headers=headers, **LOCAL) as api:
        yield api


def all_items(api: httpx.Client, address: str) -> list[dict[str, Any]]:
    items, following = [], address
    while following:
        page = api.get(following.removeprefix("/api/v1")).raise_for_status().json()
        items += page["items"]
        following = page["next"]
    return items


def test_mentions_are_listed_page_by_page(api: httpx.Client) -> None:
    seen = all_items(api, "/mentions?limit=25")
    assert len({item["id"] for item in seen}) == len(seen) == 63
    assert seen == sorted(seen, key=lambda item: item["published_at"], reverse=True)
    assert api.get(f"/mentions/{seen[0]['id']}").json() == seen[0]
    positive = all_items(api, "/mentions?label=positive")
    assert positive
    assert {item["label"] for item in positive} == {"positive"}


def test_cases_are_listed_by_view_and_filter(api: httpx.Client) -> None:
    seen = all_items(api, "/cases?limit=7&view=all")
    assert len({item["id"] for item in seen}) == 60
    assert [item["id"] for item in all_items(api, "/cases?view=waiting")] == [8]
    assert [item["id"] for item in all_items(api, "/cases?view=all&q=insulin")] == [3, 23, 43]
    assert {item["brand"] for item in all_items(api, "/cases?brand=Nordlys+Coffee")} == {"Nordlys Coffee"}
    nobodys = all_items(api, "/cases?assignee=")
    assert nobodys
    assert {item["assignee"] for item in nobodys} == {None}
    one = api.get("/cases/2").json()
    assert one["reasons"][0]["code"]
    assert api.get(f"/mentions/{one['mention_id']}").json()["case_id"] == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/cases?brand=Fjord+Aire", 'there is no brand “Fjord Aire”; did you mean "Fjord Air"?'),
        ("/cases?brand=Nope", 'there is no brand “Nope”; valid: "Fjord Air", "Nordlys Coffee"'),
        ("/cases?brand=", 'there is no brand “”; valid: "Fjord Air", "Nordlys Coffee"'),
        ("/cases?source=redit", 'there is no source “redit”; did you mean "reddit"?'),
        ("/cases?language=zz", 'there is no language “zz”; valid: "ar", "bg", "en", "hu", "id", "no", "th"'),
        ("/cases?language=", 'there is no language “”; valid: "ar", "bg", "en", "hu", "id", "no", "th"'),
        ("/cases?theme=delivry", 'there is no theme “delivry”; did you mean "delivery"?'),
        ("/mentions?brand=Nordlys", 'there is no brand “Nordlys”; did you mean "Nordlys Coffee"?'),
        ("/mentions?source=nope", 'there is no source “nope”; valid: "app reviews", "reddit", "shop"'),
        (
            "/mentions?language=english",
            'there is no language “english”; valid: "ar", "bg", "en", "hu", "id", "no", "th"',
        ),
        ("/exports/testimonials?brand=Fjord+Aire", 'there is no brand “Fjord Aire”; did you mean "Fjord Air"?'),
    ],
)
def test_what_a_filter_names_and_nobody_has_is_refused(api: httpx.Client, address: str, said: str) -> None:
    answer = api.get(address)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said.lower() in answer.json()["detail"].lower()


def test_what_there_is_and_nothing_fits_is_an_empty_list(api: httpx.Client, filled: Database, tmp_path: Path) -> None:
    (tmp_path / "themes.txt").write_text("[seat warmers | use]\nen: warmers\n", "utf-8")
    with filled.write() as session:
        session.get_one(Case, 5).themes = "|long gone|"
    assert [item["id"] for item in all_items(api, "/cases?view=all&theme=long+gone")] == [5]
    for nothing in ("theme=seat+warmers", "theme=privacy", "language=de", "assignee=nope", "source=shop&language=bg"):
        assert api.get(f"/cases?view=all&{nothing}").json() == {"items": [], "next": None}, nothing
    assert api.get("/mentions?language=de").json()["items"] == []


def test_a_language_is_found_by_any_form_of_its_code(api: httpx.Client, more: Filler) -> None:
    norwegian = more.post({"source": "reddit", "hours_ago": 1, "severity": "high", "text": "Mistet", "language": "no"})
    for code in ("no", "nb", "nn-NO", "NOR"):
        assert norwegian in {item["id"] for item in all_items(api, f"/cases?language={code}")}, code
        assert "no" in {item["language"] for item in all_items(api, f"/mentions?language={code}")}, code


def test_what_is_set_up_and_was_not_read_yet_is_no_mistake(
    config: Configuration, filled: Database, token: Token, clock: Callable[[], datetime]
) -> None:
    new = Brand(name="Kaffehuset", sources=(SourceSettings(type="rss", name="news"),))
    settings = config.settings.model_copy(update={"brands": (*config.settings.brands, new)})
    headers = {"Authorization": f"Bearer {token(Right.READ)}"}
    app = create_app(replace(config, settings=settings), filled, clock)
    with serving(app) as address, httpx.Client(base_url=f"{address}/api/v1", headers=headers, **LOCAL) as api:
        for asked in ("/cases?brand=Kaffehuset", "/mentions?source=news"):
            assert api.get(asked).raise_for_status().json()["items"] == []


def test_a_change_is_logged_under_the_tokens_name(api: httpx.Client, filled: Database) -> None:
    version = api.get("/cases/2").json()["version"]
    changed = api.post("/cases/2/acts", json={"verb": "note", "text": "from the CRM", "version": version})
    assert changed.status_code == 200
    assert changed.json()["version"] == version + 1
    with filled.read() as session:
        event = events_of(session, 2)[-1]
    assert (event.actor, event.action, event.detail["text"]) == ("api:crm", "noted", "from the CRM")


def test_a_case_tells_what_people_made_of_it(api: httpx.Client, filled: Database) -> None:
    offer = {"verb": "remedy", "remedy": "refund", "amount": "12,50", "currency": "eur"}
    sent = [
        offer,
        {"verb": "tag", "tag": "VIP"},
        {"verb": "priority", "severity": "urgent"},
        {"verb": "tell", "text": "x"},
    ]
    before = api.get("/cases/5").json()
    assert (before["remedy"], before["tags"], before["told_at"]) == (None, [], None)
    for version, each in enumerate(sent, before["version"]):
        assert api.post("/cases/5/acts", json={**each, "version": version}).status_code == 200
    case = api.get("/cases/5").json()
    assert case["remedy"] == {"offered": "refund", "amount": "12.50", "currency": "EUR", "outcome": "offered"}
    assert (case["tags"], case["severity"]) == (["vip"], "urgent")
    assert case["told_at"]
    assert case["first_response_at"]
    [listed] = [item for item in all_items(api, "/cases?view=all") if item["id"] == 5]
    assert listed == case
    events = api.get("/cases/5/events").json()
    assert [event["action"] for event in events][-4:] == ["offered", "tagged", "prioritised", "told"]
    assert events[-1]["actor"] == "api:crm"


def test_a_stale_change_is_a_problem_and_changes_nothing(api: httpx.Client, filled: Database) -> None:
    version = api.get("/cases/2").json()["version"]
    assert api.post("/cases/2/acts", json={"verb": "resolve", "version": version}).json()["status"] == "resolved"
    stale = api.post("/cases/2/acts", json={"verb": "note", "text": "x", "version": version})
    assert stale.status_code == 409
    assert stale.headers["content-type"] == "application/problem+json"
    assert "resolved this" in stale.json()["detail"]
    again = api.post("/cases/2/acts", json={"verb": "resolve", "version": version + 1})
    assert again.status_code == 409
    assert "reopen it first" in again.json()["detail"]
    with filled.read() as session:
        assert session.get_one(Case, 2).status is CaseStatus.RESOLVED


@pytest.mark.parametrize("verb", sorted(verb.value for verb in case_routes.Verb))
def test_every_verb_answers_as_described(api: httpx.Client, verb: str) -> None:
    soon = "2026-03-05T12:00:00Z"
    sent = {"verb": verb, "version": 1, "to": "lee", "text": "x", "until": soon, "tag": "vip", "severity": "high"}
    answer = api.post("/cases/3/acts", json=sent)
    assert answer.status_code in {200, 409, 422}
    assert (answer.status_code == 422) == (verb in case_routes.OF_PIPELINE)


def test_corrections_are_given_and_listed(api: httpx.Client, filled: Database) -> None:
    given = api.post("/corrections", json={"mention_id": 3, "label": "neutral"})
    assert given.status_code == 201
    assert given.json()["actor"] == "api:crm"
    assert all_items(api, "/corrections?limit=2")[0] == given.json()
    assert [item["id"] for item in all_items(api, "/corrections?mention_id=3")] == [given.json()["id"]]
    with filled.read() as session:
        stored = session.scalars(select(Correction).order_by(Correction.id.desc()).limit(1)).one()
    assert stored.text
    assert api.post("/corrections", json={"mention_id": 4711, "about_us": False}).status_code == 404
    for nothing in ({"mention_id": 3}, {"mention_id": 3, "label": "unscored"}, {"label": "neutral"}):
        assert api.post("/corrections", json=nothing).status_code == 422


def test_runs_come_with_their_coverage(api: httpx.Client) -> None:
    newest, oldest = all_items(api, "/runs?limit=1")
    assert (newest["id"], oldest["id"]) == (2, 1)
    entries = {entry["source"]: entry for entry in newest["sources"]}
    assert entries["app reviews"]["status"] == "failed"
    assert entries["reddit"]["may_have_missed"][0]["reason"]
    for entry in entries.values():
        assert entry["fetched"] == entry["seen"] + entry["off_query"] + entry["repeated"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/mentions/2%0A", 404),
        ("GET", "/cases/4711", 404),
        ("GET", "/cases/4711/events", 404),
        ("GET", "/mentions/4711", 404),
        ("POST", "/cases/4711/acts", 404),
        ("DELETE", "/cases/2", 405),
        ("GET", "/cases/abc", 422),
        ("GET", "/cases/0", 422),
        ("GET", "/cases?view=opne", 422),
        ("GET", "/cases?asignee=dana", 422),
        ("GET", "/cases?brand=a&brand=b", 422),
        ("GET", "/cases?limit=0", 422),
        ("GET", "/cases?limit=201", 422),
        ("GET", "/cases?after=zzz", 422),
        ("GET", "/runs?after=-1", 422),
        ("GET", "/mentions?after=1.99999999999999999999", 422),
        ("POST", "/corrections", 422),
    ],
)
def test_every_error_is_a_problem(api: httpx.Client, method: str, path: str, status: int) -> None:
    body = {"json": {"verb": "note", "text": "x", "version": 1}} if path.endswith("/acts") else {}
    answer = api.request(method, path, **body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_a_problem_speaks_the_language_that_was_asked_for(api: httpx.Client) -> None:
    norwegian = {"Accept-Language": "nb"}
    gone = api.get("/cases/4711", headers=norwegian)
    assert (gone.json()["detail"], gone.headers["content-language"]) == ("Det finnes ingen sak 4711.", "nb")
    assert gone.json()["title"] == "Not Found", "the kind of problem is called the same everywhere"
    wrong = api.post("/corrections", json={"mention_id": "x", "labels": 1}, headers=norwegian).json()["errors"]
    assert {each["where"]: each["said"] for each in wrong} == {
        "body.mention_id": "Dette må være et helt tall.",
        "body.labels": "Her er det ingenting med dette navnet.",
    }
    assert api.get("/cases?view=opne").json()["errors"][0]["said"].startswith("This must be open, mine, unassigned,")


def test_a_bug_and_a_broken_store_are_problems_too(api: httpx.Client, app: FastAPI, store: Database) -> None:
    with store.write() as session:
        session.connection().exec_driver_sql("DROP TABLE corrections")
    unready = api.get("/corrections")
    assert unready.status_code == 503
    assert "earful db upgrade" in unready.json()["detail"]
    app.state.house = object()
    broken = api.get("/cases")
    assert broken.status_code == 500
    assert broken.headers["content-type"] == "application/problem+json"
    assert "AttributeError" not in broken.text
    assert "script-src 'self'" in broken.headers["content-security-policy"]


def test_other_sites_and_names_are_refused_as_problems(api: httpx.Client) -> None:
    forged = api.post(
        "/corrections", json={"mention_id": 3, "label": "neutral"}, headers={"Origin": "https://evil.example"}
    )
    assert (forged.status_code, forged.json()["status"]) == (403, 403)
    assert api.get("/cases", headers={"Host": "evil.example"}).json()["status"] == 400


def test_a_token_is_good_until_it_is_over_or_revoked(
    client: httpx.Client, token: Token, store: Database, clock: Callable[[], datetime]
) -> None:
    def ask(word: str) -> int:
        return client.get("/api/v1/runs", headers={"Authorization": f"Bearer {word}"}).status_code

    good, short = token(Right.READ), token(Right.READ, lasts=timedelta(seconds=1))
    clock()
    assert ask(good) == 200
    assert ask(short) == 401
    assert ask(good[:-1]) == 401
    assert client.get("/api/v1/runs", headers={"Authorization": f"Basic {good}"}).status_code == 401
    with store.write() as session:
        kept = session.scalars(select(ApiToken).order_by(ApiToken.id)).first()
        assert kept is not None
        assert kept.last_used_at is not None
        assert good not in (kept.token_hash, kept.name)
        revoke_token(session, kept.name, clock())
    assert ask(good) == 401


def test_a_session_is_no_token(signed_in: Callable[..., httpx.Client]) -> None:
    from models.account import Role

    assert signed_in(Role.ADMIN).get("/api/v1/cases").status_code == 401


def test_only_what_its_author_allows_goes_out(api: httpx.Client, filled: Database) -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    with filled.write() as session:
        keys = session.scalars(select(Mention.id).where(Mention.author == "plain").order_by(Mention.id)).all()
        rows = [{"mention_id": key, "brand": "Fjord Air", "found_at": now} for key in keys]
        insert_new(session, consent.Testimonial, rows, ["mention_id"])
    assert len(keys) == 3
    before = api.get("/exports/testimonials").json()
    assert (before["items"], before["held_back"]["no_consent"]) == ([], 3)
    record_grant(filled, of_mention(keys[0]), Act("dana", now, "https://tickets.example/7"))
    allowed = all_items(api, "/exports/testimonials?limit=1")
    assert sorted(item["mention_id"] for item in allowed) == keys
    assert {item["consent_proof"] for item in allowed} == {"https://tickets.example/7"}
    record_revocation(filled, of_mention(keys[0]), Act("dana", now))
    after = api.get("/exports/testimonials").json()
    assert (after["items"], after["held_back"]["revoked"]) == ([], 3)


def test_metrics_count_what_waits(client: httpx.Client, filled: Database) -> None:
    client.get("/cases/2")
    client.get("/nowhere")
    text = client.get("/metrics").text
    for line in (
        'earful_cases{brand="Fjord Air",status="waiting"} 1.0',
        'earful_runs{status="partial"} 1.0',
        "earful_mentions 63.0",
        "earful_flagged_total 60.0",
        "earful_outbox_waiting ",
        'earful_waiting{stage="found"} 0.0',
        'earful_request_seconds_count{method="GET",route="/cases/{case_id}",status="200"} 1.0',
        'earful_request_seconds_count{method="GET",route="none",status="404"} 1.0',
    ):
        assert line in text, line
    assert 'earful_cases_overdue{brand="Fjord Air"}' in text


def test_metrics_are_for_this_machine_or_a_token(client: httpx.Client, token: Token) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=elsewhere).status_code == 401
    for scope, status in ((Right.METRICS, 200), (Right.READ, 401)):
        headers = {**elsewhere, "Authorization": f"Bearer {token(scope)}"}
        assert client.get("/metrics", headers=headers).status_code == status
