"""No page looks through a whole table: the plan of every query that the queue and a case make, on both databases."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from earful.values import Label, Severity
from models.bulk import told_batch
from models.caseview import events_of, view_case
from models.database import Database
from models.heard import MentionFilter, list_mentions
from models.lines import CaseLine, list_lines
from models.place import MentionPlace, Place
from models.presence import present
from models.queue import (
    CaseFilter,
    Desk,
    View,
    choices,
    count_cases,
    count_done,
    count_views,
    in_view,
    list_cases,
    marks,
)
from models.rejected import list_rejected
from models.runs import recent_runs
from models.samples import count_samples, list_samples
from models.similar import group_new, others_alike
from models.views import saved_views
from tests.plans import watched, whole_tables

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DESK = Desk("dana", NOW, NOW + timedelta(hours=9))
PLACE = Place(Severity.HIGH, NOW, 7)
FILTERS = (
    CaseFilter(),
    CaseFilter(brand="a", source="b", severity=Severity.LOW, language="no", label=Label.NEGATIVE, theme="price"),
    CaseFilter(assignee="dana", opened_from=NOW, text="bag OR (lost* -found)", upto=9),
    CaseFilter(alike=3),
)
HEARD = (
    MentionFilter(),
    MentionFilter(brand="a"),
    MentionFilter(source="b"),
    MentionFilter(language="no"),
    MentionFilter(text="bag lost*"),
    MentionFilter(brand="a", label=Label.POSITIVE, language="no", text="bag"),
)
GROUPED = CaseLine._make([1, *[None] * 10, 1, *[None] * 12])  # a case of the first group
Ask = Callable[[Session], object]


def asked() -> Iterator[tuple[str, Ask]]:
    for view in View:
        for wanted in FILTERS:
            yield f"{view} {wanted}", lambda s, v=view, w=wanted: list_lines(s, in_view(v, DESK, w), 50, PLACE)  # type: ignore[misc]
            yield f"api {view} {wanted}", lambda s, v=view, w=wanted: list_cases(s, in_view(v, DESK, w), 50, PLACE)  # type: ignore[misc]
    for wanted in FILTERS:
        yield f"counts {wanted}", lambda s, w=wanted: count_views(s, w, DESK, count_done(s, w))  # type: ignore[misc]
        yield f"new {wanted}", lambda s, w=wanted: count_cases(s, CaseFilter(w.brand, above=5))  # type: ignore[misc]
    for heard in HEARD:
        yield f"{heard}", lambda s, h=heard: list_mentions(s, h, 50, MentionPlace(NOW, 7))  # type: ignore[misc]
    yield "case", lambda s: view_case(s, 1)
    yield "events", lambda s: events_of(s, 1)
    yield "choices", choices
    yield "alike", lambda s: others_alike(s, [GROUPED])
    yield "group", lambda s: group_new(s, [1])
    yield "here", lambda s: present(s, [1, 2], "dana", NOW)
    yield "batch", lambda s: told_batch(s, "x", "dana")
    yield "views", lambda s: saved_views(s, "dana")
    yield "samples", lambda s: (list_samples(s, 9), count_samples(s), count_samples(s, "a"))
    yield "marks", lambda s: (marks(s), recent_runs(s), list_rejected(s, limit=50))


ASKED = dict(asked())


@pytest.fixture
def one_case(database: Database) -> None:
    """A case with an author and a thread, so that every query around it is made."""
    with database.write() as session:
        for statement in ONE_CASE:
            session.execute(text(statement))


ONE_CASE = (
    "INSERT INTO runs (id, kind, status, started_at, beat_at) VALUES (1, 'collect', 'ok', '2026-03-04', '2026-03-04')",
    "INSERT INTO sources (id, brand, name, type, cursor, fingerprint) VALUES (1, 'a', 'b', 'rss', '{}', 'f')",
    """INSERT INTO mentions (id, source_id, external_id, brand, subject, kind, title, text, author, published_at,
        undated, state, digest, stage, first_seen_at, checked_at, run_id, thread_id)
        VALUES (1, 1, 'x', 'a', 'a', 'post', '', 't', 'kim', '2026-03-04', false,
        'live', 'd', 'judged', '2026-03-04', '2026-03-04', 1, 'x')""",
    """INSERT INTO cases (id, mention_id, brand, status, severity, reasons, opened_at, due_at, version)
        VALUES (1, 1, 'a', 'open', 1, '[]', '2026-03-04', '2026-03-05', 1)""",
)


@pytest.mark.slow
def test_every_query_has_an_index(database: Database, one_case: None) -> None:
    for name, ask in ASKED.items():
        with watched(database) as seen, database.read() as session:
            ask(session)
        assert seen, name
        assert whole_tables(database, seen) == [], name
