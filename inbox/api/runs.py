"""`/runs`: what each run saw of each source, and what it may have missed."""

from typing import Any

from fastapi import APIRouter, Request

from earful.values import COUNTED
from inbox.api.bearer import described, scope
from inbox.api.shapes import KNOWN_ONLY, After, Limit, Page, RunShape, following, place_of, row_id
from inbox.house import house
from models.account import Right
from models.run import Coverage, Run
from models.runs import recent_runs

router = APIRouter(prefix="/runs", tags=["runs"], dependencies=[described, KNOWN_ONLY])


@router.get("", response_model=Page[RunShape], dependencies=[scope(Right.READ)])
def listed(request: Request, after: After = None, limit: Limit = 20) -> dict[str, Any]:
    """Runs, newest first, each with its ledger."""
    before = place_of(row_id, after)
    with house(request).database.read() as session:
        found = recent_runs(session, limit + 1, before)
        items = [_record(run) for run in found[:limit]]
    return {"items": items, "next": following(request, items[-1]["id"] if len(found) > limit else None)}


def _record(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "status": run.status,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "flow_run": run.flow_run_id,
        "sources": [_entry(entry) for entry in run.coverage],
    }


def _entry(entry: Coverage) -> dict[str, Any]:
    return {
        "source": entry.source.name,
        "brand": entry.source.brand,
        "status": entry.status,
        **{name: getattr(entry, name) for name in COUNTED},
        "may_have_missed": entry.missed,
        "quota": entry.quota,
        "silent_since": entry.silent_since,
        "notes": entry.notes,
        "error": entry.error,
    }
