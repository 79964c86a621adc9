import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from earful.errors import Conflict
from earful.speech import ago
from earful.values import FoundMention, Label, Reading, Reason, Severity, Verdict
from models import casework, judging
from models.acts import ALLOWED, NOTE_LENGTH, Act, NotAllowed, Standing, Verb
from models.case import DONE, Case, CaseEvent, CaseStatus, Correction, Dismissal, Outcome, Remedy, Returned
from models.caseview import events_of
from models.casework import act, text_changed_since, wake_snoozed
from models.changes import Insert, Update, content_digest
from models.corrections import lesson
from models.database import Database
from models.decisions import decide
from models.gold import gold
from models.mention import Mention
from models.pipeline import save_readings, save_verdicts
from models.reminders import give_back, untouched
from models.returns import AT_REST, AuthorBack, bring_back
from models.run import Run, RunKind, RunStatus
from models.store import Intake, apply_changes, source_row
from models.tags import tags_of
from models.telling import can_undo, told, withdrawn

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
_counter = itertools.count()


def intake(database: Database) -> Intake:
    with database.write() as session:
        source = source_row(session, "Fjord", "forum", "rss", "f")
        if session.get(Run, 1) is None:
            session.add(Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON))
        return Intake(source.id, "Fjord", 1, NOON)


def flagged(database: Database) -> int:
    """A case of its own, opened at noon as the pipeline opens it."""
    place, found = intake(database), FoundMention(str(next(_counter)), "late", title="Again", published_at=NOON)
    with database.write() as session:
        digest = content_digest(found)
        apply_changes(session, place, [Insert(found, digest)], {})
        key = session.scalars(select(Mention.id).where(Mention.external_id == found.external_id)).one()
        save_readings(session, {key: Reading("en", Label.NEGATIVE, -0.5, 0.9, "vader", "1")}, {key: digest}, NOON)
        verdict = Verdict(True, Severity.HIGH, (Reason("negative", "late"),), NOON + timedelta(hours=4), False)
        (case_id,) = save_verdicts(session, {key: verdict}, {key: digest}, NOON)
    return case_id


@pytest.fixture
def case_id(database: Database) -> int:
    return flagged(database)


def do(database: Database, case_id: int, version: int, what: Act, actor: str = "dana", at: datetime = LATER) -> Case:
    with database.write() as session:
        return act(session, case_id, version, actor, what, at)


def stands(database: Database, case_id: int) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).where(Case.id == case_id)).one()


def corrections(database: Database) -> list[tuple[Label | None, bool]]:
    with database.read() as session:
        found = session.scalars(select(Correction).order_by(Correction.id))
        return [(correction.label, correction.about_us) for correction in found]


def actions(database: Database, case_id: int) -> list[str]:
    with database.read() as session:
        return [event.action for event in events_of(session, case_id)]


def test_every_status_has_its_transitions() -> None:
    assert set(ALLOWED) == set(CaseStatus)
    assert all(Verb.NOTE in verbs for verbs in ALLOWED.values())
    assert all(Verb.RESOLVE not in ALLOWED[status] for status in DONE)


@pytest.mark.parametrize("status", list(CaseStatus))
@pytest.mark.parametrize("verb", list(Verb))
def test_what_the_table_does_not_allow_is_refused(status: CaseStatus, verb: Verb) -> None:
    what = Act(verb, to="lee", text="x", until=LATER)
    if verb not in ALLOWED[status]:
        with pytest.raises(NotAllowed):
            decide(Standing(status), what, "dana", NOON)


@pytest.mark.parametrize(
    "what",
    [
        Act(Verb.ASSIGN, to="  "),
        Act(Verb.ASSIGN, to="x" * 81),
        Act(Verb.NOTE, text=" \n"),
        Act(Verb.NOTE, text="x" * (NOTE_LENGTH + 1)),
        Act(Verb.SNOOZE),
        Act(Verb.SNOOZE, until=NOON),
        Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.NEGATIVE),
        Act(Verb.UNDO),
    ],
)
def test_an_act_that_lacks_what_it_needs_is_refused(what: Act) -> None:
    with pytest.raises(NotAllowed):
        decide(Standing(CaseStatus.OPEN), what, "dana", NOON)


def test_nobody_can_be_taken_off_a_case_that_nobody_has() -> None:
    with pytest.raises(NotAllowed, match="nobody has"):
        decide(Standing(CaseStatus.WAITING), Act(Verb.UNASSIGN), "dana", NOON)


def test_assign_note_and_resolve(database: Database, case_id: int) -> None:
    case = do(database, case_id, 1, Act(Verb.ASSIGN, to=" lee "))
    assert (case.status, case.assignee, case.version) == (CaseStatus.ASSIGNED, "lee", 2)
    assert (case.first_response_at, case.decided_at, case.closed_at) == (None, LATER, None)
    do(database, case_id, 2, Act(Verb.NOTE, text="called her\x00"))
    case = do(database, case_id, 3, Act(Verb.RESOLVE, text="refunded"), at=LATER + timedelta(hours=1))
    assert (case.status, case.version, case.closed_at) == (CaseStatus.RESOLVED, 4, LATER + timedelta(hours=1))
    assert case.first_response_at == LATER + timedelta(hours=1), "a note and a name are no answer yet"
    with database.read() as session:
        events = events_of(session, case_id)
    assert [event.action for event in events] == ["opened", "assigned", "noted", "resolved"]
    assert events[2].detail["text"] == "called her\ufffd"
    assert corrections(database) == []


def test_taking_somebody_off_opens_the_case_again(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.ASSIGN, to="lee"))
    case = do(database, case_id, 2, Act(Verb.UNASSIGN))
    assert (case.status, case.assignee) == (CaseStatus.OPEN, None)


def test_waiting_and_snoozed_cases_keep_who_has_them(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.ASSIGN, to="lee"))
    case = do(database, case_id, 2, Act(Verb.WAIT))
    assert (case.status, case.assignee) == (CaseStatus.WAITING, "lee")
    case = do(database, case_id, 3, Act(Verb.SNOOZE, until=LATER + timedelta(days=1)))
    assert (case.status, case.snoozed_until) == (CaseStatus.SNOOZED, LATER + timedelta(days=1))
    case = do(database, case_id, 4, Act(Verb.ASSIGN, to="kim"))
    assert (case.status, case.assignee) == (CaseStatus.SNOOZED, "kim")
    case = do(database, case_id, 5, Act(Verb.REOPEN))
    assert (case.status, case.snoozed_until) == (CaseStatus.ASSIGNED, None)


@pytest.mark.parametrize(
    ("reason", "says", "taught"),
    [
        (Dismissal.NOT_NEGATIVE, Label.NEUTRAL, [(Label.NEUTRAL, True)]),
        (Dismissal.NOT_NEGATIVE, Label.POSITIVE, [(Label.POSITIVE, True)]),
        (Dismissal.NOT_ABOUT_US, Label.NEUTRAL, [(None, False)]),
        (Dismissal.DUPLICATE, Label.NEUTRAL, []),
        (Dismissal.NO_ACTION, Label.NEUTRAL, []),
    ],
)
def test_a_dismissal_teaches_what_it_corrects(
    database: Database, case_id: int, reason: Dismissal, says: Label, taught: list[object]
) -> None:
    case = do(database, case_id, 1, Act(Verb.DISMISS, reason=reason, says=says))
    assert (case.status, case.dismissal, case.closed_at) == (CaseStatus.DISMISSED, reason, LATER)
    assert corrections(database) == taught


def test_a_correction_keeps_the_text_that_was_judged(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE))
    with database.read() as session:
        correction = session.scalars(select(Correction)).one()
    assert (correction.text, correction.was, correction.language) == ("Again\n\nlate", Label.NEGATIVE, "en")


def test_what_was_taught_is_taken_back_and_given_again(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.POSITIVE))
    do(database, case_id, 2, Act(Verb.REOPEN))
    case = do(database, case_id, 3, Act(Verb.UNDO))
    assert (case.status, case.dismissal) == (CaseStatus.DISMISSED, Dismissal.NOT_NEGATIVE)
    assert corrections(database) == [(Label.POSITIVE, True), (None, True), (Label.POSITIVE, True)]
    assert lesson(Dismissal.DUPLICATE, None) is None


@pytest.mark.parametrize(
    ("taught", "back"),
    [
        (Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE), Verb.UNDO),
        (Act(Verb.DISMISS, reason=Dismissal.NOT_ABOUT_US), Verb.REOPEN),
        (Act(Verb.CONFIRM), Verb.UNDO),
    ],
)
def test_what_was_known_before_a_lesson_stands_again_when_that_is_taken_back(
    database: Database, case_id: int, taught: Act, back: Verb
) -> None:
    with database.write() as session:
        mention = judging.held(session, session.get_one(Case, case_id).mention_id)
        judging.correct(session, mention, "kim", LATER, label=Label.POSITIVE, about_us=True)
    do(database, case_id, 1, taught, at=LATER + timedelta(hours=1))
    with database.write() as session:
        session.execute(update(Mention).values(text="edited since"))
    do(database, case_id, 2, Act(back), at=LATER + timedelta(hours=2))
    assert corrections(database)[::2] == [(Label.POSITIVE, True)] * 2
    with database.read() as session:
        (said,) = gold(session)
    assert (said.label, said.text, said.at) == (Label.POSITIVE, "Again\n\nlate", LATER + timedelta(hours=2))


def test_undo_puts_back_what_was_and_stays_on_record(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.SNOOZE, until=LATER + timedelta(days=1)))
    case = do(database, case_id, 2, Act(Verb.UNDO))
    assert (case.status, case.version, case.snoozed_until) == (CaseStatus.OPEN, 3, None)
    assert (case.decided_at, case.first_response_at) == (None, None)
    assert actions(database, case_id) == ["opened", "snoozed", "undone"]
    with database.read() as session:
        events = events_of(session, case_id)
    assert withdrawn(events) == {events[1].id}
    assert not can_undo(events, "dana")


def test_only_the_last_act_and_only_ones_own_is_undone(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.RESOLVE))
    with pytest.raises(NotAllowed, match="dana's"):
        do(database, case_id, 2, Act(Verb.UNDO), actor="lee")
    do(database, case_id, 2, Act(Verb.UNDO))
    with pytest.raises(NotAllowed, match="nothing to undo"):
        do(database, case_id, 3, Act(Verb.UNDO))


def test_what_the_pipeline_did_is_nobodys_to_undo(database: Database, case_id: int) -> None:
    with pytest.raises(NotAllowed, match="nothing to undo"):
        do(database, case_id, 1, Act(Verb.UNDO), actor="earful")


def test_a_stale_act_says_who_was_first_and_changes_nothing(database: Database, case_id: int) -> None:
    do(database, case_id, 1, Act(Verb.RESOLVE), actor="Dana")
    with pytest.raises(Conflict, match=r"Dana resolved this 20 s ago; nothing of yours was stored"):
        do(database, case_id, 1, Act(Verb.NOTE, text="hello"), "lee", LATER + timedelta(seconds=20))
    assert actions(database, case_id) == ["opened", "resolved"]


def test_a_refused_act_changes_nothing(database: Database, case_id: int) -> None:
    with pytest.raises(NotAllowed):
        do(database, case_id, 1, Act(Verb.REOPEN))
    assert stands(database, case_id).version == 1


def test_there_is_no_such_case(database: Database) -> None:
    with pytest.raises(LookupError):
        do(database, 4711, 1, Act(Verb.RESOLVE))


def test_of_two_writers_with_the_same_version_one_is_refused(database: Database, case_id: int) -> None:
    barrier = Barrier(2)

    def write(actor: str) -> str:
        barrier.wait()
        try:
            do(database, case_id, 1, Act(Verb.ASSIGN, to=actor), actor=actor)
        except Conflict as conflict:
            return str(conflict)
        return "stored"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(write, ["dana", "lee"]))
    case = stands(database, case_id)
    assert said[1] == "stored"
    assert said[0].startswith(f"{case.assignee} assigned this to {case.assignee}")
    assert case.version == 2


@pytest.mark.slow
def test_a_writer_that_read_before_another_committed_is_refused(
    fresh_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL lets the second one read the old version; the version in the UPDATE does not let it write."""
    original = casework._last_event
    with Database(fresh_postgres_url) as database:
        database.upgrade()
        case_id = flagged(database)

        def interrupted(session: Session, key: int) -> CaseEvent | None:
            monkeypatch.setattr(casework, "_last_event", original)
            found = original(session, key)
            do(database, case_id, 1, Act(Verb.NOTE, text="first"), actor="lee")
            return found

        monkeypatch.setattr(casework, "_last_event", interrupted)
        with pytest.raises(Conflict, match="lee left a note"):
            do(database, case_id, 1, Act(Verb.RESOLVE))
        assert actions(database, case_id) == ["opened", "noted"]


def test_snoozed_cases_wake_when_their_time_has_come(database: Database, case_id: int) -> None:
    later_one = flagged(database)
    do(database, case_id, 1, Act(Verb.ASSIGN, to="lee"))
    do(database, case_id, 2, Act(Verb.SNOOZE, until=NOON + timedelta(days=1)))
    do(database, later_one, 1, Act(Verb.SNOOZE, until=NOON + timedelta(days=9)))
    with database.write() as session:
        assert wake_snoozed(session, NOON + timedelta(days=1)) == [case_id]
        assert wake_snoozed(session, NOON + timedelta(days=1)) == []
    case = stands(database, case_id)
    assert (case.status, case.version, case.decided_at) == (CaseStatus.ASSIGNED, 4, LATER)
    assert actions(database, case_id)[-1] == "woken"
    assert stands(database, later_one).status is CaseStatus.SNOOZED


def test_a_text_edited_after_a_decision_is_noticed(database: Database, case_id: int) -> None:
    case = do(database, case_id, 1, Act(Verb.NOTE, text="read it"))
    assert not text_changed_since(case)
    place, edited = intake(database), FoundMention(case.mention.external_id, "much worse", published_at=NOON)
    with database.write() as session:
        moved = Intake(place.source_id, "Fjord", 1, LATER + timedelta(hours=1))
        apply_changes(session, moved, [Update(edited, content_digest(edited))], {})
    case = do(database, case_id, 2, Act(Verb.UNDO), at=LATER + timedelta(hours=2))
    assert not text_changed_since(case), "nobody has decided anything any more"
    case = do(database, case_id, 3, Act(Verb.NOTE, text="read it again"), at=LATER + timedelta(minutes=1))
    assert text_changed_since(case)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=20), "20 s ago"),
        (timedelta(minutes=3, seconds=59), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=12), "12 days ago"),
    ],
)
def test_spans_as_people_say_them(span: timedelta, said: str) -> None:
    assert ago(span) == said


class CaseMachine(RuleBasedStateMachine):
    """Random people doing random things to one case; the model beside it counts what was accepted."""

    database: Database

    @initialize()
    def open_case(self) -> None:
        self.case_id = flagged(self.database)
        self.version, self.clock = 1, NOON
        self.logged: list[tuple[int, str]] = []

    def tick(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    actors = st.sampled_from(["dana", "lee"])
    acts = st.one_of(
        st.builds(Act, st.just(Verb.ASSIGN), to=st.sampled_from(["dana", "lee", ""])),
        st.builds(Act, st.just(Verb.NOTE), text=st.sampled_from(["", "called", "\x00"])),
        st.builds(Act, st.just(Verb.DISMISS), reason=st.sampled_from(Dismissal), says=st.sampled_from(Label)),
        st.builds(Act, st.just(Verb.SNOOZE), until=st.just(NOON + timedelta(minutes=15))),
        st.builds(Act, st.sampled_from([Verb.RESOLVE, Verb.WAIT, Verb.REOPEN, Verb.UNASSIGN, Verb.UNDO])),
        st.builds(Act, st.sampled_from([Verb.TAG, Verb.UNTAG]), tag=st.sampled_from(["vip", "#Hotel  bill", " "])),
        st.builds(Act, st.just(Verb.PRIORITY), severity=st.sampled_from(Severity)),
        st.builds(Act, st.sampled_from([Verb.ESCALATE, Verb.CONFIRM]), to=st.sampled_from(["", "lea"])),
        st.builds(Act, st.sampled_from([Verb.REPLY, Verb.TELL]), text=st.sampled_from(["", "we mended it"])),
        st.builds(
            Act,
            st.just(Verb.REMEDY),
            remedy=st.sampled_from(Remedy),
            amount=st.sampled_from(["", "12,50"]),
            currency=st.just("nok"),
        ),
        st.builds(Act, st.just(Verb.OUTCOME), outcome=st.sampled_from(Outcome)),
    )

    @rule(what=acts, actor=actors)
    def somebody_acts(self, what: Act, actor: str) -> None:
        try:
            case = do(self.database, self.case_id, self.version, what, actor, self.tick())
        except NotAllowed:
            return
        self.version += 1
        assert case.version == self.version

    @precondition(lambda self: self.version > 1)
    @rule(what=acts, behind=st.integers(1, 3))
    def somebody_acts_on_what_was(self, what: Act, behind: int) -> None:
        with pytest.raises(Conflict):
            do(self.database, self.case_id, max(0, self.version - behind), what, "late", self.tick())

    @rule()
    def the_pipeline_wakes(self) -> None:
        with self.database.write() as session:
            woken = wake_snoozed(session, self.tick())
        self.version += self.case_id in woken

    @rule(how=st.sampled_from(Returned))
    def the_author_is_back(self, how: Returned) -> None:
        at, before = self.tick(), stands(self.database, self.case_id)
        back = AuthorBack(self.case_id, self.version, "Fjord", before.severity, before.closed_at, how)
        try:
            with self.database.write() as session:
                assert bring_back(session, back, at + timedelta(hours=4), at + timedelta(hours=2), at)
        except NotAllowed:
            assert before.status not in AT_REST
            return
        after = stands(self.database, self.case_id)
        self.version += 1
        assert (after.returned, after.closed_at, after.snoozed_until) == (how, None, None)
        assert (after.due_at != before.due_at) == (before.closed_at is not None)
        assert after.first_due_at == (before.first_due_at or before.due_at if before.closed_at else before.first_due_at)

    @rule()
    def nobody_touched_it(self) -> None:
        with self.database.write() as session:
            given = [each for each in untouched(session) if each.id == self.case_id]
            assert all(give_back(session, each, "lea", self.tick()) for each in given)
        self.version += len(given)
        assert not given or stands(self.database, self.case_id).assignee is None

    @invariant()
    def an_offer_has_an_outcome_and_money_a_currency(self) -> None:
        case = stands(self.database, self.case_id)
        assert (case.remedy is None) == (case.remedy_outcome is None)
        assert (case.remedy_amount is None) == (case.remedy_currency is None)
        assert case.remedy is not Remedy.COMPENSATION or case.remedy_amount == "12.50"
        assert case.returned is None or case.status in {CaseStatus.OPEN, CaseStatus.ASSIGNED}

    @invariant()
    def tags_are_those_that_the_log_leaves(self) -> None:
        with self.database.read() as session:
            events, tags = events_of(session, self.case_id), tags_of(session, self.case_id)
        gone, left = withdrawn(events), set[str]()
        for event in events:
            if event.id not in gone and event.action in {"tagged", "untagged"}:
                (left.add if event.action == "tagged" else left.discard)(event.detail["tag"])
        assert set(tags) == left

    @invariant()
    def every_change_is_counted_and_logged(self) -> None:
        case = stands(self.database, self.case_id)
        with self.database.read() as session:
            events = [(event.id, event.action) for event in events_of(session, self.case_id)]
        assert case.version == self.version == len(events)
        assert events[: len(self.logged)] == self.logged, "events never vanish nor change"
        self.logged = events

    @invariant()
    def a_case_is_closed_when_it_is_done_and_only_then(self) -> None:
        case = stands(self.database, self.case_id)
        assert (case.closed_at is not None) == (case.status in DONE)
        assert (case.dismissal is not None) == (case.status is CaseStatus.DISMISSED)
        assert (case.snoozed_until is not None) == (case.status is CaseStatus.SNOOZED)
        assert case.status is not CaseStatus.ASSIGNED or case.assignee
        assert case.status is not CaseStatus.OPEN or case.assignee is None

    @invariant()
    def a_response_is_never_after_the_last_decision(self) -> None:
        case = stands(self.database, self.case_id)
        assert case.first_response_at is None or case.decided_at is not None
        assert case.first_response_at is None or case.decided_at is None or case.first_response_at <= case.decided_at


@pytest.mark.slow
def test_random_work_keeps_every_promise(database: Database) -> None:
    machine = type("Machine", (CaseMachine,), {"database": database})
    few = settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=few)


@pytest.fixture
def tell(database: Database, case_id: int) -> Callable[[Act], str]:
    def tell(what: Act) -> str:
        do(database, case_id, stands(database, case_id).version, what)
        with database.read() as session:
            return told(events_of(session, case_id)[-1])

    return tell


def test_events_are_told_as_sentences(tell: Callable[[Act], str]) -> None:
    assert tell(Act(Verb.ASSIGN, to="{lee}")) == "assigned this to {lee}"
    assert tell(Act(Verb.UNASSIGN)) == "took {lee} off this"
    assert tell(Act(Verb.DISMISS, reason=Dismissal.NOT_ABOUT_US)) == "dismissed this as not about us"
    assert tell(Act(Verb.UNDO)) == "undid their last change to this"
    assert tell(Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE)) == "dismissed this as not negative"
    assert tell(Act(Verb.REOPEN)) == "reopened this"
    praise = Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.POSITIVE)
    assert tell(praise) == "dismissed this as praise"
