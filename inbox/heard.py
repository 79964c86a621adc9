"""Everything that was heard, flagged or not, and how the sources were read: for the curious and for the operator."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from inbox.asked import mentions_asked
from inbox.house import house, page
from inbox.person import may
from inbox.shown import Listed, listed
from models.account import Right
from models.heard import Heard, list_mentions
from models.mention import Source
from models.queue import all_sources, choices, recent_rejected, recent_runs
from models.run import Coverage, Run
from models.silence import silences

PAGE = 50

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list of mentions."""

    heard: Heard
    shown: Listed


@router.get("/mentions", dependencies=[may(Right.READ)])
def mentions(request: Request) -> HTMLResponse:
    """Everything that was heard, newest first."""
    home, asked = house(request), mentions_asked(request.query_params)
    with home.database.read() as session:
        found = list_mentions(session, asked.filter, PAGE, asked.after)
        lines = [Line(heard, _listed(heard)) for heard in found.mentions]
        known = choices(session)
        return page(request, "mentions.html", asked=asked, lines=lines, next=found.next, choices=known)


def _listed(heard: Heard) -> Listed:
    mention = heard.mention
    return listed(mention.title, mention.text, mention.reading.evidence if mention.reading else ())


@router.get("/runs", dependencies=[may(Right.READ)])
def runs(request: Request) -> HTMLResponse:
    """How each source was read in the last runs, and what could not be used."""
    with house(request).database.read() as session:
        found = recent_runs(session)
        sources = all_sources(session)
        silent = silences(session, house(request).config.settings)
        standing = [(source, latest(source, found), silent.get(source.id)) for source in sources]
        return page(request, "runs.html", runs=found, standing=standing, rejected=recent_rejected(session))


def latest(source: Source, found: Sequence[Run]) -> Coverage | None:
    """The ledger of the last of these runs that read this source."""
    entries = (entry for run in found for entry in run.coverage if entry.source_id == source.id)
    return next(entries, None)
