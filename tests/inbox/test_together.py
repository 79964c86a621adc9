"""What the queue does beside showing itself: many cases at once, what is new, kept views, who is there, the sample."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from earful.values import Label
from models.acts import Act, Verb
from models.bulk import act_on_many, undo_batch
from models.case import Case, CaseEvent, CaseStatus, Correction
from models.database import Database
from models.gold import gold
from models.mention import Mention, Stage
from models.sample import Sample
from models.samples import draw
from tests.local import LOCAL

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

LETTER = "My bag was left behind on {} and for nine days nobody could say where it is. Send it home or pay for it."


def picks(page: httpx.Response) -> list[str]:
    return re.findall(r'name="pick" value="([^"]+)"', page.text)


def rows(page: httpx.Response) -> list[int]:
    return [int(number) for number in re.findall(r'id="row-(\d+)"', page.text)]


def statuses(database: Database, ids: list[int]) -> set[CaseStatus]:
    with database.read() as session:
        return set(session.scalars(select(Case.status).where(Case.id.in_(ids))))


def bulk(client: httpx.Client, picked: list[str], verb: str, **fields: str) -> httpx.Response:
    data: dict[str, Any] = {"verb": verb, "pick": picked, **fields}
    return client.post("/cases/bulk?view=open", data=data)


def test_many_are_done_at_once_and_undone_at_once(client: httpx.Client, filled: Database) -> None:
    picked = picks(client.get("/cases"))[:5]
    ids = [int(pick.partition(":")[0]) for pick in picked]
    page = bulk(client, picked, "resolve", text="one letter for all")
    assert page.status_code == 303
    assert statuses(filled, ids) == {CaseStatus.RESOLVED}
    told = client.get(page.headers["location"])
    assert "5 cases resolved." in told.text
    batch = re.search(r'name="batch" value="(\w+)"', told.text)
    assert batch
    assert bulk(client, [], "undo", batch=batch[1]).status_code == 303
    assert statuses(filled, ids) <= {CaseStatus.OPEN, CaseStatus.ASSIGNED}


def test_what_changed_meanwhile_is_named_and_the_rest_done(client: httpx.Client, filled: Database) -> None:
    picked = picks(client.get("/cases"))[:3]
    client.post(f"/cases/{picked[0].split(':')[0]}", data={"verb": "take", "version": picked[0].split(":")[1]})
    page = bulk(client, picked, "duplicate")
    assert page.status_code == 409
    assert "Changed: 2 cases. Left alone: 1." in page.text
    assert "assigned this to dana" in page.text
    again = re.search(r'name="batch" value="(\w+)"', page.text)
    assert again
    assert bulk(client, [], "undo", batch=again[1]).status_code == 303


def test_more_than_a_page_is_looked_at_once_more(client: httpx.Client, filled: Database) -> None:
    picked = picks(client.get("/cases"))
    assert len(picked) > 25
    ids = [int(pick.partition(":")[0]) for pick in picked]
    preview = bulk(client, picked, "take")
    assert (preview.status_code, f"Assign to me: {len(picked)} cases?" in preview.text) == (200, True)
    assert CaseStatus.OPEN in statuses(filled, ids)
    assert bulk(client, picked, "take", sure="true").status_code == 303
    assert statuses(filled, ids) == {CaseStatus.ASSIGNED}


@pytest.mark.parametrize("picked", [[], ["x"], ["1"], ["1:2:3"], ["²:1"], [f"{'9' * 40}:1"]])
def test_what_cannot_be_picked_is_said(client: httpx.Client, filled: Database, picked: list[str]) -> None:
    assert bulk(client, picked, "resolve").status_code == 422


def test_an_undo_leaves_what_others_went_on_from(filled: Database) -> None:
    with filled.write() as session:
        seen = [
            (case.id, case.version) for case in session.scalars(select(Case).where(Case.closed_at.is_(None)).limit(3))
        ]
        at = session.scalars(select(CaseEvent.at).order_by(CaseEvent.at.desc())).first()
        assert at
        done = act_on_many(session, [*seen, (999_999, 1)], "dana", lambda _: Act(Verb.NOTE, text="seen"), at)
        assert (len(done.done), [key for key, _ in done.left]) == (3, [999_999])
        act_on_many(session, [(seen[0][0], seen[0][1] + 1)], "lee", lambda _: Act(Verb.NOTE, text="me too"), at)
        undone = undo_batch(session, done.batch, "dana", at)
        assert (set(undone.done), [key for key, _ in undone.left]) == ({seen[1][0], seen[2][0]}, [seen[0][0]])
        assert undo_batch(session, done.batch, "lee", at).done == []


def test_what_is_new_waits_until_it_is_asked_for(client: httpx.Client, filled: Database, more: Any) -> None:
    before = client.get("/cases?view=open")
    here = re.search(r'hx-get="/cases/new([^"]+)"', before.text)
    assert here
    query = here[1].replace("&amp;", "&")
    assert "new</a>" not in client.get(f"/cases/new{query}").text
    new = more.post({"text": LETTER.format("Monday"), "source": "reddit", "severity": "urgent", "hours_ago": 0})
    poll = client.get(f"/cases/new{query}")
    assert "1 new</a>" in poll.text
    assert len(poll.content) < 1000
    listed = client.get(f"/cases{query}")
    assert rows(listed) == rows(before)
    fresh = re.search(r'<a href="(/cases[^"]*)">[^\n]*1 new', listed.text)
    assert fresh
    assert rows(client.get(fresh[1].replace("&amp;", "&")))[0] == new


def test_a_view_is_kept_for_oneself_or_for_all(client: httpx.Client, served: str, filled: Database) -> None:
    with httpx.Client(base_url=served, cookies={"earful_name": "lee"}, **LOCAL) as lee:
        client.post("/views?view=open&language=bg&seen=3", data={"name": "Bulgarian"})
        client.post("/views?view=all&q=bag", data={"name": "Bags", "shared": "true"})
        assert "Bulgarian</bdi>" in client.get("/cases").text
        assert "Bulgarian</bdi>" not in lee.get("/cases").text
        shared = re.search(r'href="(/cases\?view=all&amp;q=bag)" class="kept"', lee.get("/cases").text)
        assert shared
        lee.post("/views/2/drop")
        assert "Bags</bdi>" in client.get("/cases").text
        client.post("/views/2/drop")
        assert "Bags</bdi>" not in lee.get("/cases").text
    assert client.post("/views", data={"name": "x" * 41}).status_code == 422


def test_people_see_each_other(client: httpx.Client, served: str, filled: Database) -> None:
    with httpx.Client(base_url=served, cookies={"earful_name": "lee roy"}, **LOCAL) as lee:
        assert "looks at this" not in lee.post("/cases/2/here").text
        assert "lee roy</bdi> looks at this too" in client.post("/cases/2/here").text
        assert ">LR<" in client.get("/cases").text
        assert '<template data-at="2">' in client.get("/cases/new?view=open&seen=60").text
        lee.post("/cases/3/here")
        assert "looks at this" not in client.post("/cases/2/here").text


def test_copies_of_one_letter_are_one_group(client: httpx.Client, filled: Database, more: Any) -> None:
    days = ("Monday", "Tuesday", "Friday")
    post = {"source": "reddit", "severity": "urgent", "hours_ago": 0}
    ids = [more.post({**post, "text": LETTER.format(day), "author": day}) for day in days]
    page = client.get("/cases")
    row = page.text.partition(f'id="row-{ids[0]}"')[2].partition("</li>")[0]
    assert "+2 like this" in row
    group = re.search(r'class="alike" href="([^"]+)"', row)
    assert group
    alike = client.get(group[1].replace("&amp;", "&"))
    assert sorted(rows(alike)) == sorted(ids)
    assert alike.text.count("checked>") == 3
    bulk(client, picks(alike), "resolve")
    assert statuses(filled, ids) == {CaseStatus.RESOLVED}


def test_filters_of_theme_and_age_stand_in_the_address(client: httpx.Client, filled: Database) -> None:
    assert client.get("/cases?age=tomorrow").status_code == 422
    assert client.get("/cases?like=x").status_code == 422
    assert client.get("/cases?seen=-1").status_code == 422
    week, ever = (len(rows(client.get(f"/cases?view=all&age={age}"))) for age in ("3d", ""))
    assert 0 < week < ever
    with filled.write() as session:
        session.get_one(Case, 2).themes = "|delivery|price and value|"
    listed = client.get("/cases?theme=price+and+value")
    assert rows(listed) == [2]
    assert ">price and value</option>" in listed.text
    assert rows(client.get("/cases?theme=price")) == []


@pytest.mark.parametrize("typed", ["%", '"', "(", "NOT", "a:b", "*", "-x", "\\", "a OR", "' OR 1=1 --", "\x00"])
def test_no_search_breaks_a_page(client: httpx.Client, filled: Database, typed: str) -> None:
    for path in ("/cases", "/mentions"):
        assert client.get(path, params={"q": typed}).status_code == 200


def test_the_sample_is_judged_and_taken_back(client: httpx.Client, filled: Database, clock: Callable[[], Any]) -> None:
    with filled.write() as session:
        session.execute(update(Mention).values(stage=Stage.JUDGED))
        drawn = draw(session, "Fjord Air", clock().date(), clock() - timedelta(days=1), 1, lambda ids, _: ids)
    assert drawn
    page = client.get("/samples")
    first = re.search(r'action="/samples/(\d+)"', page.text)
    assert first
    said = client.post(f"/samples/{first[1]}", data={"finding": "needs_reply", "version": "1"})
    assert "Needs a reply: kept." in client.get(said.headers["location"]).text
    with filled.read() as session:
        opened = session.scalars(select(Case).order_by(Case.id.desc())).first()
        assert opened
        assert (opened.status, opened.label, bool(opened.source_id)) == (CaseStatus.OPEN, opened.label, True)
        assert opened.label in set(Label)
    assert client.post(f"/samples/{first[1]}", data={"finding": "right", "version": "1"}).status_code == 409
    looked_at = client.get("/samples?judged=true").text
    assert re.search(rf'"/samples/{first[1]}".*?name="version" value="2".*?value="undo"', looked_at, re.DOTALL)
    undone = client.post(f"/samples/{first[1]}", data={"finding": "undo", "version": "2"})
    assert client.get(undone.headers["location"]).text.count("Taken back: it counts no more.") == 2
    assert client.post("/samples/99999", data={"finding": "right", "version": "1"}).status_code == 404
    assert client.post(f"/samples/{first[1]}", data={"finding": "x", "version": "1"}).status_code == 422
    misread = {"finding": "right", "version": "3", "says": "positive"}
    assert client.post(f"/samples/{first[1]}", data=misread).status_code == 303
    assert client.post(f"/samples/{first[1]}", data={**misread, "says": "glad"}).status_code == 422
    with filled.read() as session:
        assert last_correction(filled).label is Label.POSITIVE
        assert session.get_one(Sample, int(first[1])).says is Label.POSITIVE


def last_correction(database: Database) -> Correction:
    with database.read() as session:
        return session.scalars(select(Correction).order_by(Correction.id.desc()).limit(1)).one()


def unflagged(database: Database, brand: str = "Fjord Air", *, ours: bool = True) -> int:
    with database.read() as session:
        about = Mention.subject == brand if ours else Mention.subject != brand
        nobody = ~select(Case.id).where(Case.mention_id == Mention.id).exists()
        return session.scalars(select(Mention.id).where(about, nobody, Mention.state == "live")).first() or 0


def row(client: httpx.Client, mention_id: int, **more: str) -> str:
    """The row of a mention on the page of mentions."""
    page = client.get("/mentions", params={"brand": "Fjord Air", **more}).text
    found = re.search(rf'<tr id="mention-{mention_id}">.*?</tr>', page, re.DOTALL)
    return found[0] if found else ""


def said_of(client: httpx.Client, mention_id: int, **form: str) -> httpx.Response:
    """The answer to a form of that row, as somebody fills it in who sees the page as it is now."""
    seen = re.search('name="seen" value="([0-9]+)"', row(client, mention_id))
    data = {"seen": seen[1] if seen else "0", **form}
    return client.post(f"/mentions/{mention_id}?brand=Fjord+Air", data=data)


def test_a_misread_mention_is_put_right_where_it_is_seen(client: httpx.Client, filled: Database) -> None:
    key = unflagged(filled)
    where = f"/mentions/{key}?brand=Fjord+Air"
    done = said_of(client, key, verb="correct", says="negative")
    assert done.headers["location"] == f"/mentions?brand=Fjord+Air&did={key}#mention-{key}"
    assert "</bdi>: negative" in row(client, key)
    assert (last_correction(filled).mention_id, last_correction(filled).label) == (key, Label.NEGATIVE)
    said_of(client, key, verb="correct", says="not_about_us")
    assert (last_correction(filled).label, last_correction(filled).about_us) == (None, False)
    said_of(client, key, verb="take_back")
    assert row(client, key)
    assert "<bdi>dana</bdi>: " not in row(client, key)
    unscored = [{"verb": verb, "says": "unscored"} for verb in ("correct", "needs_reply")]
    for wrong in ({"verb": "correct"}, {"verb": "burn"}, *unscored):
        assert client.post(where, data={"seen": "0", **wrong}).status_code == 422
    assert client.post("/mentions/999999", data={"verb": "needs_reply", "seen": "0"}).status_code == 404
    with filled.read() as session:
        assert list(gold(session)) == [one for one in gold(session) if one.mention_id != key]


def test_a_missed_complaint_becomes_a_case_of_a_person(client: httpx.Client, filled: Database) -> None:
    key = unflagged(filled)
    said_of(client, key, verb="needs_reply", says="negative")
    stale = [{"verb": "needs_reply", "says": "positive"}, {"verb": "correct", "says": "neutral"}]
    again = [client.post(f"/mentions/{key}", data={**each, "seen": "0"}) for each in stale]
    with filled.read() as session:
        case = session.scalars(select(Case).where(Case.mention_id == key)).one()
        assert (case.status, case.decided_at is not None) == (CaseStatus.OPEN, True)
        (label,) = [one for one in gold(session) if one.mention_id == key]
    assert (label.label, label.flagged, label.chosen) == (Label.NEGATIVE, False, True)
    assert f'href="/cases/{case.id}?view=all"' in client.get("/mentions").text
    assert [each.status_code for each in again] == [409, 409]
    assert f"It is case {case.id} by now: say it there; nothing of yours was stored." in again[1].text
    assert "A person opened it" in client.get(f"/cases/{case.id}?view=all").text


def test_what_was_said_of_a_mention_is_told_and_can_be_undone(client: httpx.Client, filled: Database) -> None:
    key = unflagged(filled)
    for form, told in (
        ({"verb": "correct", "says": "positive"}, "Positive: kept."),
        ({"verb": "correct", "says": "not_about_us"}, "Not about us: kept."),
        ({"verb": "needs_reply"}, "Needs a reply: kept."),
    ):
        page = client.get(said_of(client, key, **form).headers["location"]).text
        assert page.count(told) == 2  # beside the post, and for a screen reader
        [seen] = re.findall(rf'"notice"[^>]*>\s*<input [^>]*value="([0-9]+)">.*?{told}.*?Undo<', page, re.DOTALL)
        undone = client.post(f"/mentions/{key}", data={"verb": "take_back", "seen": seen})
        assert "Taken back" in client.get(undone.headers["location"]).text
    with filled.read() as session:
        case = session.scalars(select(Case).where(Case.mention_id == key)).one()
        assert case.status is CaseStatus.DISMISSED
        assert not [one for one in gold(session) if one.mention_id == key]


def test_who_says_something_of_what_a_colleague_judged_meanwhile_is_told(
    client: httpx.Client, filled: Database
) -> None:
    key = unflagged(filled)
    said_of(client, key, verb="correct", says="positive")
    for verb in ("correct", "needs_reply", "take_back"):
        refused = client.post(f"/mentions/{key}", data={"verb": verb, "says": "neutral", "seen": "0"})
        assert refused.status_code == 409
        assert "Dana judged this" in refused.text
    assert last_correction(filled).label is Label.POSITIVE


def test_what_is_not_about_us_can_not_need_a_reply(client: httpx.Client, filled: Database) -> None:
    key = unflagged(filled)
    refused = said_of(client, key, verb="needs_reply", says="not_about_us")
    assert refused.status_code == 422
    (row,) = re.findall(rf'<tr id="mention-{key}">.*?</tr>', refused.text, re.DOTALL)
    assert "What is not about us needs no reply: choose one of the two." in row  # where somebody looks
    assert re.search(rf'action="/mentions/{key}[^"]*#mention-{key}"', row)
    assert refused.text.count('role="alert"') == 1
    assert '<details class="correct" open>' in row
    assert '<option value="not_about_us" selected>' in row
    assert refused.text.count(" open>") == refused.text.count('<option value="not_about_us" selected>') == 1
    with filled.read() as session:
        assert session.scalars(select(Case.id).where(Case.mention_id == key)).first() is None
        assert session.scalars(select(Correction.id).where(Correction.mention_id == key)).first() is None
