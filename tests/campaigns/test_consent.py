import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import delete, func, select

from campaigns.consent import (
    Act,
    ConsentError,
    end_of_day,
    expired,
    grant,
    granted,
    look_up,
    named,
    of_mention,
    record_grant,
    record_revocation,
    revoke,
)
from earful.errors import Conflict
from earful.speech import speaking
from earful.tongues import speech_for
from models import consent as tables
from models.consent import Consent, ConsentEvent, ConsentState
from models.consents import Standing
from models.database import Database
from models.mention import Mention, Source, StoredReading

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
Put = Callable[..., int]
ADA = named("Brygvell", "reviews", "Ada")
HOUR = timedelta(hours=1)


def act(proof: str = "ticket 4711", at: datetime = NOON, version: int | None = None) -> Act:
    return Act("mia", at, proof, version)


class OneConsent(RuleBasedStateMachine):
    """The machine against a model of two facts: was it ever granted, and until when does it stand."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.standing: Standing | None = None
        self.until: datetime | None = None  # None: nothing is allowed

    @rule(hours=st.integers(1, 30), proof=st.text(min_size=1).filter(str.strip), lasts=st.none() | st.integers(1, 40))
    def grants(self, hours: int, proof: str, lasts: int | None) -> None:
        self.at += hours * HOUR
        expires = None if lasts is None else self.at + lasts * HOUR
        version = self.standing.version if self.standing else 0
        self.standing = grant(self.standing, proof, self.at, expires)
        self.until = expires or datetime.max.replace(tzinfo=NOON.tzinfo)
        assert self.standing.version == version + 1
        assert self.standing.expires_at == expires

    @rule(hours=st.integers(1, 30))
    def revokes(self, hours: int) -> None:
        self.at += hours * HOUR
        if self.standing is None:
            with pytest.raises(ConsentError, match="never granted"):
                revoke(None, self.at)
            return
        proof = self.standing.proof
        self.standing = revoke(self.standing, self.at)
        self.until = None
        assert self.standing.proof == proof

    @invariant()
    def allows_what_was_granted_and_nothing_else(self) -> None:
        for later in (self.at, self.at + 20 * HOUR, self.at + 100 * HOUR):
            assert granted(self.standing, later) == (self.until is not None and later < self.until)

    @invariant()
    def proof_is_never_empty(self) -> None:
        assert self.standing is None or self.standing.proof.strip()


TestOneConsent = pytest.mark.slow(OneConsent.TestCase)


@given(st.text(alphabet=" \t\n\u00a0"))
def test_a_grant_needs_a_proof(blank: str) -> None:
    with pytest.raises(ConsentError, match="proof"):
        grant(None, blank, NOON)


@pytest.mark.parametrize(("code", "day"), [("en", "3 Mar 2026"), ("nb", "3. mars 2026"), ("hu", "2026. márc. 3.")])
def test_a_day_that_is_over_is_written_as_the_reader_writes_days(code: str, day: str) -> None:
    with speaking(speech_for(code)), pytest.raises(ConsentError) as raised:
        grant(None, "her mail", NOON, datetime(2026, 3, 4, tzinfo=UTC))
    assert day in str(raised.value)


def test_a_grant_that_has_expired_is_refused() -> None:
    with pytest.raises(ConsentError, match="expired already"):
        grant(None, "ticket", NOON, NOON)


def test_the_moment_of_expiry_is_no_longer_covered() -> None:
    standing = grant(None, "ticket", NOON, NOON + HOUR)
    assert granted(standing, NOON + HOUR - timedelta(microseconds=1))
    assert not granted(standing, NOON + HOUR)
    assert expired(standing, NOON + HOUR)


def test_a_date_is_covered_to_its_end_where_the_brand_is() -> None:
    assert end_of_day(date(2027, 1, 31), "Europe/Oslo").isoformat() == "2027-02-01T00:00:00+01:00"


def test_each_change_is_one_row_and_one_event(database: Database, put: Put) -> None:
    put("1")
    first = record_grant(database, ADA, act("mail of 4 March"), NOON + 24 * HOUR)
    record_revocation(database, ADA, act("she asked by phone", NOON + HOUR))
    record_revocation(database, ADA, act("she asked again", NOON + 2 * HOUR))
    last = record_grant(database, ADA, act("mail of 9 March", NOON + 3 * HOUR))
    assert (first.standing.version, last.standing.version) == (1, 3)
    assert last.standing.expires_at is None
    assert [(entry.action, entry.proof, entry.actor) for entry in last.history] == [
        ("granted", "mail of 4 March", "mia"),
        ("revoked", "she asked by phone", "mia"),
        ("granted", "mail of 9 March", "mia"),
    ]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 1
        [found] = look_up(session, "brygvell", "Reviews", "Ada")
        assert found == last


def test_the_author_of_a_mention(database: Database, put: Put) -> None:
    record = record_grant(database, of_mention(put("1")), act())
    assert (record.whose.brand, record.whose.source, record.whose.author) == ("Brygvell", "reviews", "Ada")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("Brygvel", "reviews", "Ada"), 'no source of a brand "Brygvel" has been read yet; did you mean "Brygvell"'),
        (("Brygvell", "review", "Ada"), 'Brygvell has no source "review" that was ever read; did you mean "reviews"'),
        (("Brygvell", "reviews", "ada"), 'nothing by "ada" .*; did you mean "Ada"'),
        (("Brygvell", "reviews", "Adah"), 'did you mean "Ada"'),
        (("Brygvell", "reviews", "Zoltan"), 'nothing by "Zoltan" is stored from reviews of Brygvell$'),
        (("Brygvell", "reviews", " Anonymous "), "not one person's name"),
        (("Brygvell", "reviews", ""), "not one person's name"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(
    database: Database, put: Put, names: tuple[str, str, str], said: str
) -> None:
    put("1")
    with pytest.raises(ConsentError, match=said):
        record_grant(database, named(*names), act())


def test_a_mention_without_an_author_or_that_is_not_there(database: Database, put: Put) -> None:
    nameless = put("1", author=None)
    with pytest.raises(ConsentError, match=f"author of mention {nameless} is not known"):
        record_grant(database, of_mention(nameless), act())
    with pytest.raises(ConsentError, match="there is no mention 999"):
        record_grant(database, of_mention(999), act())


POST = "Best kettle ever! Will you buy it? Yes, you may thank me later, as I would any day of the week. 🥹"


@pytest.mark.parametrize("proof", ["Yes, you may", "yes", "You may thank me later."])
def test_words_of_an_answer_may_happen_to_stand_in_a_post(database: Database, put: Put, proof: str) -> None:
    put("1", text=POST)
    assert record_grant(database, ADA, act(proof)).standing.proof == proof


@pytest.mark.parametrize(
    "proof", ["So good.", "  so GOOD. ", "“so good”", "🥹", "Great So good.", "great", POST, POST[20:80], POST[:45]]
)
def test_a_post_is_no_proof(database: Database, put: Put, proof: str) -> None:
    put("1", title="Great")
    put("2", text=POST)
    put("3", text="🥹")
    with pytest.raises(ConsentError, match="a post is not a consent"):
        record_grant(database, ADA, act(proof))
    with database.read() as session:
        assert look_up(session) == []


def test_revoking_what_was_never_granted(database: Database, put: Put) -> None:
    put("1")
    with pytest.raises(ConsentError, match="never granted"):
        record_revocation(database, ADA, act())
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 0


def test_a_consent_can_be_revoked_when_all_that_was_said_is_gone(database: Database, put: Put) -> None:
    put("1")
    record_grant(database, ADA, act())
    with database.write() as session:
        session.execute(delete(tables.Testimonial))
        session.execute(delete(StoredReading))
        session.execute(delete(Mention))
    assert record_revocation(database, ADA, act()).standing.state is ConsentState.REVOKED


def test_a_stale_look_decides_nothing(database: Database, put: Put) -> None:
    put("1")
    record_grant(database, ADA, act(version=0))
    for stale in (0, 2):
        with pytest.raises(Conflict):
            record_revocation(database, ADA, act(version=stale))
    with database.read() as session:
        [found] = look_up(session)
        assert [entry.action for entry in found.history] == ["granted"]


def test_two_at_once_leave_one_row_and_an_event_for_each_change(database: Database, put: Put) -> None:
    put("1")
    gate, refused = threading.Barrier(6), []

    def one(number: int) -> None:
        gate.wait()
        try:
            record_grant(database, ADA, act(f"ticket {number}"))
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        [found] = look_up(session)
    assert found.standing.version == len(found.history) == 6 - len(refused)
    assert found.standing.proof == found.history[-1].proof


def test_looking_up_by_brand_and_source(database: Database, put: Put) -> None:
    put("1")
    record_grant(database, ADA, act())
    with database.write() as session:
        session.add(Source(brand="Tazzorin", name="reviews", type="file", cursor={}, fingerprint="f"))
    with database.read() as session:
        assert (
            len(look_up(session)) == len(look_up(session, source="reviews")) == len(look_up(session, "Brygvell")) == 1
        )
        assert look_up(session, "Tazzorin") == []
        with pytest.raises(ConsentError, match='no source "x" was ever read'):
            look_up(session, source="x")
