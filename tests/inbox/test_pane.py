import html
import re

import httpx
import pytest
from sqlalchemy import select

from earful.values import FoundMention, Severity
from models.case import Case, CaseTag, Correction
from models.caseview import events_of
from models.database import Database
from models.outbox import OutboxEntry

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

HOSTILE = "<script>alert(1)</script><svg onload=alert(2)> javascript:x \u202eabc {{ 7 * 7 }} {author} {% raise %} \x00"


def stored(database: Database, case_id: int) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).where(Case.id == case_id)).one()


def post(client: httpx.Client, database: Database, case_id: int, verb: str, **fields: str) -> httpx.Response:
    data = {"verb": verb, "version": str(stored(database, case_id).version), **fields}
    return client.post(f"/cases/{case_id}", data=data)


def told_to(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(select(OutboxEntry.channel, OutboxEntry.event).order_by(OutboxEntry.id)).tuples()
        return [(channel, event.partition(":")[0]) for channel, event in rows][1:]  # one is from the filling


def textarea(page: httpx.Response, name: str) -> str:
    found = re.search(rf'<textarea id="{name}"[^>]*>\n?(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize(
    ("case_id", "language", "begins"),
    [(2, "en", "Hello m.petrov,"), (4, "bg", "Здравейте, Петя К.!"), (10, "en", "Hello,")],
)
def test_the_draft_speaks_the_language_of_the_post(
    client: httpx.Client, filled: Database, case_id: int, language: str, begins: str
) -> None:
    page = client.get(f"/cases/{case_id}")
    with filled.read() as session:
        author = session.get_one(Case, case_id).mention_id
    assert author
    draft = textarea(page, "reply-text")
    assert draft.startswith(begins.split(",", maxsplit=1)[0].split(maxsplit=1)[0]), draft
    assert f"{case_id}" in draft
    assert "{" not in draft
    assert f'lang="{language}"' in page.text


def test_a_reply_is_taken_along_by_a_person_and_counts_as_the_first_answer(
    client: httpx.Client, filled: Database
) -> None:
    assert stored(filled, 2).first_response_at is None
    assert post(client, filled, 2, "reply", text="Hello, we will refund it today.").status_code == 303
    assert stored(filled, 2).first_response_at is not None
    page = client.get("/cases/2")
    assert "took a reply along to the source" in page.text
    assert "we will refund it today" in page.text
    assert "First answer" in page.text
    assert "of working time" in page.text
    assert told_to(filled) == []


def test_another_reply_can_be_chosen_and_ones_own_comes_first(client: httpx.Client, filled: Database) -> None:
    answer = client.post("/replies", data={"name": "Ours", "language": "en", "text": "Dear {author}, from {agent}."})
    assert answer.status_code == 303
    page = client.get("/cases/2")
    assert textarea(page, "reply-text").startswith("Dear ")
    shipped = re.search(r'<option value="(s\d+)">[^<]*What we changed', page.text)
    assert shipped
    assert "we changed it" in textarea(client.get(f"/cases/2?reply={shipped[1]}"), "reply-text")
    assert "Dear " in textarea(client.get("/cases/2?reply=zzz"), "reply-text")


def test_the_page_of_replies_says_what_is_wrong(client: httpx.Client, filled: Database) -> None:
    refused = client.post("/replies", data={"name": "n", "language": "en", "text": "Hi {nmae} <b>"})
    assert refused.status_code == 422
    assert "no placeholder {nmae}" in refused.text
    assert "Hi {nmae} &lt;b&gt;" in refused.text
    client.post("/replies", data={"name": HOSTILE, "language": "en", "text": HOSTILE.replace("{author}", "")})
    listed = client.get("/replies").text
    assert "<script>alert" not in listed
    assert "\u202e" not in listed.split("<form")[0]
    assert client.get("/replies/4711").status_code == 404
    assert client.post("/replies/1", data={"verb": "delete"}).status_code == 303


def test_tags_are_put_on_and_taken_off(client: httpx.Client, filled: Database) -> None:
    assert post(client, filled, 2, "tag", tag=" #Hotel  Bill ").status_code == 303
    assert "hotel bill" in client.get("/cases/2").text
    assert "already" in post(client, filled, 2, "tag", tag="hotel bill").text
    assert post(client, filled, 2, "untag", tag="hotel bill").status_code == 303
    post(client, filled, 2, "undo")
    with filled.read() as session:
        assert session.scalars(select(CaseTag.tag).where(CaseTag.case_id == 2)).all() == ["hotel bill"]


def test_a_remedy_its_outcome_and_the_word_that_closes_the_loop(client: httpx.Client, filled: Database) -> None:
    assert "as a number above 0" in post(client, filled, 2, "remedy", remedy="compensation", amount="ten").text
    assert "three letters" in post(client, filled, 2, "remedy", remedy="compensation", amount="10").text
    assert "nothing was offered" in post(client, filled, 2, "outcome", outcome="accepted").text.lower()
    assert post(client, filled, 2, "remedy", remedy="compensation", amount="12,50", currency="nok").status_code == 303
    assert post(client, filled, 2, "outcome", outcome="accepted").status_code == 303
    assert post(client, filled, 2, "tell", text="The desk is staffed until the last flight.").status_code == 303
    case = stored(filled, 2)
    assert (case.remedy, case.remedy_amount, case.remedy_currency) == ("compensation", "12.50", "NOK")
    page = client.get("/cases/2").text
    for said in ("Compensation 12.50 NOK, accepted", "Customer told", "offered a compensation of 12.50 NOK"):
        assert said in page, said


def test_priority_and_escalation(client: httpx.Client, filled: Database) -> None:
    due = stored(filled, 12).due_at
    post(client, filled, 12, "priority", severity="low")
    assert stored(filled, 12).severity is Severity.LOW
    post(client, filled, 12, "escalate")
    case = stored(filled, 12)
    assert (case.severity, case.escalated_at is not None, case.due_at) == (Severity.NORMAL, True, due)


def test_rightly_flagged_is_a_lesson_too_and_can_be_taken_back(client: httpx.Client, filled: Database) -> None:
    with filled.read() as session:
        before = len(session.scalars(select(Correction.id)).all())
    assert post(client, filled, 3, "needs_reply").status_code == 303
    assert stored(filled, 3).assignee == "dana"
    post(client, filled, 3, "undo")
    with filled.read() as session:
        said = session.scalars(select(Correction).order_by(Correction.id)).all()[before:]
    assert [(each.label and each.label.value, each.about_us) for each in said] == [("negative", True), (None, True)]


def test_who_is_called_in_a_note_or_given_a_case_is_told_once(client: httpx.Client, filled: Database) -> None:
    post(client, filled, 2, "note", text="@lee and @Ивана.Петрова, look; @dana knows; mail me@example.com, @lee")
    post(client, filled, 2, "assign", to="Ивана Петрова")
    post(client, filled, 2, "take")
    assert sorted(told_to(filled)) == [
        ("@lee", "case.noted"),
        ("@ивана.петрова", "case.assigned"),
        ("@ивана.петрова", "case.noted"),
    ]


def test_hostile_words_of_ours_are_inert_too(client: httpx.Client, filled: Database) -> None:
    for verb in ("note", "reply", "tell"):
        assert post(client, filled, 2, verb, text=HOSTILE).status_code == 303
    assert post(client, filled, 2, "tag", tag=HOSTILE[:35]).status_code == 303
    assert post(client, filled, 2, "assign", to=HOSTILE[:60]).status_code == 303
    for path in ("/cases/2", "/cases?view=all", "/cases/3"):
        page = client.get(path).text
        assert "<script>alert" not in page, path
        assert "<svg onload" not in page
        assert "\x00" not in page
        assert "{{ 7 * 7 }}" in page or path != "/cases/2"


def test_an_author_with_a_hostile_name_makes_a_harmless_draft(client: httpx.Client, filler: object) -> None:
    author = "</textarea><script>alert(1)</script> {agent} \u202e" + "x" * 100_000
    found = FoundMention("h1", "awful, broken, terrible", author=author, url="https://a.example/1")
    case_id = filler.hear(found, "Fjord Air", "reddit", filler.now, Severity.HIGH)  # type: ignore[attr-defined]
    page = client.get(f"/cases/{case_id}")
    assert "<script>alert" not in page.text
    draft = textarea(page, "reply-text")
    assert "{agent}" in draft
    assert "\u202e" not in draft
    assert len(draft) < 1000


def test_the_log_keeps_what_was_done_and_what_was_undone(client: httpx.Client, filled: Database) -> None:
    post(client, filled, 2, "tag", tag="a")
    post(client, filled, 2, "undo")
    post(client, filled, 2, "escalate", text="boss needed")
    with filled.read() as session:
        assert [event.action for event in events_of(session, 2)] == ["opened", "tagged", "undone", "escalated"]


def test_the_day_is_summed_up(client: httpx.Client, filled: Database) -> None:
    post(client, filled, 2, "resolve")
    page = client.get("/day")
    assert page.status_code == 200
    for said in ("Wednesday, 4 March 2026", "median first answer", "of working time", "corrections"):
        assert said in page.text, said
    assert "resolved" in client.get("/day?date=2026-03-03&brand=Fjord+Air").text
    assert client.get("/day?date=yesterday").status_code == 422
    assert client.get("/day?date=9999-12-31").status_code == 422
