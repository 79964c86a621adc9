"""What readings have been about, on both databases."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from earful.values import FoundMention, Label, Reading
from models.changes import Insert, content_digest
from models.database import Database
from models.mention import Mention
from models.pipeline import save_readings
from models.run import Run, RunKind, RunStatus
from models.store import Intake, apply_changes, source_row
from models.themes import known_themes, themes_of, without_theme

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_themes_are_counted_and_what_touches_none_is_found(database: Database) -> None:
    said = {
        "a": (Label.NEGATIVE, ("product quality", "safety")),
        "b": (Label.POSITIVE, ("delivery",)),
        "c": (Label.NEUTRAL, ()),
        "d": (Label.NEGATIVE, ()),
        "e": (Label.POSITIVE, ()),
    }
    with database.write() as session:
        session.add(Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON))
        session.flush()
        intake = Intake(source_row(session, "Fjord", "forum", "rss", "f").id, "Fjord", 1, NOON)
        items = [FoundMention(key, f"text {key}", published_at=NOON) for key in said]
        apply_changes(session, intake, [Insert(item, content_digest(item)) for item in items], {})
        ids = {key: id_ for id_, key in session.execute(select(Mention.id, Mention.external_id)).tuples()}
        readings = {
            ids[key]: Reading("en", label, 0.0, 0.9, "default", "1", themes=themes)
            for key, (label, themes) in said.items()
        }
        digests = {ids[item.external_id]: content_digest(item) for item in items}
        save_readings(session, readings, digests, NOON)
    with database.read() as session:
        assert known_themes(session) == ["delivery", "product quality", "safety"]
        assert [one.text for one in without_theme(session, "Fjord", 9)] == ["text d", "text c"]
        before, after = NOON - timedelta(days=1), NOON + timedelta(days=1)
        told = {tuple(themes): label for themes, label in themes_of(session, "Fjord", before)}
        assert told == {("product quality", "safety"): Label.NEGATIVE, ("delivery",): Label.POSITIVE}
        assert themes_of(session, None, after) == []
