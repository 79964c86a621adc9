"""Shows what a run did in Prefect's own pages: the coverage ledger as a table, and one sentence."""

import re
from dataclasses import asdict
from typing import Any

from prefect.artifacts import create_table_artifact

from flows.plan import LEDGER_KEY, WORK_KEY
from flows.steps.report import RunReport, SourceReport
from models.run import RunStatus

CELL_LENGTH = 400


def inert(text: str) -> str:
    """Text from outside as markdown that shows it and does nothing: no link, no HTML, no table cell of its own."""
    flat = " ".join(text.split())[:CELL_LENGTH]
    return re.sub(r"([\\`*_{}\[\]<>#!|~]|:(?=//))", r"\\\1", flat)


def row(entry: SourceReport) -> dict[str, Any]:
    """One source as a row of the table."""
    missed = "; ".join(f"{each['reason']}: {each['detail']}" for each in entry.may_have_missed)
    return {
        "source": inert(entry.source),
        "brand": inert(entry.brand),
        "status": entry.status.value,
        **entry.counts,
        "may have missed": inert(missed),
        "error": inert(entry.error or ""),
    }


def publish(done: RunReport) -> None:
    """Keep the ledger, and what reading and judging made of it, with the flow run."""
    create_table_artifact([row(entry) for entry in done.sources], LEDGER_KEY, "What was seen, and may have been missed")
    work = {"run": done.run_id, **asdict(done.count), "flagged": done.flagged, "not_told": list(done.not_told)}
    create_table_artifact([work], WORK_KEY, "What became of it")


def summary(done: RunReport) -> str:
    """One sentence a person reads in the list of runs."""
    total = {name: sum(entry.counts[name] for entry in done.sources) for name in ("new", "edited", "rejected")}
    whole = sum(entry.status is RunStatus.OK for entry in done.sources)
    said = [
        f"{whole} of {len(done.sources)} sources fully read",
        f"{total['new']} new, {total['edited']} edited, {total['rejected']} rejected",
        f"{done.count.in_words()}, {done.flagged} flagged",
    ]
    broken = [f"{entry.source}: {(entry.error or '')[:200]}" for entry in done.sources if entry.error]
    return "; ".join([*said, *broken, *done.not_told])
