import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from earful.values import FoundMention, Label, Reading, Reason, Severity, SourceState, Verdict
from models.case import DONE, Case, CaseStatus, Returned
from models.caseview import view_case
from models.changes import Insert, content_digest
from models.consent import Consent, ConsentState
from models.database import Database
from models.heard import MentionFilter, list_mentions, stream_mentions
from models.mention import Mention
from models.pipeline import save_readings, save_verdicts
from models.place import MentionPlace, Place
from models.queue import CaseFilter, Desk, View, choices, count_done, count_views, in_view, list_cases, stream_cases
from models.records import case_record, mention_record
from models.rejected import list_rejected
from models.run import Run, RunKind, RunStatus
from models.runs import recent_runs
from models.store import Intake, apply_changes, open_ledger, source_row

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DESK = Desk("dana", NOON, NOON + timedelta(hours=12))

Hear = Callable[..., int]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        yield session


@pytest.fixture
def hear(session: Session) -> Hear:
    """Lets a mention walk through the house as the pipeline does; returns the id of its case, 0 when not flagged."""
    run = Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON)
    session.add(run)
    session.flush()

    def hear(
        key: str, text: str = "late", severity: Severity | None = Severity.NORMAL, *, brand: str = "Fjord",
        source: str = "forum", label: Label = Label.NEGATIVE, language: str = "en", opened: datetime = NOON,
        due: datetime = NOON + timedelta(hours=4), **found: object,
    ) -> int:  # fmt: skip
        intake = Intake(source_row(session, brand, source, "rss", "f").id, brand, 1, NOON)
        item = FoundMention(external_id=key, text=text, **{"author": "kim", "published_at": NOON, **found})
        digest = content_digest(item)
        apply_changes(session, intake, [Insert(item, digest)], {})
        mention = session.scalars(select(Mention.id).where(Mention.external_id == key)).one()
        reading = Reading(language, label, -0.5, 0.9, "vader", "1")
        save_readings(session, {mention: reading}, {mention: digest}, NOON)
        verdict = Verdict(severity is not None, severity or Severity.LOW, (Reason("negative", text),), due, False)
        opened_ids = save_verdicts(session, {mention: verdict}, {mention: digest}, opened)
        return opened_ids[0] if opened_ids else 0

    return hear


def keys(session: Session, **wanted: object) -> list[str]:
    return [case.mention.external_id for case in stream_cases(session, CaseFilter(**wanted))]


def test_severities_keep_the_numbers_that_stand_in_databases(session: Session, hear: Hear) -> None:
    for severity in Severity:
        hear(severity.value, severity=severity)
    rows = session.execute(text("SELECT external_id, severity FROM cases JOIN mentions ON mentions.id = mention_id"))
    assert dict(rows.tuples().all()) == {"low": 0, "normal": 1, "high": 2, "urgent": 3}


def test_the_worst_come_first_and_among_equals_the_newest(session: Session, hear: Hear) -> None:
    hear("old", opened=NOON - timedelta(days=2))
    hear("urgent", severity=Severity.URGENT, opened=NOON - timedelta(days=9))
    hear("new", opened=NOON)
    hear("low", severity=Severity.LOW, opened=NOON)
    assert keys(session) == ["urgent", "new", "old", "low"]


def test_pages_hold_every_case_once_whatever_their_ties(session: Session, hear: Hear) -> None:
    for number in range(23):
        severity = Severity.HIGH if number % 3 else Severity.LOW
        hear(str(number), severity=severity, opened=NOON + timedelta(microseconds=number // 7))
    seen, place = [], None
    while True:
        page = list_cases(session, CaseFilter(), 4, place)
        seen += [case.id for case in page.cases]
        if page.next is None:
            break
        place = Place.parse(str(page.next))
    assert seen == [case.id for case in stream_cases(session, CaseFilter())]
    assert len(seen) == len(set(seen)) == 23


def test_filters(session: Session, hear: Hear) -> None:
    hear("a", "Lost my bag at 100% speed", brand="Fjord", source="forum")
    hear("b", "Отмениха полета", brand="Fjord", source="reviews", language="bg", severity=Severity.URGENT)
    hear("c", "fine but late", brand="Nordic", source="forum", label=Label.NEUTRAL, title="SEAT_12")
    assert keys(session, brand="Nordic") == ["c"]
    assert keys(session, source="reviews") == ["b"]
    assert keys(session, severity=Severity.URGENT) == ["b"]
    assert keys(session, language="bg") == ["b"]
    assert keys(session, label=Label.NEUTRAL) == ["c"]
    assert keys(session, text="LOST") == ["a"]
    assert keys(session, text="seat_") == ["c"]
    assert keys(session, text="отмениха") == ["b"]
    assert keys(session, text="100%") == ["a"]
    assert keys(session, text="_o") == []
    assert keys(session, text="%") == []
    assert sorted(keys(session, assignee="")) == ["a", "b", "c"]
    assert keys(session, brand="Fjord", source="forum", severity=Severity.URGENT) == []
    assert keys(session, statuses=(CaseStatus.RESOLVED,)) == []


def put(session: Session, case_id: int, **values: object) -> None:
    case = session.get_one(Case, case_id)
    case.closed_at = NOON if values.get("status") in DONE else None
    for name, value in values.items():
        setattr(case, name, value)
    session.flush()


def counted(session: Session, base: CaseFilter) -> dict[View, int]:
    return count_views(session, base, DESK, count_done(session, base))


def test_views_and_their_counts_agree(session: Session, hear: Hear) -> None:
    hear("open")
    put(session, hear("mine"), status=CaseStatus.ASSIGNED, assignee="dana")
    put(session, hear("late", due=NOON - timedelta(hours=1)), status=CaseStatus.ASSIGNED, assignee="lee")
    hear("next week", due=NOON + timedelta(days=7))
    answered = {"status": CaseStatus.ASSIGNED, "assignee": "lee", "first_response_at": NOON}
    put(session, hear("answered", due=NOON - timedelta(hours=1)), **answered)
    put(session, hear("back", due=NOON - timedelta(hours=1)), **answered, returned=Returned.POSTED)
    put(session, hear("waiting"), status=CaseStatus.WAITING, assignee="dana")
    put(session, hear("snoozed"), status=CaseStatus.SNOOZED)
    put(session, hear("done", brand="Nordic"), status=CaseStatus.RESOLVED)
    expected = {
        View.OPEN: {"open", "mine", "late", "next week", "answered", "back"},
        View.MINE: {"mine", "waiting"},
        View.UNASSIGNED: {"open", "next week"},
        View.DUE_TODAY: {"open", "mine"},
        View.OVERDUE: {"late", "back"},
        View.WAITING: {"waiting"},
        View.SNOOZED: {"snoozed"},
        View.DONE: {"done"},
        View.ALL: {"open", "mine", "late", "next week", "answered", "back", "waiting", "snoozed", "done"},
    }
    for view, names in expected.items():
        found = list_cases(session, in_view(view, DESK), 50).cases
        assert {case.mention.external_id for case in found} == names, view
    assert counted(session, CaseFilter()) == {view: len(names) for view, names in expected.items()}
    assert counted(session, CaseFilter(brand="Nordic"))[View.ALL] == 1


def test_a_case_comes_with_all_around_it(session: Session, hear: Hear) -> None:
    first = hear("root", "my bag is lost", author="kim")
    hear("answer", "same here", author="lee", thread_id="root", parent_id="root", severity=None)
    hear("again", "still lost", author="kim", published_at=NOON + timedelta(days=1))
    hear("elsewhere", "unrelated", author="kim", source="reviews")
    source = session.get_one(Case, first)
    mention = session.get_one(Mention, source.mention_id)
    session.add(Consent(source_id=mention.source_id, author="kim", state=ConsentState.GRANTED, proof="mail",
                        changed_at=NOON, version=1))  # fmt: skip
    session.flush()
    view = view_case(session, first)
    assert view is not None
    assert view.case.mention.reading is not None
    assert view.case.mention.source.name == "forum"
    assert [other.external_id for other in view.thread] == ["answer"]
    assert [(heard.mention.external_id, heard.case_id is None) for heard in view.by_author] == [("again", False)]
    assert view.author_total == 1
    assert [event.action for event in view.events] == ["opened"]
    assert view.consent is not None
    assert view.consent.state is ConsentState.GRANTED


def test_an_unknown_case_is_none_and_an_unknown_author_has_no_others(session: Session, hear: Hear) -> None:
    case_id = hear("a", author=None)
    hear("b", author=None)
    view = view_case(session, case_id)
    assert view is not None
    assert (view.author_total, view.by_author, view.consent) == (0, [], None)
    assert view_case(session, case_id + 99) is None


def test_the_record_of_a_case_keeps_its_promise(session: Session, hear: Hear) -> None:
    hear("a", "late", url="https://example.org/a")
    (case,) = stream_cases(session, CaseFilter())
    record = case_record(case)
    promised = (
        "id brand source external_id url text language label polarity confidence severity reasons status assignee "
        "due_at title author rating nps published_at opened_at version "
        "mention_id closed_at dismissal snoozed_until first_response_at escalated_at returned tags remedy told_at"
    )
    assert set(record) == set(promised.split())
    assert record["reasons"] == [{"code": "negative", "detail": "late"}]
    assert record["due_at"] == "2026-03-04T16:00:00+00:00"
    assert json.loads(json.dumps(record)) == record


def test_the_record_of_a_deleted_post_quotes_nothing(session: Session, hear: Hear) -> None:
    hear("a", "late")
    session.scalars(select(Mention)).one().state = SourceState.DELETED
    session.flush()
    (case,) = stream_cases(session, CaseFilter())
    assert case_record(case)["reasons"] == [{"code": "negative", "detail": ""}]


def test_the_record_of_a_mention_says_whether_it_was_flagged(session: Session, hear: Hear) -> None:
    case_id = hear("a")
    hear("b", severity=None, published_at=None)
    hear("gone", severity=None, state=SourceState.DELETED)
    records = {
        record["external_id"]: record for record in map(mention_record, stream_mentions(session, MentionFilter()))
    }
    promised = (
        "id brand subject source external_id url title text author kind rating nps published_at language label "
        "polarity confidence state flagged case_id"
    )
    assert set(records["a"]) == set(promised.split())
    assert (records["a"]["flagged"], records["a"]["case_id"]) == (True, case_id)
    assert (records["b"]["flagged"], records["b"]["case_id"], records["b"]["published_at"]) == (False, None, None)
    assert records["gone"]["label"] is None
    assert json.loads(json.dumps(records)) == records


def test_mentions_are_paged_newest_first(session: Session, hear: Hear) -> None:
    for number in range(9):
        hear(str(number), severity=None, published_at=NOON + timedelta(days=number // 2), language="nb")
    page = list_mentions(session, MentionFilter(language="nb"), 5)
    assert [heard.mention.external_id for heard in page.mentions] == ["8", "7", "6", "5", "4"]
    rest = list_mentions(session, MentionFilter(language="nb"), 5, MentionPlace.parse(str(page.next)))
    assert [heard.mention.external_id for heard in rest.mentions] == ["3", "2", "1", "0"]
    assert rest.next is None
    assert not list_mentions(session, MentionFilter(label=Label.POSITIVE), 5).mentions


@given(
    rank=st.sampled_from(list(Severity)),
    moment=st.datetimes(timezones=st.just(UTC)),
    key=st.integers(0, 2**53),
)
def test_a_place_survives_the_url(rank: Severity, moment: datetime, key: int) -> None:
    assert Place.parse(str(Place(rank, moment, key))) == Place(rank, moment, key)
    assert MentionPlace.parse(str(MentionPlace(moment, key))) == MentionPlace(moment, key)


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "a.b.c", "9.1.1", "-1.1.1", "1.9" + "9" * 17 + ".1", "1.1.1.1", "1.²3.1"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        Place.parse(text)


def test_choices_and_the_ledger(session: Session, hear: Hear) -> None:
    put(session, hear("a", language="nb"), status=CaseStatus.ASSIGNED, assignee="lee")
    hear("b", brand="Nordic", source="reviews")
    found = choices(session)
    assert (found.brands, found.sources) == (["Fjord", "Nordic"], ["forum", "reviews"])
    assert (found.languages, found.assignees) == (["en", "nb"], ["lee"])
    open_ledger(session, 1, session.scalars(select(Mention.source_id)).first() or 0, NOON)
    (run,) = recent_runs(session)
    assert [entry.source.name for entry in run.coverage] == ["forum"]
    assert list_rejected(session, limit=50) == []


@pytest.mark.slow
def test_a_stream_of_many_takes_no_more_memory_than_one_of_few(session: Session, hear: Hear) -> None:
    hear("seed", severity=None)
    seed = session.scalars(select(Mention)).one()
    columns = {column.name: getattr(seed, column.name) for column in Mention.__table__.columns if column.name != "id"}
    rows = [{**columns, "external_id": f"m{number}", "text": "x" * 4000} for number in range(8000)]
    session.execute(insert(Mention), rows)
    session.expunge_all()
    rows.clear()
    tracemalloc.start()
    assert sum(1 for _ in stream_mentions(session, MentionFilter())) == 8001
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000_000
