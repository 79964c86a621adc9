from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.base import Ask, Connector, Facts, Page, Parsed
from earful.configfile import Configuration
from earful.errors import SourceIll
from earful.settings import SourceSettings
from earful.values import FoundMention, Label, Rejected, SourceState
from flows.steps.recheck import recheck_mentions
from models.case import Case, CaseStatus
from models.database import Database
from models.mention import Mention, RejectedRecord, Source, Stage, StoredReading
from models.run import Coverage, Run, RunKind, RunStatus

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
BRANDS = [{"name": "Brygvell", "sources": [SourceSettings(type="fake", name="reviews")]}]
Flag = Callable[..., int]
Configure = Callable[..., Configuration]


@dataclass
class FakeSource:
    """A source with the real interface: it holds items, answers by id, page by page, and can be ill."""

    items: dict[str, FoundMention] = field(default_factory=dict)
    per_page: int = 2
    ill_on_page: int | None = None
    asked: list[str] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    stray: tuple[Any, ...] = ()

    def recheck(self, ask: Ask, external_ids: Sequence[str]) -> Iterator[Page]:
        self.asked += external_ids
        self.asks.append(ask)
        held = [self.items[key] for key in external_ids if key in self.items] + list(self.stray)
        for number, start in enumerate(range(0, len(held), self.per_page), 1):
            if number == self.ill_on_page:
                raise SourceIll("the source answered 503")
            yield Page(held[start : start + self.per_page], number)

    def registry(self, keeps: timedelta | None = None) -> Mapping[str, Connector]:
        facts = Facts("all", "none", "none", "all")
        return {"fake": Connector("fake", SourceSettings, lambda _: iter(()), parse, facts, self.recheck, keeps=keeps)}


def parse(page: Page) -> Parsed:
    return Parsed(
        [item for item in page.content if isinstance(item, FoundMention)],
        [item for item in page.content if isinstance(item, Rejected)],
    )


def as_stored(external_id: str, text: str = "It broke.") -> FoundMention:
    return FoundMention(external_id, text, author="Ada")


def gone(external_id: str) -> FoundMention:
    return FoundMention(external_id, "", state=SourceState.DELETED)


def mention(database: Database, external_id: str) -> Mention:
    with database.read() as session:
        return session.scalars(select(Mention).where(Mention.external_id == external_id)).one()


def ledger(database: Database) -> Coverage:
    with database.read() as session:
        return session.scalars(select(Coverage).order_by(Coverage.id.desc()).limit(1)).one()


def test_an_edit_is_read_anew_and_what_is_gone_is_forgotten(
    database: Database, flag: Flag, configure: Configure
) -> None:
    for external_id in ("same", "edited", "gone"):
        flag(external_id)
    taken_away = mention(database, "gone").id
    with database.write() as session:
        session.add(reading(taken_away))
    source = FakeSource(
        {"same": as_stored("same"), "edited": as_stored("edited", "All good now"), "gone": gone("gone")}
    )
    report = recheck_mentions(database, configure(brands=BRANDS), LATER, source.registry())

    assert report.complete
    [done] = report.sources
    assert (done.asked, done.count.unchanged, done.count.edited, done.count.vanished) == (3, 1, 1, 1)
    edited, deleted, same = (mention(database, key) for key in ("edited", "gone", "same"))
    assert (edited.text, edited.state, edited.stage) == ("All good now", SourceState.EDITED, Stage.FOUND)
    assert (edited.text_changed_at, same.text_changed_at, same.checked_at) == (LATER, None, LATER)
    assert (deleted.text, deleted.author, deleted.state) == ("", None, SourceState.DELETED)
    with database.read() as session:
        assert session.get(StoredReading, taken_away) is None
        assert session.scalar(select(func.count()).select_from(Case)) == 3


def reading(mention_id: int) -> StoredReading:
    return StoredReading(
        mention_id=mention_id, language="en", language_confidence=1.0, label=Label.NEGATIVE, polarity=-0.5,
        confidence=0.9, evidence=[], themes=[], reader="vader", version="1", read_at=NOON,
    )  # fmt: skip


def test_the_ledger_tells_the_same(database: Database, flag: Flag, configure: Configure) -> None:
    for number in range(3):
        flag(str(number))
    items = {"0": as_stored("0"), "1": gone("1"), "2": as_stored("2", "Edited")}
    broken = Rejected("page 2 item 2", "no id", "{}")
    source = FakeSource(items, stray=(as_stored("somebody else's"), broken))
    report = recheck_mentions(database, configure(brands=BRANDS), LATER, source.registry())
    with database.read() as session:
        run = session.get_one(Run, report.run_id)
        assert (run.kind, run.status, run.finished_at) == (RunKind.RECHECK, RunStatus.OK, LATER)
        assert session.scalar(select(func.count()).select_from(Mention)) == 3
        at_source = session.scalars(select(Source)).one()
        assert (at_source.cursor, at_source.last_read_at, at_source.last_new_at) == ({"page": 3}, None, None)
    entry = ledger(database)
    assert entry.status is RunStatus.OK
    assert (entry.requests, entry.fetched, entry.seen, entry.off_query) == (3, 5, 4, 1)
    assert (entry.new, entry.edited, entry.unchanged, entry.rejected, entry.vanished) == (0, 1, 1, 1, 1)


def test_silence_is_not_taken_for_a_deletion(database: Database, flag: Flag, configure: Configure) -> None:
    flag("answered")
    flag("silent")
    source = FakeSource({"answered": as_stored("answered")})
    report = recheck_mentions(database, configure(brands=BRANDS), LATER, source.registry())
    assert not report.complete
    assert mention(database, "silent").text == "It broke."
    assert ledger(database).status is RunStatus.PARTIAL
    assert ledger(database).missed[0]["detail"].startswith("the source did not say how 1 of 2 posts stand")


@pytest.mark.parametrize(("page", "status", "checked"), [(1, RunStatus.FAILED, 0), (2, RunStatus.PARTIAL, 2)])
def test_an_ill_source_is_a_result(
    database: Database, flag: Flag, configure: Configure, page: int, status: RunStatus, checked: int
) -> None:
    for number in range(4):
        flag(str(number))
    source = FakeSource({str(number): as_stored(str(number)) for number in range(4)}, ill_on_page=page)
    report = recheck_mentions(database, configure(brands=BRANDS), LATER, source.registry())
    [done] = report.sources
    assert (done.status, done.error, done.count.unchanged) == (status, "the source answered 503", checked)
    assert ledger(database).error == "the source answered 503"


def test_only_open_cases_that_are_still_there_are_asked_for(
    database: Database, flag: Flag, put: Callable[..., int], configure: Configure
) -> None:
    flag("open")
    flag("waiting", status=CaseStatus.WAITING)
    flag("resolved", status=CaseStatus.RESOLVED)
    flag("deleted", state=SourceState.DELETED)
    put("no case")
    source = FakeSource()
    recheck_mentions(database, configure(brands=BRANDS), LATER, source.registry())
    assert source.asked == ["open", "waiting"]
    assert source.asks[0].cursor == {"page": 3}


def test_nothing_to_ask_begins_no_run(database: Database, flag: Flag, configure: Configure) -> None:
    flag("1")
    source = FakeSource()
    blind = {"fake": replace(source.registry()["fake"], recheck=None)}
    assert recheck_mentions(database, configure(brands=BRANDS), LATER, blind).run_id is None
    assert recheck_mentions(database, configure(), LATER, source.registry()).run_id is None
    assert source.asked == []


def test_asking_twice_changes_nothing_more(database: Database, flag: Flag, configure: Configure) -> None:
    flag("1")
    flag("2")
    source = FakeSource({"1": as_stored("1", "Edited"), "2": gone("2")})
    for expected in ((1, 0, 1), (0, 1, 0)):
        [done] = recheck_mentions(database, configure(brands=BRANDS), LATER, source.registry()).sources
        assert (done.count.edited, done.count.unchanged, done.count.vanished) == expected
    assert source.asked == ["1", "2", "1"]


MONTH = timedelta(days=30)


def test_what_may_be_kept_for_a_month_is_asked_for_before_and_otherwise_let_go(
    database: Database, put: Callable[..., int], configure: Configure
) -> None:
    ages = {"fresh": 3, "due": 25, "late": 31, "unanswered": 31}
    ids = {name: put(name, checked_at=NOON - timedelta(days=age)) for name, age in ages.items()}
    with database.write() as session:
        session.add(reading(ids["unanswered"]))
        for age in (3, 31):
            row = {"source_id": 1, "digest": str(age), "position": "1", "reason": "r", "raw": "x", "run_id": 1}
            session.add(RejectedRecord(**row, first_seen_at=NOON - timedelta(days=age)))
    source = FakeSource({name: as_stored(name) for name in ("fresh", "due", "late")})
    report = recheck_mentions(database, configure(brands=BRANDS), NOON, source.registry(MONTH))
    assert source.asked == ["late", "unanswered", "due"]
    assert report.expired == 1
    assert {name: mention(database, name).text for name in ages} == dict.fromkeys(ages, "It broke.") | {
        "unanswered": ""
    }
    assert mention(database, "due").checked_at == NOON
    assert "could not be asked for again within 30 days" in ledger(database).notes[0]
    with database.read() as session:
        assert session.get(StoredReading, ids["unanswered"]) is None
        assert session.scalars(select(RejectedRecord.digest)).all() == ["3"]


@pytest.mark.parametrize("why", ["ill", "gone from the settings"])
def test_what_is_too_old_goes_whatever_became_of_its_source(
    database: Database, flag: Flag, configure: Configure, why: str
) -> None:
    flag("old", checked_at=NOON - MONTH - timedelta(hours=1))
    source = FakeSource({"old": as_stored("old")}, ill_on_page=1 if why == "ill" else None)
    config = configure(brands=BRANDS) if why == "ill" else configure()
    report = recheck_mentions(database, config, NOON, source.registry(MONTH))
    assert report.expired == 1
    old = mention(database, "old")
    assert (old.text, old.author, old.state) == ("", None, SourceState.DELETED)
    assert ledger(database).status is (RunStatus.FAILED if why == "ill" else RunStatus.OK)
    assert recheck_mentions(database, config, NOON, source.registry(MONTH)).run_id is None
