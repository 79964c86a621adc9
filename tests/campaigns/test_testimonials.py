import csv
import json
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from campaigns.consent import Act, named, record_grant, record_revocation
from campaigns.exports import MENTION_COLUMNS, export_mentions, export_testimonials
from campaigns.files import Format
from campaigns.testimonials import COLUMNS, HeldBack, held_back
from earful.errors import ConfigError
from earful.values import Label, Severity, SourceState
from models.case import Case, CaseStatus, Correction
from models.consent import ConsentState
from models.database import Database
from models.mention import Mention, StoredReading
from models.outgoing import Candidate

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOTH = (Format.CSV, Format.JSONL)
Put = Callable[..., int]
ADA = named("Brygvell", "reviews", "Ada")
GRANT = Act("mia", NOON, "ticket 4711")

ALLOWED = Candidate(
    mention_id=1, external_id="1", brand="Brygvell", source="reviews", title="", text="So good.", author="Ada",
    rating=5, published_at=NOON, url=None, state=SourceState.LIVE, text_changed_at=None, language="en",
    consent=ConsentState.GRANTED, consent_proof="ticket", consent_changed_at=NOON, consent_expires_at=None,
    consent_version=1, corrected_label=None, corrected_about_us=None, has_open_case=False,
)  # fmt: skip
NO_CONSENT = {"consent": None, "consent_proof": None, "consent_changed_at": None, "consent_version": None}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"state": SourceState.EDITED, "text_changed_at": NOON}, None),
        ({"consent_expires_at": NOON + 2 * HOUR}, None),
        ({"corrected_label": Label.POSITIVE, "corrected_about_us": True}, None),
        ({"state": SourceState.DELETED}, HeldBack.DELETED),
        ({"author": None}, HeldBack.NO_AUTHOR),
        (NO_CONSENT, HeldBack.NO_CONSENT),
        ({"consent": ConsentState.REVOKED}, HeldBack.REVOKED),
        ({"consent_expires_at": NOON + HOUR}, HeldBack.EXPIRED),
        ({"text_changed_at": NOON + timedelta(seconds=1)}, HeldBack.EDITED),
        ({"has_open_case": True}, HeldBack.OPEN_CASE),
        ({"corrected_label": Label.NEGATIVE, "corrected_about_us": True}, HeldBack.CORRECTED),
        ({"corrected_label": Label.NEUTRAL, "corrected_about_us": True}, HeldBack.CORRECTED),
        ({"corrected_about_us": False}, HeldBack.CORRECTED),
    ],
)
def test_what_may_go_out(change: dict[str, object], reason: HeldBack | None) -> None:
    assert held_back(replace(ALLOWED, **change), NOON + HOUR) == reason


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_only_what_was_granted_is_written(database: Database, put: Put, tmp_path: Path) -> None:
    good = put("1", text="=So good.", title="Ja!", rating=5, url="https://example.com/1")
    put("2", author="Bo")
    put("3", author=None)
    put("4", candidate=False)
    record_grant(database, ADA, GRANT)
    done = export_testimonials(database, tmp_path, BOTH, NOON + HOUR)
    assert (done.written, done.held_back) == (1, {HeldBack.NO_AUTHOR: 1, HeldBack.NO_CONSENT: 1})
    assert lines(tmp_path / "testimonials.jsonl") == [{
        "quote": "=So good.", "title": "Ja!", "author": "Ada", "source": "reviews", "brand": "Brygvell", "rating": 5.0,
        "language": "en", "published_at": "2026-03-04T12:00:00+00:00", "url": "https://example.com/1",
        "consent_proof": "ticket 4711", "consent_granted_at": "2026-03-04T12:00:00+00:00", "mention_id": good,
        "external_id": "1",
    }]  # fmt: skip
    with (tmp_path / "testimonials.csv").open(encoding="utf-8-sig", newline="") as stream:
        header, row = csv.reader(stream)
    assert (tuple(header), row[0]) == (COLUMNS, "'=So good.")


def test_a_revocation_holds_back_what_went_out_before(database: Database, put: Put, tmp_path: Path) -> None:
    put("1")
    record_grant(database, ADA, GRANT)
    assert export_testimonials(database, tmp_path, BOTH, NOON).written == 1
    record_revocation(database, ADA, Act("mia", NOON + HOUR))
    done = export_testimonials(database, tmp_path, BOTH, NOON + HOUR)
    assert (done.written, done.held_back) == (0, {HeldBack.REVOKED: 1})
    assert lines(tmp_path / "testimonials.jsonl") == []


def test_cases_and_the_last_correction_hold_back(database: Database, put: Put, tmp_path: Path) -> None:
    with_case, finished, wrong, mended = (put(str(number)) for number in range(4))
    record_grant(database, ADA, GRANT)
    with database.write() as session:
        session.add_all([case(with_case, CaseStatus.WAITING), case(finished, CaseStatus.RESOLVED)])
        session.add_all([correction(wrong, Label.POSITIVE), correction(mended, Label.NEGATIVE)])
        session.flush()
        session.add_all([correction(wrong, Label.NEGATIVE), correction(mended, Label.POSITIVE)])
    done = export_testimonials(database, tmp_path, (Format.JSONL,), NOON)
    assert done.held_back == {HeldBack.OPEN_CASE: 1, HeldBack.CORRECTED: 1}
    assert [row["mention_id"] for row in lines(tmp_path / "testimonials.jsonl")] == [finished, mended]
    assert [path.name for path in tmp_path.glob("testimonials*")] == ["testimonials.jsonl"]


def case(mention_id: int, status: CaseStatus) -> Case:
    return Case(
        mention_id=mention_id, brand="Brygvell", status=status, severity=Severity.LOW, reasons=[], opened_at=NOON,
        due_at=NOON, version=1,
    )  # fmt: skip


def correction(mention_id: int, label: Label) -> Correction:
    return Correction(
        mention_id=mention_id, at=NOON, actor="mia", label=label, about_us=True, text="So good.", language="en"
    )


def test_one_brand_only(database: Database, put: Put, tmp_path: Path) -> None:
    put("1")
    put("2", brand="Tazzorin")
    record_grant(database, ADA, GRANT)
    assert export_testimonials(database, tmp_path, BOTH, NOON, "brygvell").written == 1
    assert export_testimonials(database, tmp_path, BOTH, NOON).written == 2
    with pytest.raises(ConfigError, match='did you mean "Brygvell"'):
        export_testimonials(database, tmp_path, BOTH, NOON, "Brygvel")


def test_everything_heard_with_its_reading(database: Database, put: Put, tmp_path: Path) -> None:
    put("1", text="-5 stars", label=Label.NEGATIVE, published_at=NOON - 48 * HOUR)
    unread = put("2", author=None)
    with database.write() as session:
        session.delete(session.get_one(StoredReading, unread))
    done = export_mentions(database, tmp_path, BOTH)
    first, second = lines(tmp_path / "mentions.jsonl")
    assert done.written == 2
    assert tuple(first) == MENTION_COLUMNS
    assert (first["text"], first["label"], first["polarity"], first["themes"]) == (
        "-5 stars",
        "negative",
        0.75,
        ["taste"],
    )
    assert (second["author"], second["label"], second["themes"]) == (None, None, None)
    assert "'-5 stars" in (tmp_path / "mentions.csv").read_text("utf-8")
    assert export_mentions(database, tmp_path, BOTH, "Brygvell", NOON - HOUR).written == 1


@pytest.mark.slow
def test_memory_does_not_grow_with_the_store(database: Database, put: Put, tmp_path: Path) -> None:
    put("0")
    with database.write() as session:
        first = session.execute(select(Mention.__table__)).mappings().one()
        rows = [{**first, "id": None, "external_id": str(n), "text": f"{n} long " * 500} for n in range(1, 6000)]
        session.execute(insert(Mention.__table__), [{k: v for k, v in row.items() if k != "id"} for row in rows])
    del rows
    tracemalloc.start()
    try:
        done = export_mentions(database, tmp_path, (Format.JSONL,))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = (tmp_path / "mentions.jsonl").stat().st_size
    assert done.written == 6000
    assert peak < size / 3


def test_the_documentation_names_every_column_and_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")
    testimonials, mentions = page.split("## Mentions")
    listed = testimonials.split("The columns")[1]
    assert [name for name in re.findall(r"`(\w+)`", listed) if name != "und"] == list(COLUMNS)
    assert [name for name in re.findall(r"`(\w+)`", mentions) if name in MENTION_COLUMNS][-6:] == list(MENTION_COLUMNS)[
        -6:
    ]
    assert set(MENTION_COLUMNS) <= set(re.findall(r"`(\w+)`", mentions))
    for reason in HeldBack:
        assert f"| {reason.value} | `{reason.name.lower()}` |" in testimonials
