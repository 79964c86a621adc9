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
from flows.steps.recheck import recheck_open_cases
from models.case import Case, CaseStatus
from models.database import Database
from models.mention import Mention, Source, Stage, StoredReading
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

    def registry(self) -> Mapping[str, Connector]:
        facts = Facts("all", "none", "none", "all")
        return {"fake": Connector("fake", SourceSettings, lambda _: iter(()), parse, facts, self.recheck)}


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
    report = recheck_open_cases(database, configure(brands=BRANDS), LATER, source.registry())

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
    report = recheck_open_cases(database, configure(brands=BRANDS), LATER, source.registry())
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
    report = recheck_open_cases(database, configure(brands=BRANDS), LATER, source.registry())
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
    report = recheck_open_cases(database, configure(brands=BRANDS), LATER, source.registry())
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
    recheck_open_cases(database, configure(brands=BRANDS), LATER, source.registry())
    assert source.asked == ["open", "waiting"]
    assert source.asks[0].cursor == {"page": 3}


def test_nothing_to_ask_begins_no_run(database: Database, flag: Flag, configure: Configure) -> None:
    flag("1")
    source = FakeSource()
    blind = {"fake": replace(source.registry()["fake"], recheck=None)}
    assert recheck_open_cases(database, configure(brands=BRANDS), LATER, blind).run_id is None
    assert recheck_open_cases(database, configure(), LATER, source.registry()).run_id is None
    assert source.asked == []


def test_asking_twice_changes_nothing_more(database: Database, flag: Flag, configure: Configure) -> None:
    flag("1")
    flag("2")
    source = FakeSource({"1": as_stored("1", "Edited"), "2": gone("2")})
    for expected in ((1, 0, 1), (0, 1, 0)):
        [done] = recheck_open_cases(database, configure(brands=BRANDS), LATER, source.registry()).sources
        assert (done.count.edited, done.count.unchanged, done.count.vanished) == expected
    assert source.asked == ["1", "2", "1"]
