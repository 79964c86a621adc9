import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from connectors.hackernews import HackerNewsSettings
from earful.clock import now
from earful.configfile import Configuration
from earful.errors import ConfigError, SourceIll
from earful.values import Answer, FoundMention, Label, Rejected, SourceState
from flows.steps.jobs import Job, jobs
from flows.steps.read import ReadCount
from flows.steps.report import SourceReport
from flows.steps.whole import Nobody, run_here
from models import judging
from models.case import Case, CaseEvent, CaseStatus, Correction
from models.database import Database
from models.mention import Mention, RejectedRecord, Source, StoredReading
from models.outgoing import candidates
from models.queue import CaseFilter, stream_cases
from models.run import RunStatus
from models.runs import recent_runs

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
LATE = FoundMention("1", "Fjellkopp: awful, three weeks late and no reply", author="kari", published_at=WHEN)
NICE = FoundMention("2", "I love my Fjellkopp mug, best gift ever", author="ola", published_at=WHEN)
RIVAL = FoundMention("3", "Kaffehuset burnt my beans, terrible", author="per", published_at=WHEN)
OTHER = FoundMention("4", "The weather in Bergen", author="liv", published_at=WHEN)
BROKEN = Rejected("row 5", "the date can't be read", "raw,row", key="5")


def forum(config: Configuration) -> list[Job]:
    return jobs(config.settings, source="forum")


def go(database: Database, config: Configuration) -> tuple[SourceReport, Any]:
    report = run_here(database, config, forum(config))
    return report.sources[0], report


def stored(database: Database) -> dict[str, Mention]:
    with database.read() as session:
        return {mention.external_id: mention for mention in session.scalars(select(Mention))}


def numbers(source: SourceReport) -> dict[str, int]:
    return {name: count for name, count in source.counts.items() if count and name != "requests"}


def adds_up(source: SourceReport) -> bool:
    n = source.counts
    return (
        n["fetched"] == n["seen"] + n["off_query"] + n["repeated"]
        and n["seen"] == n["new"] + n["edited"] + n["unchanged"] + n["rejected"] + n["vanished"]
    )


@pytest.mark.slow
def test_the_whole_line(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[LATE, NICE], [RIVAL, OTHER, LATE, BROKEN]]
    source, report = go(database, config)
    assert source.status is RunStatus.OK
    assert numbers(source) == {"fetched": 6, "off_query": 1, "repeated": 1, "seen": 4, "new": 3, "rejected": 1}
    assert adds_up(source)
    assert (report.count, report.flagged) == (ReadCount(3), 1)
    assert {key: mention.subject for key, mention in stored(database).items()} == {
        "1": "Fjellkopp",
        "2": "Fjellkopp",
        "3": "Kaffehuset",
    }
    with database.read() as session:
        case = session.scalars(select(Case)).one()
        assert {reason["code"] for reason in case.reasons} == {"negative", "complaint"}
        assert session.scalars(select(RejectedRecord)).one().raw == "raw,row"


@pytest.mark.slow
def test_a_second_run_adds_nothing_and_says_so(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[LATE, NICE, BROKEN]]
    go(database, config)
    with database.write() as session:
        session.scalars(select(Source)).one().cursor = {}
    source, report = go(database, config)
    assert numbers(source) == {"fetched": 3, "seen": 3, "unchanged": 2, "rejected": 1}
    assert (report.count.read, report.flagged) == (0, 0)
    with database.read() as session:
        assert len(session.scalars(select(RejectedRecord)).all()) == 1


def test_a_run_goes_on_from_the_cursor(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[LATE]]
    go(database, config)
    script.pages.append([NICE])
    source, _ = go(database, config)
    assert script.cursors == [{}, {"page": 1}]
    assert numbers(source) == {"fetched": 1, "seen": 1, "new": 1}


def test_of_what_one_run_flags_the_newer_post_comes_first(
    database: Database, config: Configuration, script: Any
) -> None:
    september, october, november = (
        replace(LATE, external_id=f"{m}", published_at=WHEN.replace(month=m)) for m in (9, 10, 11)
    )
    script.pages = [[october, november], [september]]
    go(database, config)
    with database.read() as session:
        assert [case.mention.external_id for case in stream_cases(session, CaseFilter())] == ["11", "10", "9"]


def test_a_run_that_somebody_stops_says_so_and_the_next_goes_on(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[LATE], [NICE]]
    stop_at("page", database, config)
    with database.read() as session:
        (stopped,) = recent_runs(session)
    assert (stopped.status, [entry.status for entry in stopped.coverage]) == (
        RunStatus.INTERRUPTED,
        [RunStatus.INTERRUPTED],
    )
    assert stopped.finished_at is not None
    assert stopped.finished_at >= stopped.started_at
    source, report = go(database, config)
    assert numbers(source) == {"fetched": 1, "seen": 1, "new": 1}
    assert report.count.read == 2


def test_stopped_once_all_sources_are_read_the_ledger_keeps_saying_so(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[LATE]]
    stop_at("step", database, config)
    with database.read() as session:
        (stopped,) = recent_runs(session)
    assert (stopped.status, [entry.status for entry in stopped.coverage]) == (RunStatus.OK, [RunStatus.OK])


def stop_at(sign: str, database: Database, config: Configuration) -> None:
    """A run that somebody stops at the first sign of something."""
    watcher = type("Impatient", (Nobody,), {sign: impatient})()
    with pytest.raises(KeyboardInterrupt):
        run_here(database, config, forum(config), watcher=watcher)


def impatient(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_changed_query_starts_the_source_over(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[LATE, OTHER]]
    go(database, config)
    brand = config.settings.brands[0].model_copy(update={"query": "fjellkopp OR weather"})
    changed = replace(config, settings=config.settings.model_copy(update={"brands": (brand,)}))
    source, _ = go(database, changed)
    assert script.cursors[-1] == {}
    assert numbers(source) == {"fetched": 2, "seen": 2, "new": 1, "unchanged": 1}


def test_an_edit_is_read_again_and_undoes_no_decision(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[LATE]]
    go(database, config)
    with database.write() as session:
        case = session.scalars(select(Case)).one()
        case.decided_at, before = WHEN, case.reasons
        case.status, case.assignee, case.closed_at = CaseStatus.RESOLVED, "kari", WHEN
        lesson = {"at": WHEN, "actor": "kari", "about_us": True, "language": "en", "text": LATE.text}
        session.add(Correction(mention_id=case.mention_id, label=Label.NEGATIVE, was=Label.NEUTRAL, **lesson))
    script.pages.append([replace(LATE, text="Fjellkopp: they called, all is good now, great people")])
    source, _ = go(database, config)
    assert numbers(source) == {"fetched": 1, "seen": 1, "edited": 1}
    with database.read() as session:
        mention = session.scalars(select(Mention)).one()
        assert mention.state is SourceState.EDITED
        assert mention.text_changed_at is not None
        assert session.get_one(StoredReading, mention.id).polarity > 0
        after = session.scalars(select(Case)).one()
        assert (after.status, after.assignee, after.closed_at) == (CaseStatus.RESOLVED, "kari", WHEN)
        assert after.reasons == before
        assert session.scalars(select(Correction)).one().label is Label.NEGATIVE


def test_what_a_person_called_praise_outlasts_an_edit_and_what_the_reader_did_does_not(
    database: Database, config: Configuration, script: Any
) -> None:
    def say(external_id: str, label: Label | None) -> None:
        with database.write() as session:
            mention = judging.held(session, stored(database)[external_id].id)
            judging.correct(session, mention, "kim", WHEN, label=label, about_us=True)

    def noted() -> set[str]:
        with database.read() as session:
            return {each.external_id for each in candidates(session)}

    best = replace(NICE, external_id="5", author="kim")
    script.pages = [[NICE, best, LATE]]
    go(database, config)
    assert noted() == {"2", "5"}
    say("1", Label.POSITIVE)
    say("5", Label.POSITIVE)
    assert noted() == {"1", "2", "5"}
    script.pages.append([replace(each, text="Fjellkopp opens at nine") for each in (NICE, best, LATE)])
    go(database, config)
    assert noted() == {"1", "5"}
    say("1", None)
    say("5", None)
    assert noted() == set()


def test_an_answer_at_the_source_keeps_the_promise_and_edits_nothing(
    database: Database, config: Configuration, script: Any
) -> None:
    said = Answer("Sorry, Kari! It is on its way.")
    script.pages = [[LATE, replace(NICE, answer=said)]]
    go(database, config)
    script.pages.append([replace(LATE, answer=said)])
    source, _ = go(database, config)
    assert numbers(source) == {"fetched": 1, "seen": 1, "unchanged": 1}
    with database.read() as session:
        case = session.scalars(select(Case)).one()
        event = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(1)).one()
        mention = session.get_one(Mention, case.mention_id)
    assert (mention.answer, mention.state, mention.text_changed_at) == (said.text, SourceState.LIVE, None)
    assert (case.status, case.first_response_at) == (CaseStatus.OPEN, mention.answered_at)
    assert (event.action, event.actor) == ("answered", "earful")
    go(database, config)
    script.pages.append([replace(LATE, text="", author=None, state=SourceState.DELETED)])
    go(database, config)
    with database.read() as session:
        assert session.get_one(Mention, mention.id).answer is None
        assert session.get_one(Case, case.id).version == case.version


def test_a_case_that_was_answered_before_it_was_opened_waits_for_no_answer(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[replace(LATE, answer=Answer("Sorry!", WHEN))]]
    go(database, config)
    with database.read() as session:
        case = session.scalars(select(Case)).one()
    assert case.first_response_at == case.opened_at


def test_what_its_author_took_away_goes_and_its_count_stays(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[LATE]]
    go(database, config)
    with database.write() as session:
        mention = session.scalars(select(Mention)).one()
        lesson = {"mention_id": mention.id, "at": WHEN, "actor": "dana", "about_us": True, "language": "en"}
        session.add(Correction(**lesson, label=None, was=None, text=mention.text))
    script.pages.append([replace(LATE, text="", author=None, state=SourceState.DELETED)])
    source, _ = go(database, config)
    assert numbers(source) == {"fetched": 1, "seen": 1, "vanished": 1}
    with database.read() as session:
        mention = session.scalars(select(Mention)).one()
        assert (mention.text, mention.title, mention.author, mention.state) == ("", "", None, SourceState.DELETED)
        assert session.scalars(select(StoredReading)).all() == []
        assert session.scalars(select(Correction)).one().text == ""
        assert {reason["detail"] for reason in session.scalars(select(Case)).one().reasons} == {""}


def test_an_item_found_already_gone_leaves_only_its_count(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[replace(LATE, title="Fjellkopp is late", text="[deleted]", state=SourceState.DELETED)]]
    source, report = go(database, config)
    assert numbers(source) == {"fetched": 1, "seen": 1, "new": 1}
    assert (stored(database)["1"].title, stored(database)["1"].text) == ("", "")
    assert report.count.read == 0


def test_a_failing_source_is_told_and_keeps_what_it_gave(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages, script.ends_with = [[LATE]], SourceIll("the forum answers 503")
    source, report = go(database, config)
    assert source.status is RunStatus.PARTIAL
    assert source.error == "the forum answers 503"
    assert source.may_have_missed[0]["reason"] == "source_ill"
    assert (numbers(source)["new"], report.flagged) == (1, 1)
    script.ends_with = None
    assert go(database, config)[0].status is RunStatus.OK


def test_a_source_that_gives_nothing_and_fails_is_not_nothing_new(
    database: Database, config: Configuration, script: Any
) -> None:
    script.ends_with = SourceIll("the forum does not answer")
    source, report = go(database, config)
    assert source.status is RunStatus.FAILED
    assert not report.complete


def test_a_source_without_its_secret_is_told_and_stops_no_other(
    database: Database, config: Configuration, script: Any
) -> None:
    script.ends_with = ConfigError("EARFUL_X is not set")
    source, _ = go(database, config)
    assert (source.status, source.error) == (RunStatus.FAILED, "EARFUL_X is not set")
    assert source.may_have_missed[0]["reason"] == "blocked"


def test_a_bug_in_one_source_is_a_result_and_stops_no_other(
    database: Database, config: Configuration, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script.pages, script.ends_with = [[LATE]], ZeroDivisionError("oh")
    source, report = go(database, config)
    assert source.status is RunStatus.PARTIAL
    assert "ZeroDivisionError: oh" in (source.error or "")
    assert report.flagged == 1
    assert "Traceback" in caplog.text


def test_an_export_that_lists_an_edit_after_the_original_edits_nothing_when_read_again(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[LATE, replace(LATE, text="Fjellkopp: they called")]]
    assert numbers(go(database, config)[0]) == {"fetched": 2, "repeated": 1, "seen": 1, "new": 1}
    with database.write() as session:
        session.scalars(select(Source)).one().cursor = {}
    assert numbers(go(database, config)[0]) == {"fetched": 2, "repeated": 1, "seen": 1, "unchanged": 1}
    assert stored(database)["1"].text == "Fjellkopp: they called"


@pytest.mark.slow
def test_an_edit_that_takes_the_complaint_away_says_so_on_an_untouched_case(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[LATE]]
    go(database, config)
    script.pages.append([replace(LATE, text="Fjellkopp: a mug")])
    go(database, config)
    with database.read() as session:
        assert [reason["code"] for reason in session.scalars(select(Case)).one().reasons] == ["edited"]


def test_an_item_dated_ahead_counts_as_undated_and_that_is_told(
    database: Database, config: Configuration, script: Any
) -> None:
    at = now()
    dates = {"ahead": timedelta(days=30), "tomorrow": timedelta(hours=23), "today": timedelta(0)}
    script.pages = [
        [replace(LATE, external_id=key, published_at=at + ahead) for key, ahead in dates.items()],
        [replace(LATE, external_id="next page", published_at=at + timedelta(days=400))],
        [replace(LATE, external_id="answered", answer=Answer("Sorry!", at + timedelta(days=30)))],
    ]
    source, _ = go(database, config)
    kept = stored(database)
    assert {key for key, mention in kept.items() if mention.undated} == {"ahead", "next page"}
    assert max(mention.published_at for mention in kept.values()) == kept["tomorrow"].published_at
    assert (kept["answered"].answered_at or at) < now()
    assert [note for note in source.notes if "dated more than a day ahead" in note] == list(source.notes)
    assert len(source.notes) == 1
    assert source.status is RunStatus.OK


def test_an_undated_item_is_dated_by_its_first_sighting_and_marked(
    database: Database, config: Configuration, script: Any
) -> None:
    script.pages = [[replace(LATE, published_at=None)]]
    go(database, config)
    mention = stored(database)["1"]
    assert mention.undated
    assert mention.published_at == mention.first_seen_at


def test_a_snoozed_case_wakes_with_the_next_run(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[LATE]]
    go(database, config)
    with database.write() as session:
        case = session.scalars(select(Case)).one()
        case.status, case.snoozed_until = CaseStatus.SNOOZED, WHEN
    go(database, config)
    with database.read() as session:
        assert session.scalars(select(Case)).one().status is CaseStatus.OPEN


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 5])
def test_text_that_no_database_likes_is_stored(
    database: Database, config: Configuration, script: Any, size: int
) -> None:
    hard = "Fjellkopp \u202e🤬 عربى ไทย \x07 =1+1 <script>" * size
    script.pages = [[replace(LATE, text=hard)]]
    go(database, config)
    assert stored(database)["1"].text == hard


class Ill(BaseHTTPRequestHandler):
    """A server that is ill, and says so."""

    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def ill() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ill)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_requests_of_a_source_that_fails_at_once_are_counted(
    database: Database, config: Configuration, ill: str
) -> None:
    source = HackerNewsSettings(type="hackernews", name="forum", base_url=ill)
    brand = config.settings.brands[0].model_copy(update={"sources": (source,)})
    config = replace(config, settings=config.settings.model_copy(update={"brands": (brand,)}))
    told, _ = go(database, config)
    assert (told.status, told.counts["requests"], told.counts["fetched"]) == (RunStatus.FAILED, 1, 0)
