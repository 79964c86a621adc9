"""Everything that was heard, flagged or not, and how the sources were read: for the curious and for the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.speech import _
from earful.values import Label
from inbox.asked import RowId, Unreadable, mentions_asked
from inbox.house import House, house
from inbox.listing import known_choices
from inbox.page import desk_here, page
from inbox.person import may
from inbox.schedule import NotScheduling, Prefect, next_reads
from inbox.shown import Listed, Pointers, listed
from inbox.words import sentence
from models.account import Right
from models.acts import NotAllowed
from models.case import Correction
from models.corrections import correct, last_words
from models.heard import Heard, find_mention, list_mentions
from models.mention import Source
from models.opening import open_by_person
from models.queue import Desk, all_sources, recent_rejected, recent_runs
from models.run import Coverage, Run
from models.silence import silences

PAGE = 50
NOT_ABOUT_US = "not_about_us"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list of mentions."""

    heard: Heard
    shown: Listed
    said: Correction | None  #: what a person said of it


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person chose of a mention that could not be done, to be shown again."""

    mention_id: int
    says: str


@router.get("/mentions", dependencies=[may(Right.READ)])
def mentions(request: Request) -> HTMLResponse:
    """Everything that was heard, newest first."""
    return _mentions(request)


def _mentions(request: Request, status: int = 200, alert: str = "", typed: Typed | None = None) -> HTMLResponse:
    home, asked = house(request), mentions_asked(request.query_params)
    with home.database.glance() as session:
        found = list_mentions(session, asked.filter, PAGE, asked.after)
        pointers = home.pointers("", asked.filter.text)
        said = last_words(session, [heard.mention.id for heard in found.mentions])
        lines = [Line(heard, _listed(heard, pointers), said.get(heard.mention.id)) for heard in found.mentions]
        known = known_choices(session, home)
        told = {"asked": asked, "lines": lines, "next": found.next, "choices": known}
        return page(request, "mentions.html", status, **told, alert=alert, typed=typed)


def _listed(heard: Heard, pointers: Pointers) -> Listed:
    mention = heard.mention
    return listed(mention.title, mention.text, mention.reading.evidence if mention.reading else (), (), pointers)


@router.post("/mentions/{mention_id}", dependencies=[may(Right.ACT)])
def say(
    request: Request,
    mention_id: RowId,
    verb: Annotated[Literal["correct", "needs_reply", "take_back"], Form()],
    says: Annotated[Label | Literal["", "not_about_us"], Form()] = "",
) -> Response:
    """Say what a mention really says, that somebody must answer it, or take back what was said."""
    typed = Typed(mention_id, says)
    if says == Label.UNSCORED or (verb == "correct" and not says):
        return _mentions(request, 422, _("Say what it is: negative, neutral, positive or not about us."), typed)
    if verb == "needs_reply" and says == NOT_ABOUT_US:
        return _mentions(request, 422, _("What is not about us needs no reply: choose one of the two."), typed)
    try:
        _heed(house(request), desk_here(request), mention_id, verb, says)
    except NotAllowed as refused:
        return _mentions(request, 422, sentence(refused), typed)
    except LookupError:
        return _mentions(request, 404, _("There is no such mention."))
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/mentions{query}#mention-{mention_id}", 303)


def _heed(home: House, desk: Desk, mention_id: int, verb: str, says: str) -> None:
    with home.database.write() as session:
        heard = find_mention(session, mention_id)
        if heard is None:
            raise LookupError(f"there is no mention {mention_id}")
        if verb == "needs_reply":
            if heard.case_id is not None:  # the page is older than the case: nothing of it is heeded
                raise NotAllowed(_("there is case %(number)s already", number=heard.case_id))
            promised = home.promised(heard.mention.brand, desk.now)
            open_by_person(session, heard.mention, desk.actor, desk.now, promised)
        if verb == "take_back":
            correct(session, mention_id, desk.actor, desk.now, label=None, about_us=True)
        elif says:
            about_us = says != NOT_ABOUT_US
            label = Label(says) if about_us else None
            correct(session, mention_id, desk.actor, desk.now, label=label, about_us=about_us)


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
        standing = [(source, latest(source, found), silent.get(source.id)) for source in all_sources(session)]
        plan = {"coming": next_reads(settings, home.clock()), "prefect": Prefect(settings.prefect.port)}
        said = {"alert": alert, "asked": asked, "only": only if asked and (asked.name, only) in configured else ""}
        kept = {"standing": standing, "configured": configured, "rejected": recent_rejected(session)}
        return page(request, "runs.html", status, runs=found, **kept, **plan, **said)


def latest(source: Source, found: Sequence[Run]) -> Coverage | None:
    """The ledger of the last of these runs that read this source."""
    entries = (entry for run in found for entry in run.coverage if entry.source_id == source.id)
    return next(entries, None)
