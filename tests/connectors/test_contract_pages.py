"""What every source must keep to over more than one page, between two reads, and all the way into a database."""

import json
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
import time_machine
from sqlalchemy import select

from connectors import hackernews
from connectors.registry import CONNECTORS
from earful.configfile import Configuration
from earful.errors import SourceError
from earful.settings import Brand, Settings
from earful.text import digest
from earful.values import Severity, SourceCount, SourceState
from flows.steps.collect import begin, collect_source
from flows.steps.jobs import Job
from flows.steps.recheck import recheck_mentions
from models import deliveries, store
from models.case import Case, CaseStatus
from models.database import Database
from models.mention import Mention
from models.run import Coverage, RunStatus
from tests.connectors.books import BOOKS, ONE_PAGE
from tests.connectors.served import LOOKUPS, PAGES
from tests.connectors.world import SETTINGS, beside, elsewhere

pytestmark = pytest.mark.slow  # every source page by page; the quick loop has the contract of single pages

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZE = 2
LATER_FAULTS = ["html", "null", "503", "401"]


def test_no_source_can_be_registered_without_standing_in_these_tests():
    assert PAGES.keys() == SETTINGS.keys() == CONNECTORS.keys()
    assert BOOKS.keys() | ONE_PAGE == CONNECTORS.keys()
    assert LOOKUPS.keys() == {name for name, each in CONNECTORS.items() if each.recheck}


@pytest.fixture(autouse=True)
def _shortly_after_the_items(request, monkeypatch):
    """Sources that look back so and so far are read on the day of their items; what lies here is as old as it is."""
    monkeypatch.setattr(hackernews, "MOST_HITS", SIZE)
    asked = getattr(request.node, "callspec", None)
    here = asked and asked.params.get("world") in ONE_PAGE
    with nullcontext() if here else time_machine.travel(NOON + timedelta(hours=12)):
        yield


def five(make_item):
    """Five items, newest first, an hour between each."""
    return [make_item(f"a{n}", f"FjordAir {n}", at=int(NOON.timestamp()) + 3600 * n) for n in range(5, 0, -1)]


def lend(world, make_reply, items, *, before=lambda number: None):
    """Serve these items as the source pages them. `before` may answer the n-th request in its place, or add items."""
    book = BOOKS.get(world.connector.name)
    if book is None:
        return world.serve(world.page(items))
    asked_for = []

    def answer(asked):
        if (other := beside(asked) or elsewhere(asked)) is not None:
            return other
        asked_for.append(asked)
        if (other := before(len(asked_for))) is not None:
            return other
        value = book(world, items, SIZE, asked)
        value, headers = value if isinstance(value, tuple) else (value, {})
        return world.here(make_reply(json.dumps(value).encode(), headers=headers))

    world.fake.reply = answer
    return asked_for


def texts(parsed):
    return [found.title or found.text for found in parsed.found]


ALL = [f"FjordAir {n}" for n in range(5, 0, -1)]


def test_every_page_is_read_and_every_item_comes_once(world, make_item, make_reply):
    lend(world, make_reply, five(make_item))
    pages, parsed = world.read()
    assert (sorted(texts(parsed), reverse=True), parsed.rejected, parsed.missed) == (ALL, [], ())
    assert pages[-1].cursor


def test_what_arrives_while_paging_costs_no_other_item_and_comes_with_the_next_read(world, make_item, make_reply):
    items = five(make_item)

    def arrive(number):
        if number == 2:
            items.insert(0, make_item("a6", "FjordAir 6", at=items[0].at + 60))

    lend(world, make_reply, items, before=arrive)
    pages, parsed = world.read()
    first = texts(parsed)
    assert len(set(first)) == len(first)
    assert set(ALL) <= set(first)
    lend(world, make_reply, items)
    second = texts(world.read(world.ask(pages[-1].cursor))[1])
    arrived = len(items) > 5
    assert ("FjordAir 6" in first + second) is arrived


def test_a_late_item_between_known_ones_is_found_by_the_next_read(world, make_item, make_reply):
    items = five(make_item)
    lend(world, make_reply, items)
    cursor = world.read()[0][-1].cursor
    late = [items[0], make_item("b1", "FjordAir late", at=items[1].at + 60), *items[1:]]
    if world.connector.name in {"mastodon", "discourse"}:  # their ids grow with time, and pages follow the ids
        late = [make_item("a6", "FjordAir late", at=items[1].at + 60), *items]
    lend(world, make_reply, late)
    assert "FjordAir late" in texts(world.read(world.ask(cursor))[1])


@pytest.mark.parametrize("fault", LATER_FAULTS)
def test_a_fault_on_a_later_page_keeps_the_first_one_and_holds_the_cursor(world, make_item, make_reply, faults, fault):
    asked = lend(world, make_reply, five(make_item), before=lambda number: faults[fault] if number == 2 else None)
    pages, error = [], None
    try:
        pages.extend(world.connector.fetch(world.ask()))
    except SourceError as caught:
        error = caught
    found = {text for page in pages for text in texts(world.connector.parse(page))}
    met = asked is not None and len(asked) > 1
    assert set(ALL[:SIZE]) <= found
    assert bool(error or any(page.missed for page in pages)) is met or found == set(ALL)
    if met and found != set(ALL):
        assert not any(page.cursor for page in pages)


def test_a_read_that_is_cut_off_after_any_page_loses_nothing(world, make_item, make_reply):
    lend(world, make_reply, five(make_item))
    whole = len(list(world.connector.fetch(world.ask())))
    for cut in range(whole):
        kept = list(islice(world.connector.fetch(world.ask()), cut))
        cursor = next((page.cursor for page in reversed(kept) if page.cursor), {})
        rest = world.read(world.ask(cursor))[1].found
        found = [found for page in kept for found in world.connector.parse(page).found] + rest
        assert {each.title or each.text for each in found} == set(ALL)


def test_ids_of_64_bits_stay_apart(world, make_item):
    items = [make_item("a00000000001", "FjordAir one"), make_item("a00000000002", "FjordAir other")]
    world.serve(world.page(items))
    first, second = world.read()[1].found
    assert first.external_id != second.external_id
    assert world.read()[1].found == [first, second]


# ------------------------------------------------------------------------------------------------- into a database


class Kept:
    """One source read into a database, run after run."""

    def __init__(self, world, database):
        ask = world.ask()
        self.world = world
        self.brand = Brand(name="FjordAir", sources=(ask.source,))
        settings = Settings(brands=(self.brand,), data_dir=world.folder, database_url=database.url)
        self.config = Configuration(settings, world.folder, ask.secrets, world.folder / "earful.toml")
        self.database = database

    def run(self):
        with self.database.write() as session:
            for each in self.world.delivered if self.world.connector.name == "webhook" else ():
                deliveries.keep(session, "FjordAir", "it", digest(each.body), each.body, datetime.now(UTC))
        run_id = begin(self.database)
        collect_source(self.database, self.config, run_id, Job(self.brand, self.brand.sources[0]))
        with self.database.read() as session:
            return session.scalars(select(Coverage).where(Coverage.run_id == run_id)).one()

    def mentions(self):
        with self.database.read() as session:
            return {mention.title or mention.text: mention for mention in session.scalars(select(Mention))}


@pytest.fixture
def kept(world, tmp_path):
    with Database(f"sqlite:///{tmp_path / 'earful.db'}") as database:
        database.upgrade()
        yield Kept(world, database)


def adds_up(entry):
    return entry.fetched == entry.seen + entry.off_query + entry.repeated and entry.seen == (
        entry.new + entry.edited + entry.unchanged + entry.rejected + entry.vanished
    )


@pytest.mark.slow
def test_read_again_nothing_changes_and_an_edit_changes_one(world, kept, make_item, make_reply, faults):
    items = five(make_item)
    lend(world, make_reply, items)
    first = kept.run()
    assert (first.status, first.new, first.missed, adds_up(first)) == (RunStatus.OK, 5, [], True)
    second = kept.run()
    assert (second.status, second.new, second.edited, adds_up(second)) == (RunStatus.OK, 0, 0, True)
    items[0].text = "FjordAir is better now"
    lend(world, make_reply, items)
    third = kept.run()
    edited = [mention for mention in kept.mentions().values() if mention.state is SourceState.EDITED]
    changed = [] if world.connector.name == "mailbox" else ["FjordAir is better now"]  # a mail, once sent, stays
    assert (third.status, third.new, third.edited, adds_up(third)) == (RunStatus.OK, 0, len(changed), True)
    assert len(kept.mentions()) == 5
    assert [mention.title or mention.text for mention in edited] == changed


@pytest.mark.slow
def test_a_page_that_can_not_be_read_is_never_all_well_in_the_ledger(world, kept, make_item, make_reply, faults):
    lend(world, make_reply, five(make_item))
    kept.run()
    world.serve(faults["html"])
    entry = kept.run()
    assert entry.status in {RunStatus.FAILED, RunStatus.PARTIAL}
    assert entry.missed
    assert len(kept.mentions()) == 5


@pytest.mark.slow
def test_killed_between_two_pages_nothing_is_lost_and_nothing_doubled(world, kept, make_item, make_reply, monkeypatch):
    class Killed(BaseException):
        pass

    lend(world, make_reply, five(make_item))
    whole = store.apply_changes

    def killed_at(page):
        left = iter(range(page, -1, -1))

        def some(*args):
            count: SourceCount = whole(*args)
            if next(left) == 0:
                raise Killed  # inside the transaction: what this page brought is gone again
            return count

        return some

    for page in range(3):
        monkeypatch.setattr(store, "apply_changes", killed_at(page))
        with suppress(Killed, StopIteration):
            kept.run()
    monkeypatch.setattr(store, "apply_changes", whole)
    assert kept.run().status is RunStatus.OK
    assert sorted(kept.mentions()) == sorted(ALL)


@pytest.mark.slow
@pytest.mark.parametrize("source", sorted(LOOKUPS))
def test_a_deletion_and_an_edit_are_found_by_looking_again_at_open_cases(
    worlds, source, tmp_path, make_item, make_reply
):
    world = worlds(source)
    with Database(f"sqlite:///{tmp_path / 'earful.db'}") as database:
        database.upgrade()
        kept = Kept(world, database)
        items = five(make_item)
        lend(world, make_reply, items)
        kept.run()
        open_cases(database)
        world.hold([replace(items[0], text="FjordAir called me"), *items[2:]])
        report = recheck_mentions(database, kept.config, datetime.now(UTC))
        (done,) = report.sources
        assert (done.status, done.count.edited, done.count.vanished) == (RunStatus.OK, 1, 1)
        assert sorted(kept.mentions()) == ["", "FjordAir 1", "FjordAir 2", "FjordAir 3", "FjordAir called me"]
        gone = kept.mentions()[""]
        assert (gone.author, gone.rating, gone.state) == (None, None, SourceState.DELETED)


def open_cases(database):
    with database.write() as session:
        for mention in session.scalars(select(Mention)):
            session.add(
                Case(
                    mention_id=mention.id, brand=mention.brand, status=CaseStatus.OPEN, severity=Severity.HIGH,
                    reasons=[], opened_at=NOON, due_at=NOON, version=1,
                )
            )  # fmt: skip
