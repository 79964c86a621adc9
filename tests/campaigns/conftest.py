"""A little store to grant, hold back and export from."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from earful.values import Label, MentionKind, SourceState
from models.consent import Testimonial
from models.database import Database
from models.mention import Mention, Source, Stage, StoredReading
from models.run import Run, RunKind, RunStatus

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

Put = Callable[..., int]


@pytest.fixture
def source_id(database: Database) -> int:
    with database.write() as session:
        source = Source(brand="Brygvell", name="reviews", type="file", cursor={}, fingerprint="f")
        run = Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON)
        session.add_all([source, run])
        session.flush()
        return source.id


@pytest.fixture
def put(database: Database, source_id: int) -> Put:
    """Stores one read mention, by default a praise by Ada; `candidate` makes it a testimonial. Returns its id."""

    def store(external_id: str, *, candidate: bool = True, label: Label = Label.POSITIVE, **fields: Any) -> int:
        given: dict[str, Any] = {
            "brand": "Brygvell", "subject": "Brygvell", "kind": MentionKind.REVIEW, "title": "", "text": "So good.",
            "author": "Ada", "published_at": NOON, "undated": False, "state": SourceState.LIVE, "digest": "d",
            "stage": Stage.JUDGED, "first_seen_at": NOON, "checked_at": NOON, "run_id": 1, "source_id": source_id,
            "external_id": external_id, **fields,
        }  # fmt: skip
        with database.write() as session:
            mention = Mention(**given)
            session.add(mention)
            session.flush()
            session.add(_reading(mention.id, label))
            if candidate:
                session.add(Testimonial(mention_id=mention.id, brand=given["brand"], found_at=NOON))
            return mention.id

    return store


def _reading(mention_id: int, label: Label) -> StoredReading:
    return StoredReading(
        mention_id=mention_id, language="en", language_confidence=1.0, label=label, polarity=0.75, confidence=0.9,
        evidence=[], themes=["taste"], reader="vader", version="1", read_at=NOON,
    )  # fmt: skip
