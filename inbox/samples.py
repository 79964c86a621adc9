"""The unflagged sample: a few posts a day that nobody was called to, for a person to say whether that was right."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import Conflict
from earful.speech import _
from earful.values import Label
from inbox.asked import AskedId, RowId, Unreadable, Version
from inbox.house import House, house
from inbox.page import desk_here, page
from inbox.pane import listed_mention
from inbox.person import may
from inbox.shown import Listed
from inbox.words import sentence
from models.account import Right
from models.acts import NotAllowed
from models.case import Correction
from models.corrections import last_words
from models.judging import Judged
from models.sample import Finding, Sample
from models.samples import judge, list_samples, take_back, view_sample

PAGE = 30

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One post of the sample."""

    sample: Sample
    shown: Listed
    said: Correction | None  #: what a person said of it, here or elsewhere


@router.get("/samples", dependencies=[may(Right.READ)])
def samples(
    request: Request, after: AskedId | None = None, judged: bool = False, did: AskedId | None = None
) -> HTMLResponse:
    """The posts that nobody has looked at yet, or those that somebody has."""
    return _page(request, 200, after, judged=judged, did=did)


@router.post("/samples/{sample_id}", dependencies=[may(Right.ACT)])
def say(
    request: Request,
    sample_id: RowId,
    finding: Annotated[str, Form()],
    version: Annotated[Version, Form()],
    says: Annotated[Label | Literal[""], Form()] = "",
) -> Response:
    """Say what was found and how it reads, or take it back."""
    home = house(request)
    desk = desk_here(request)
    try:
        with home.database.write() as session:
            if finding == "undo":
                take_back(session, sample_id, version, desk.actor, desk.now)
            else:
                what = _judged(home, finding, says or None, desk.now, view_sample(session, sample_id))
                judge(session, sample_id, version, desk.actor, what, desk.now)
    except Conflict as conflict:
        return _page(request, 409, alert=sentence(conflict))
    except NotAllowed as refused:
        return _page(request, 422, alert=sentence(refused))
    except LookupError:
        return _page(request, 404, alert=_("There is no such post in the sample."))
    return RedirectResponse(f"/samples?did={sample_id}", 303)


def _judged(home: House, finding: str, says: Label | None, now: datetime, sample: Sample | None) -> Judged:
    if finding not in set(Finding):
        raise Unreadable(_("say whether it needs a reply, needs nobody, or is not about us"))
    return Judged(Finding(finding), says, home.promised(sample.brand, now) if sample else None)


def _page(
    request: Request,
    status: int,
    after: int | None = None,
    *,
    judged: bool = False,
    did: int | None = None,
    alert: str = "",
) -> HTMLResponse:
    home = house(request)
    with home.database.glance() as session:
        found = list_samples(session, PAGE, after, judged=judged)
        said = last_words(session, [one.mention_id for one in found.samples])
        drawn = [
            Drawn(one, listed_mention(one.mention, (), home.pointers(one.brand)), said.get(one.mention_id))
            for one in found.samples
        ]
        last = view_sample(session, did) if did else None
        return page(
            request, "samples.html", status, drawn=drawn, next=found.next, judged=judged, last=last, alert=alert
        )
