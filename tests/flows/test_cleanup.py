from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from earful.configfile import Configuration
from earful.values import FoundMention, Label, SourceState
from flows.steps.cleanup import Cleaned, clean_up
from models import consent as tables
from models import store
from models.account import Role, SetupLink, UserSession
from models.accounts import add_user, make_link
from models.case import Correction
from models.changes import plan
from models.consent import Consent, ConsentState
from models.database import Database
from models.doors import begin_session
from models.mention import Mention, RejectedRecord, StoredReading
from models.rereading import how_many
from models.run import Coverage, Run, RunKind, RunStatus
from models.store import Intake

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = NOON + 800 * DAY
RETENTION = {"mentions": "730d", "rejected": "90d", "runs": "365d"}
Put = Callable[..., int]
Configure = Callable[..., Configuration]


@pytest.fixture
def config(configure: Configure) -> Configuration:
    return configure(retention=RETENTION)


def mentions(database: Database) -> dict[str, Mention]:
    with database.read() as session:
        return {mention.external_id: mention for mention in session.scalars(select(Mention))}


def consent(source_id: int, author: str, state: ConsentState, expires_at: datetime | None = None) -> Consent:
    return Consent(
        source_id=source_id, author=author, state=state, proof="x", changed_at=NOON, expires_at=expires_at, version=1
    )


def test_old_mentions_keep_their_place_and_nothing_of_their_author(
    database: Database, put: Put, config: Configuration
) -> None:
    old = put("old", title="Bad", url="https://example.com/1", rating=1.0)
    put("young", first_seen_at=NOW - 730 * DAY)
    with database.write() as session:
        session.add(reading(old))
    assert clean_up(database, config, NOW).mentions == 1
    gone, young = (mentions(database)[key] for key in ("old", "young"))
    assert (gone.title, gone.text, gone.author, gone.url, gone.state) == ("", "", None, None, SourceState.DELETED)
    assert (gone.rating, gone.published_at) == (1.0, NOON)
    assert (young.text, young.author) == ("It broke.", "Ada")
    with database.read() as session:
        kept = session.get_one(StoredReading, old)
        assert (kept.label, kept.polarity, kept.evidence) == (Label.NEGATIVE, -0.5, [])
        assert how_many(session, "Brygvell", [("vader", "2")]) == 0


def reading(mention_id: int) -> StoredReading:
    return StoredReading(
        mention_id=mention_id, language="en", language_confidence=1.0, label=Label.NEGATIVE, polarity=-0.5,
        confidence=0.9, evidence=[{"code": "lexicon", "text": "broke", "start": 3, "weight": -1}], themes=["quality"],
        reader="vader", version="1", read_at=NOON,
    )  # fmt: skip


def test_what_people_decided_is_kept(
    database: Database, put: Put, flag: Callable[..., int], source_id: int, config: Configuration
) -> None:
    flag("case")
    praised, corrected = put("testimonial"), put("corrected")
    for author in ("Granted", "Revoked", "Expired", "Nobody"):
        put(author, author=author)
    with database.write() as session:
        session.add(tables.Testimonial(mention_id=praised, brand="Brygvell", found_at=NOON))
        session.add(correction(corrected))
        session.add(consent(source_id, "Granted", ConsentState.GRANTED, NOW + DAY))
        session.add(consent(source_id, "Revoked", ConsentState.REVOKED))
        session.add(consent(source_id, "Expired", ConsentState.GRANTED, NOW))
    assert clean_up(database, config, NOW).mentions == 4
    kept = {key for key, mention in mentions(database).items() if mention.text}
    assert kept == {"case", "corrected", "Granted"}  # praise that nobody consented to share is no reason to keep a name
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 3


def correction(mention_id: int) -> Correction:
    return Correction(
        mention_id=mention_id, at=NOON, actor="mia", label=Label.NEUTRAL, about_us=True, text="It broke.", language="en"
    )


def test_a_source_that_gives_it_again_does_not_bring_it_back(
    database: Database, put: Put, source_id: int, config: Configuration
) -> None:
    put("old")
    clean_up(database, config, NOW)
    with database.write() as session:
        again = [FoundMention("old", "It broke.", author="Ada")]
        changes = plan(again, store.known(session, source_id, ["old"]), run_id=1)
        store.apply_changes(session, Intake(source_id, "Brygvell", 1, NOW), changes, {})
    assert (mentions(database)["old"].text, mentions(database)["old"].author) == ("", None)
    assert clean_up(database, config, NOW).mentions == 0


def test_rejected_records_go_after_their_time(database: Database, source_id: int, config: Configuration) -> None:
    with database.write() as session:
        session.add_all([rejected(source_id, "old", NOW - 91 * DAY), rejected(source_id, "young", NOW - 90 * DAY)])
    assert clean_up(database, config, NOW).rejected == 1
    with database.read() as session:
        assert session.scalars(select(RejectedRecord.digest)).all() == ["young"]


def rejected(source_id: int, mark: str, at: datetime) -> RejectedRecord:
    return RejectedRecord(
        source_id=source_id, digest=mark, position="row 1", reason="no text", raw="x", first_seen_at=at, run_id=1
    )


def ledger(database: Database, source_id: int, *days_ago: int) -> list[int]:
    """One run with this source in its ledger for each of these ages. Returns the runs' ids."""
    with database.write() as session:
        made = []
        for age in days_ago:
            at = NOW - age * DAY
            run = Run(kind=RunKind.COLLECT, status=RunStatus.OK, started_at=at, beat_at=at, finished_at=at)
            session.add(run)
            session.flush()
            session.add(entry(run.id, source_id, at))
            made.append(run.id)
        return made


def entry(run_id: int, source_id: int, at: datetime) -> Coverage:
    counts: dict[str, Any] = dict.fromkeys(
        ("requests", "fetched", "off_query", "repeated", "seen", "new", "edited", "unchanged", "rejected", "vanished"),
        0,
    )
    return Coverage(
        run_id=run_id,
        source_id=source_id,
        status=RunStatus.OK,
        started_at=at,
        finished_at=at,
        missed=[],
        notes=[],
        **counts,
    )


def test_old_ledgers_go_and_their_runs_when_nothing_refers_to_them(
    database: Database, put: Put, source_id: int, config: Configuration
) -> None:
    unused, used, rejecting, young = ledger(database, source_id, 500, 400, 390, 100)
    put("mention", run_id=used, first_seen_at=NOW)
    with database.write() as session:
        record = rejected(source_id, "young", NOW)
        record.run_id = rejecting
        session.add(record)
    done = clean_up(database, config, NOW)
    assert (done.ledger, done.runs) == (3, 2)  # run 1 of the store is as old, and has no ledger at all
    with database.read() as session:
        assert session.scalars(select(Run.id).order_by(Run.id)).all() == [used, rejecting, young]
        assert session.scalars(select(Coverage.run_id)).all() == [young]
    assert unused not in (used, rejecting, young)


def test_the_last_run_of_each_source_is_kept_however_old(
    database: Database, source_id: int, config: Configuration
) -> None:
    *_, last = ledger(database, source_id, 700, 600, 500)
    assert clean_up(database, config, NOW).ledger == 2
    with database.read() as session:
        assert session.scalars(select(Coverage.run_id)).all() == [last]


def test_a_dry_run_says_the_same_and_changes_nothing(
    database: Database, put: Put, source_id: int, config: Configuration
) -> None:
    for number in range(5):
        put(str(number))
    with database.write() as session:
        session.add(rejected(source_id, "old", NOON))
    ledger(database, source_id, 700, 600)
    said = clean_up(database, config, NOW, dry_run=True)
    assert said == Cleaned(mentions=5, rejected=1, ledger=1, runs=0, dry_run=True)
    assert all(mention.text for mention in mentions(database).values())
    assert clean_up(database, config, NOW, batch=2) == Cleaned(mentions=5, rejected=1, ledger=1, runs=1)
    assert clean_up(database, config, NOW) == Cleaned(0, 0, 0, 0)


def test_nothing_old_is_nothing_done(database: Database, put: Put, config: Configuration) -> None:
    put("1")
    assert clean_up(database, config, NOON + DAY) == Cleaned(0, 0, 0, 0)


def test_sign_ins_and_links_that_are_over_go(database: Database, config: Configuration) -> None:
    with database.write() as session:
        dana = add_user(session, NOON, "dana", Role.ADMIN)
        begin_session(session, dana, NOON)  # idle since
        begin_session(session, dana, NOW - DAY)  # in use
        make_link(session, dana, NOON)
    assert clean_up(database, config, NOW, dry_run=True).sessions == 2
    assert clean_up(database, config, NOW).sessions == 2
    assert clean_up(database, config, NOW).sessions == 0
    with database.read() as session:
        assert len(session.scalars(select(UserSession)).all()) == 1
        assert session.scalars(select(SetupLink)).all() == []
