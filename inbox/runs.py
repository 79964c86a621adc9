"""How the sources were read, when they are read next, and what could not be used: for the operator."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.speech import _
from inbox.asked import Unreadable
from inbox.house import house
from inbox.page import page
from inbox.person import may
from inbox.schedule import NotScheduling, Prefect, next_reads
from inbox.words import sentence
from models.account import Right
from models.mention import Source
from models.rejected import list_rejected
from models.run import Coverage, Run
from models.runs import recent_runs
from models.silence import silences
from models.sources import all_sources, only_imported

router = APIRouter(include_in_schema=False)


@router.get("/runs", dependencies=[may(Right.READ)])
def runs(request: Request) -> HTMLResponse:
    """How each source was read in the last runs, when it is read next, and what could not be used."""
    return _runs(request)


@router.post("/runs", dependencies=[may(Right.ADMIN)])
def run_now(request: Request, brand: Annotated[str, Form()], source: Annotated[str, Form()] = "") -> Response:
    """Ask the scheduler to read a brand's sources, or one of them, now."""
    home = house(request)
    known = home.brand(brand)
    if known is None or (source and source not in {each.name for each in known.sources}):
        raise Unreadable(_("there is no such source: %(name)s", name=f"{source} {brand}".strip()[:80]))
    try:
        Prefect(home.config.settings.prefect.port).run_now(known.name, source)
    except NotScheduling as refused:
        return _runs(request, 503, sentence(refused))
    return RedirectResponse(f"/runs?{urlencode({'asked': known.name, 'source': source})}", 303)


def _runs(request: Request, status: int = 200, alert: str = "") -> HTMLResponse:
    home = house(request)
    settings = home.config.settings
    asked = home.brand(request.query_params.get("asked", ""))
    only = request.query_params.get("source", "")
    configured = {(brand.name, each.name) for brand in settings.brands for each in brand.sources}
    with home.database.glance() as session:
        found = recent_runs(session)
        silent = silences(session, settings)
        sources = all_sources(session)
        imported = only_imported(session, [each for each in sources if (each.brand, each.name) not in configured])
        by_hand = {each.source.id for each in imported}
        standing = [(each, latest(each, found), silent.get(each.id)) for each in sources if each.id not in by_hand]
        plan = {"coming": next_reads(settings, home.clock()), "prefect": Prefect(settings.prefect.port)}
        said = {"alert": alert, "asked": asked, "only": only if asked and (asked.name, only) in configured else ""}
        read = {"standing": standing, "configured": configured, "imported": imported}
        kept = {**read, "rejected": list_rejected(session, limit=50)}
        return page(request, "runs.html", status, runs=found, **kept, **plan, **said)


def latest(source: Source, found: Sequence[Run]) -> Coverage | None:
    """The ledger of the last of these runs that read this source."""
    entries = (entry for run in found for entry in run.coverage if entry.source_id == source.id)
    return next(entries, None)
