"""The page of praise: whom to ask, what each author allowed, and the files of what may go out."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from campaigns.consent import Act, of_mention, record_grant
from earful.values import FoundMention, Label
from models.account import Role
from models.consent import Testimonial as Praise  # pytest takes what begins with "Test" for a test
from models.consents import history, stored
from models.database import Database
from models.judging import correct, held, take_back
from models.mention import Mention
from tests.inbox.conftest import NOW, Filler

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

PAGE = "/testimonials?brand=Fjord+Air"


@pytest.fixture
def praised(filler: Filler) -> dict[str, int]:
    """Three candidates by three authors: the id of each one's mention."""
    texts = {
        "Kari N.": "Lovely crew on Fjord Air!",
        "Anonymous": "Great Fjord Air",
        "Ола <b>": "=1+1 Fjord Air, чудесно",
    }
    for author, text in texts.items():
        filler.hear(FoundMention(author, text, author=author, published_at=NOW), "Fjord Air", "reviews", NOW, None)
    with filler.database.write() as session:
        ids = {row.author: row.id for row in session.scalars(select(Mention).where(Mention.author.in_(texts)))}
        session.add_all([Praise(mention_id=key, brand="Fjord Air", found_at=NOW) for key in ids.values()])
    return ids


def sent(**said: Any) -> dict[str, Any]:
    return {"verb": "grant", "brand": "Fjord Air", "version": 0, "proof": "ticket 4711: her mail", **said}


def test_a_yes_is_recorded_and_what_it_allows_goes_out(
    client: httpx.Client, praised: dict[str, int], store: Database
) -> None:
    page = client.get(PAGE).text
    assert "Kari N." in page
    assert "Ола &lt;b&gt;" in page
    assert page.count("nobody can consent under it") == 1  # "Anonymous"
    kept = client.post(f"/testimonials/{praised['Kari N.']}", data=sent(expires="2026-04-30"))
    assert kept.status_code == 303
    answered = client.get(kept.headers["location"]).text
    assert "may go out" in answered
    assert "ticket 4711: her mail" in answered
    assert "Thursday, 30 April 2026" in answered
    assert 'value="2026-04-30"' in answered  # so that renewing it does not make it endless
    assert "Kari N." not in client.get(PAGE).text
    with store.read() as session:
        [row] = session.scalars(select(Mention).where(Mention.id == praised["Kari N."]))
        consent = stored(session, row.source_id, "Kari N.")
        assert consent is not None
        assert [(each.actor, each.proof) for each in history(session, consent.id)] == [
            ("dana", "ticket 4711: her mail")
        ]
        assert consent.expires_at is not None
        assert consent.expires_at.isoformat() == "2026-04-30T22:00:00+00:00"  # the day's end in Oslo


def test_the_files_hold_what_is_allowed_and_nothing_else(client: httpx.Client, praised: dict[str, int]) -> None:
    client.post(f"/testimonials/{praised['Ола <b>']}", data=sent())
    table = client.get("/testimonials/file.csv?brand=Fjord+Air")
    assert 'filename="testimonials.csv"' in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [(row["author"], row["quote"]) for row in rows] == [("Ола <b>", "'=1+1 Fjord Air, чудесно")]
    lines = client.get("/testimonials/file.jsonl?brand=Fjord+Air").text.splitlines()
    assert [json.loads(line)["quote"] for line in lines] == ["=1+1 Fjord Air, чудесно"]
    assert client.get("/testimonials/file.xlsx?brand=Fjord+Air").content[:2] == b"PK"
    assert client.get("/testimonials/file.exe?brand=Fjord+Air").status_code == 404


def test_who_comes_second_sees_what_stands_and_keeps_what_they_typed(
    client: httpx.Client, praised: dict[str, int]
) -> None:
    address = f"/testimonials/{praised['Kari N.']}"
    client.post(address, data=sent())
    second = client.post(address, data=sent(proof="ticket 4712: her call"))
    assert second.status_code == 409
    assert "ticket 4711: her mail" in second.text
    assert 'value="ticket 4712: her call"' in second.text


def test_a_no_takes_it_back(client: httpx.Client, praised: dict[str, int]) -> None:
    kept = client.post(f"/testimonials/{praised['Kari N.']}", data=sent(expires="2026-04-30"))
    assert "holds until" in client.get(kept.headers["location"]).text
    taken = client.post(f"/testimonials/{praised['Kari N.']}", data=sent(verb="revoke", version=1, proof=""))
    page = client.get(taken.headers["location"]).text
    assert "consent revoked" in page
    assert "holds until" not in page
    assert client.get("/testimonials/file.jsonl?brand=Fjord+Air").text == ""


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"proof": " "}, 422, "A grant needs its proof"),
        ({"proof": "Lovely crew on Fjord Air!"}, 422, "a post is not a consent"),
        ({"expires": "2020-01-01"}, 422, "expires on 1 Jan 2020 would have expired already"),
        ({"expires": "9999-12-31"}, 422, "Leave the last day out"),
        ({"verb": "revoke"}, 422, "never granted"),
        ({"version": 3}, 409, "Somebody else changed this consent"),
        ({"expires": "soon"}, 422, "expires"),
        ({"verb": "sell"}, 422, "verb"),
    ],
)
def test_what_proves_nothing_is_refused_and_what_was_typed_stays(
    client: httpx.Client, praised: dict[str, int], said: dict[str, Any], status: int, why: str
) -> None:
    page = client.post(f"/testimonials/{praised['Kari N.']}", data=sent(**said))
    assert page.status_code == status
    assert why in page.text
    assert client.get("/testimonials/file.jsonl?brand=Fjord+Air").text == ""


def test_a_changed_text_and_a_brand_never_read_are_said(
    client: httpx.Client, praised: dict[str, int], store: Database
) -> None:
    record_grant(store, of_mention(praised["Kari N."]), Act("kim", NOW, "her mail"))
    with store.write() as session:
        session.get_one(Mention, praised["Kari N."]).text_changed_at = NOW.replace(hour=13)
    assert "text changed since the grant" in client.get(f"{PAGE}&answered=yes").text
    for address in ("/testimonials?brand=nobody", "/testimonials/file.csv?brand=nobody", f"{PAGE}&before={10**30}"):
        refused = client.get(address)
        assert refused.status_code in {400, 404, 422}, address
        assert "nobody" in refused.text or "before" in refused.text
    assert client.post("/testimonials/999999", data=sent()).status_code == 422


def test_what_a_person_calls_praise_comes_here(client: httpx.Client, filled: Database) -> None:
    with filled.write() as session:
        found = session.scalars(select(Mention).where(Mention.external_id.in_(["calm0", "calm2"]))).all()
        for mention in found:
            mention.author = f"author {mention.id}"
        ids = [mention.id for mention in found]
    assert f"author {ids[0]}" not in client.get(PAGE).text
    with filled.write() as session:
        correct(session, held(session, ids[0]), "dana", NOW, label=Label.POSITIVE, about_us=True)
        correct(session, held(session, ids[1]), "dana", NOW, label=Label.POSITIVE, about_us=False)
    page = client.get(PAGE).text
    assert f"author {ids[0]}" in page
    assert f"author {ids[1]}" not in page
    with filled.write() as session:
        take_back(session, held(session, ids[0]), "dana", NOW)
    assert f"author {ids[0]}" not in client.get(PAGE).text


def test_praise_that_a_person_doubted_comes_back_when_they_take_that_back(
    client: httpx.Client, praised: dict[str, int], store: Database
) -> None:
    key = praised["Kari N."]
    for label in (Label.NEUTRAL, Label.POSITIVE):
        with store.write() as session:
            correct(session, held(session, key), "dana", NOW + timedelta(hours=1), label=label, about_us=True)
        assert ("Kari N." in client.get(PAGE).text) is (label is Label.POSITIVE)
    with store.write() as session:
        take_back(session, held(session, key), "dana", NOW)
    assert "Kari N." in client.get(PAGE).text


def test_pages_go_on_where_the_last_one_ended(client: httpx.Client, filler: Filler) -> None:
    for number in range(35):
        found = FoundMention(f"p{number}", f"Lovely Fjord Air {number:03}", author=f"a{number}", published_at=NOW)
        filler.hear(found, "Fjord Air", "reviews", NOW, None)
    with filler.database.write() as session:
        keys = session.scalars(select(Mention.id).where(Mention.external_id.like("p%")).order_by(Mention.id)).all()
        session.add_all([Praise(mention_id=key, brand="Fjord Air", found_at=NOW) for key in keys])
    first = client.get(PAGE).text
    assert "034" in first
    following = first.split('class="more"><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert "004" in client.get(following).text
    assert "034" not in client.get(following).text


def test_it_is_for_marketers(signed_in: Callable[[Role | None], httpx.Client]) -> None:
    assert signed_in(Role.MARKETER).get(PAGE).status_code == 200
    assert 'href="/testimonials"' not in signed_in(Role.AGENT).get("/cases").text


def test_what_was_refused_on_a_later_page_stays_where_it_was_typed(
    client: httpx.Client, praised: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.testimonials.PAGE", 1)
    key = praised["Kari N."]
    there = client.get(f"{PAGE}&before={key + 1}").text
    [place] = re.findall(rf'action="(/testimonials/{key}[^"]*)"', there)
    refused = client.post(place.replace("&amp;", "&"), data=sent(proof="lovely crew on fjord air!"))
    assert refused.status_code == 422
    [asked] = re.findall(rf'<li id="praise-{key}">.*?</li>', refused.text, re.DOTALL)
    assert 'value="lovely crew on fjord air!"' in asked
    assert "a post is not a consent" in asked
    assert refused.text.count('role="alert"') == 1
    again = client.get(str(refused.url), follow_redirects=True)
    assert again.status_code == 200
    assert f'id="praise-{key}"' in again.text
