"""`/cases`: what was flagged, and what is done about it."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AwareDatetime, Field, field_validator

from earful.errors import Conflict
from earful.speech import _
from earful.values import Label, Severity
from inbox.api.bearer import actor, described, scope
from inbox.api.links import leads, to_acting, to_case, to_log, to_mention
from inbox.api.named import check_sources, check_theme, language_code
from inbox.api.shapes import (
    KNOWN_ONLY,
    After,
    Asked,
    CaseShape,
    EventShape,
    Id,
    Limit,
    Page,
    Words,
    described_problem,
    following,
    place_of,
)
from inbox.house import house
from models.account import Right
from models.acts import NOTE_LENGTH, OF_PIPELINE, Act, Verb
from models.case import CaseEvent, Dismissal, Outcome, Remedy
from models.caseview import events_of
from models.casework import act
from models.place import Place
from models.queue import CaseFilter, View, find_case, in_view, list_cases
from models.records import case_record

router = APIRouter(prefix="/cases", tags=["cases"], dependencies=[described, KNOWN_ONLY])


class ActShape(Asked):
    """One thing that is done to a case; the fields beside `verb` and `version` are read by the verbs that need them."""

    verb: Verb = Field(description="what is done; wake, return, give_back and answered are the pipeline's own")
    version: int = Field(ge=1, le=2**31 - 1, strict=True, description="of the case, as it was read")
    to: str = Field("", max_length=80, description="assign, escalate: to whom")
    text: str = Field("", max_length=NOTE_LENGTH, description="note, resolve, tell, reply: the words")
    reason: Dismissal = Field(Dismissal.NO_ACTION, description="dismiss: why")
    says: Label = Field(Label.NEUTRAL, description="dismiss as not_negative: neutral or positive")
    until: AwareDatetime | None = Field(None, description="snooze: until when")
    tag: str = Field("", max_length=40, description="tag, untag")
    severity: Severity = Field(Severity.NORMAL, description="priority")
    remedy: Remedy = Field(Remedy.APOLOGY, description="remedy: what was offered")
    amount: str = Field("", max_length=20, description="remedy: how much, as in 12.50")
    currency: str = Field("", max_length=3, description="remedy: of what, as in EUR")
    outcome: Outcome = Field(Outcome.OFFERED, description="outcome: what became of it")

    @field_validator("verb")
    @classmethod
    def _a_persons(cls, verb: Verb) -> Verb:
        if verb in OF_PIPELINE:
            raise ValueError(_("only the pipeline does this"))
        return verb

    def as_act(self) -> Act:
        """What is meant."""
        return Act(**self.model_dump(exclude={"version"}))


@router.get(
    "",
    response_model=Page[CaseShape],
    dependencies=[scope(Right.READ)],
    responses=leads(200, case=to_case("/items/0/id"), act=to_acting("/items/0")),
)
def listed(
    request: Request,
    view: View = View.OPEN,
    brand: Words | None = None,
    source: Words | None = None,
    severity: Severity | None = None,
    language: Words | None = None,
    label: Label | None = None,
    theme: Words | None = None,
    assignee: Annotated[Words | None, Query(description="empty for cases that nobody has")] = None,
    q: Annotated[Words, Query(description="a search, as on the inbox's pages")] = "",
    after: After = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The cases of a view of the queue, worst and newest first."""
    home, place = house(request), place_of(Place.parse, after)
    with home.database.read() as session:
        check_sources(session, home, brand, source)
        check_theme(session, home, theme)
        base = CaseFilter(
            brand=brand, source=source, severity=severity, language=language_code(session, home, language), label=label,
            theme=theme, assignee=assignee, text=q.strip(),
        )  # fmt: skip
        wanted = in_view(view, home.desk_of(actor(request), brand), base)
        found = list_cases(session, wanted, limit, place)
        return {"items": [case_record(case) for case in found.cases], "next": following(request, found.next)}


@router.get(
    "/{case_id}",
    response_model=CaseShape,
    dependencies=[scope(Right.READ)],
    responses=leads(200, act=to_acting(""), events=to_log("/id"), mention=to_mention("/mention_id")),
)
def one(request: Request, case_id: Id) -> dict[str, Any]:
    """One case."""
    with house(request).database.read() as session:
        case = find_case(session, case_id)
        if case is None:
            raise _gone(case_id)
        return case_record(case)


@router.get("/{case_id}/events", response_model=Sequence[EventShape], dependencies=[scope(Right.READ)])
def log(request: Request, case_id: Id) -> Sequence[CaseEvent]:
    """Everything that was done to a case, the oldest first."""
    with house(request).database.read() as session:
        events = events_of(session, case_id)
    if not events:
        raise _gone(case_id)
    return events


@router.post(
    "/{case_id}/acts",
    response_model=CaseShape,
    dependencies=[scope(Right.ACT)],
    responses={409: described_problem(409), **leads(200, case=to_case("/id"), act=to_acting(""), events=to_log("/id"))},
)
def work(request: Request, case_id: Id, asked: ActShape) -> dict[str, Any]:
    """Do something to a case. Changed meanwhile, or not possible as it stands: 409, and nothing is stored."""
    home = house(request)
    try:
        with home.database.write() as session:
            act(session, case_id, asked.version, actor(request), asked.as_act(), home.clock())
            case = find_case(session, case_id)
            if case is None:
                raise Conflict(_("case %(number)s is gone", number=case_id))
            return case_record(case)
    except LookupError as error:
        raise _gone(case_id) from error


def _gone(case_id: int) -> HTTPException:
    return HTTPException(404, _("there is no case %(number)s", number=case_id))
