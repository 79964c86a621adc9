"""The shipped sample goes through the real line as its truth says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.registry import source_types
from earful.configfile import load
from earful.configplace import SAMPLE_CONFIG
from earful.values import Label, Severity
from flows.steps.jobs import jobs
from flows.steps.report import RunReport
from flows.steps.whole import run_here
from models import consent
from models.case import Case
from models.database import Database
from models.mention import Mention, StoredReading

pytestmark = pytest.mark.slow

TRUTH: dict[str, Any] = json.loads((Path(__file__).parents[1] / "sample" / "truth.json").read_text("utf-8"))["files"]
ITEMS: dict[str, Any] = TRUTH["mentions.jsonl"]["items"] | TRUTH["reviews.csv"]["items"]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, RunReport]]:
    """The sample, collected, read and flagged."""
    folder = tmp_path_factory.mktemp("sample")
    config = load(SAMPLE_CONFIG, source_types(), {"EARFUL_DATA_DIR": str(folder)})
    with Database(config.settings.store_url) as database:
        database.upgrade()
        yield database, run_here(database, config, jobs(config.settings))


def test_the_ledger_counts_as_the_truth_does(line: tuple[Database, RunReport]) -> None:
    for source, file in zip(line[1].sources, ("mentions.jsonl", "reviews.csv"), strict=True):
        truth = TRUTH[file]["counts"]
        assert source.counts["rejected"] == truth["rejected"]
        assert source.counts["off_query"] == truth["off_query"]
        # Of an original and its edit in one page the edit counts, and the original is a repeat.
        assert source.counts["repeated"] == truth["repeated"] + truth["edited"]
        assert source.counts["new"] == truth["good_ids"] - truth["off_query"]


def test_what_must_not_wait_is_urgent(line: tuple[Database, RunReport]) -> None:
    urgent = {key for key, item in ITEMS.items() if "urgent" in item.get("tags", ()) and item["about"] == "brand"}
    with line[0].read() as session:
        rows = session.execute(select(Mention.external_id, Case.severity).join(Case, Case.mention_id == Mention.id))
        severities = {external_id: severity for external_id, severity in rows.tuples()}
    found = {key for key in urgent if severities.get(key) is Severity.URGENT}
    assert len(found) >= len(urgent) - 1, urgent - found


def test_the_languages_are_told(line: tuple[Database, RunReport]) -> None:
    with line[0].read() as session:
        rows = session.execute(
            select(Mention.external_id, StoredReading.language).join(
                StoredReading, StoredReading.mention_id == Mention.id
            )
        )
        told = dict(rows.tuples().all())
    norwegian = {"nb": "no", "nn": "no"}
    wanted = {key: norwegian.get(item["language"], item["language"]) for key, item in ITEMS.items()}
    asked = [key for key in told if wanted[key] in {"en", "no", "bg", "id", "hu"}]
    assert sum(told[key] == wanted[key] for key in asked) / len(asked) > 0.93


def test_most_bad_experiences_are_flagged_and_most_good_ones_are_not(line: tuple[Database, RunReport]) -> None:
    with line[0].read() as session:
        flagged = set(session.scalars(select(Mention.external_id).join(Case, Case.mention_id == Mention.id)))
        candidates = set(
            session.scalars(
                select(Mention.external_id).join(consent.Testimonial, consent.Testimonial.mention_id == Mention.id)
            )
        )
    ours = {key: item["label"] for key, item in ITEMS.items() if item["about"] == "brand"}
    bad = {key for key, label in ours.items() if label == Label.NEGATIVE}
    good = {key for key, label in ours.items() if label == Label.POSITIVE}
    assert not {key for key in flagged if ITEMS[key]["about"] == "competitor"}
    assert len(flagged & bad) / len(bad) > 0.7
    assert len(flagged & good) / len(good) < 0.15
    assert len(candidates & bad) / len(candidates) < 0.1
    assert candidates & good
