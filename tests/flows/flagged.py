"""A little store with flagged mentions, and a configuration to work on it: for notify, recheck and clean-up."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from earful.configfile import Configuration
from earful.secrets import Secrets
from earful.settings import Settings
from earful.values import FoundMention, MentionKind, Severity, SourceState
from models.case import Case, CaseStatus
from models.changes import content_digest
from models.database import Database
from models.mention import Mention, Source, Stage
from models.run import Run, RunKind, RunStatus

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., Configuration]:
    """Makes a configuration of these settings and secrets, with the brand Brygvell where none is given."""

    def make(secrets: dict[str, str] | None = None, **settings: Any) -> Configuration:
        given = {"brands": [{"name": "Brygvell"}], **settings}
        return Configuration(
            Settings.model_validate(given), tmp_path, Secrets(tmp_path, secrets or {}), tmp_path / "earful.toml"
        )

    return make


@pytest.fixture
def source_id(database: Database) -> int:
    with database.write() as session:
        source = Source(brand="Brygvell", name="reviews", type="fake", cursor={"page": 3}, fingerprint="f")
        session.add(source)
        session.add(Run(kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON, finished_at=NOON))
        session.flush()
        return source.id


@pytest.fixture
def put(database: Database, source_id: int) -> Callable[..., int]:
    """Stores one judged mention. Returns its id."""

    def store(external_id: str, **fields: Any) -> int:
        found = FoundMention(external_id, fields.get("text", "It broke."), fields.get("title", ""))
        given: dict[str, Any] = {
            "brand": "Brygvell", "subject": "Brygvell", "kind": MentionKind.REVIEW, "title": "", "text": "It broke.",
            "author": "Ada", "published_at": NOON, "undated": False, "state": SourceState.LIVE,
            "digest": content_digest(found), "stage": Stage.JUDGED, "first_seen_at": NOON, "checked_at": NOON,
            "run_id": 1, "source_id": source_id, "external_id": external_id, **fields,
        }  # fmt: skip
        with database.write() as session:
            mention = Mention(**given)
            session.add(mention)
            session.flush()
            return mention.id

    return store


@pytest.fixture
def flag(database: Database, put: Callable[..., int]) -> Callable[..., int]:
    """Stores one mention with a case. Returns the case's id."""

    def store(
        external_id: str, severity: Severity = Severity.HIGH, status: CaseStatus = CaseStatus.OPEN, **fields: Any
    ) -> int:
        mention_id = put(external_id, **fields)
        with database.write() as session:
            case = Case(
                mention_id=mention_id, brand=fields.get("brand", "Brygvell"), status=status, severity=severity,
                reasons=[], opened_at=NOON, due_at=NOON, version=1,
            )  # fmt: skip
            session.add(case)
            session.flush()
            return case.id

    return store
