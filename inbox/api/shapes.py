"""The shapes of the JSON API. They are a promise: fields may be added, those that are here stay."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Path, Query, Request
from fastapi.params import Depends as Dependency
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from earful.errors import nearest
from earful.speech import _
from earful.text import storable
from earful.values import Label, MentionKind, Severity, SourceState
from inbox.asked import LARGEST_ID
from inbox.problem import MEDIA
from models.case import CaseStatus, Dismissal, Outcome, Remedy, Returned
from models.run import RunKind, RunStatus

Item = TypeVar("Item")
Place = TypeVar("Place")

MOST = 200  # rows of one page


def _storable(text: str) -> str:
    return storable(text)


Words = Annotated[str, AfterValidator(_storable), Field(max_length=200)]
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="rows of a page")]
After = Annotated[str | None, Query(max_length=80, description="where the page before ended; `next` has it")]


class Shape(BaseModel):
    """The ground of every answer."""

    model_config = ConfigDict(from_attributes=True)


class Asked(BaseModel):
    """The ground of everything that is sent: what we don't know is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Problem(Shape):
    """An error, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    #: In place and not by reference, as each answer describes its problem by itself.
    errors: Sequence[Mapping[str, str]] = Field(
        (),
        description="with 422: `where` each value stands that can't be (body.version), and what is `said` of it",
    )


class Page(Shape, Generic[Item]):
    """Some of a list, and where it goes on."""

    items: Sequence[Item]
    next: str | None = Field(description="the address of the next page; null on the last")


class Reason(Shape):
    """Why a mention was flagged."""

    code: str
    detail: str


class HeardShape(Shape):
    """What mentions and cases say of a post."""

    id: int
    brand: str
    source: str
    external_id: str
    url: str | None
    title: str
    text: str
    author: str | None
    rating: float | None
    nps: int | None = Field(description="would recommend, of 10")
    published_at: datetime | None = Field(description="null where the source gave no time")
    language: str | None
    label: Label | None
    polarity: float | None
    confidence: float | None


class MentionShape(HeardShape):
    """One thing that was heard."""

    subject: str = Field(description="the brand, or the competitor it is about")
    kind: MentionKind
    state: SourceState
    flagged: bool
    case_id: int | None


class RemedyShape(Shape):
    """What a customer was offered, and what became of it."""

    offered: Remedy
    amount: str | None = Field(description="a decimal number, as in 12.50")
    currency: str | None
    outcome: Outcome | None


class CaseShape(HeardShape):
    """One flagged mention that a person works on."""

    mention_id: int
    severity: Severity
    reasons: Sequence[Reason]
    status: CaseStatus
    assignee: str | None
    due_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    dismissal: Dismissal | None
    snoozed_until: datetime | None
    first_response_at: datetime | None = Field(description="when a person first answered the customer, or closed it")
    escalated_at: datetime | None
    returned: Returned | None = Field(description="how its author brought it back, as long as nobody has acted since")
    tags: Sequence[str]
    remedy: RemedyShape | None
    told_at: datetime | None = Field(description="when the customer was told what was changed")
    version: int = Field(description="send it back with a change; a stale one is answered with 409")


class EventShape(Shape):
    """One thing that was done to a case. Events are never changed."""

    id: int
    at: datetime
    actor: str = Field(description="who did it; `earful` for the pipeline, `api:` and a token's name for a program")
    action: str = Field(description="opened, assigned, noted, resolved, dismissed, undone, …")
    detail: Mapping[str, Any]


class CorrectionShape(Shape):
    """A person's word on a mention against what was read in it."""

    id: int
    mention_id: int
    at: datetime
    actor: str
    label: Label | None
    about_us: bool
    was: Label | None
    language: str


class QuotaShape(Shape):
    """How many requests a source still allows."""

    left: int
    of: int | None = Field(description="in all")
    until: datetime | None = Field(description="when there are as many again")


class CoverageShape(Shape):
    """One source in one run. `fetched` is `seen + off_query + repeated`."""

    source: str
    brand: str
    status: RunStatus
    requests: int
    fetched: int
    off_query: int
    repeated: int
    seen: int
    new: int
    edited: int
    unchanged: int
    rejected: int
    vanished: int
    may_have_missed: Sequence[Mapping[str, str]]
    quota: QuotaShape | None = Field(description="of requests, as the source said last; null where it says nothing")
    silent_since: datetime | None = Field(description="read to its end, but nothing new since then, though expected")
    notes: Sequence[str]
    error: str | None


class RunShape(Shape):
    """One run of the collection, with its ledger."""

    id: int
    kind: RunKind
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    flow_run: str | None
    sources: Sequence[CoverageShape]


class TestimonialShape(Shape):
    """Praise that may be quoted now."""

    mention_id: int
    quote: str
    title: str
    author: str
    source: str
    brand: str
    rating: float | None
    language: str | None
    published_at: datetime
    url: str | None
    consent_proof: str
    consent_granted_at: datetime
    external_id: str


class TestimonialsShape(Shape):
    """The testimonials that may go out at this moment, and how many were held back, by reason."""

    items: Sequence[TestimonialShape]
    held_back: Mapping[str, int]
    next: str | None = Field(description="the address of the next page; null on the last")


def described_problem(status: int) -> dict[str, Any]:
    """A problem, as the OpenAPI document describes it."""
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA: {"schema": Problem.model_json_schema()}}}


def following(request: Request, place: object | None) -> str | None:
    """The address of the next page: this one, after that place."""
    if place is None:
        return None
    asked = request.url.include_query_params(after=str(place))
    return f"{asked.path}?{asked.query}"


def place_of(parse: Callable[[str], Place], after: str | None) -> Place | None:
    """The place that `after` names.

    Raises:
        BadPlace: it names none.
    """
    if after is None:
        return None
    try:
        return parse(after)
    except ValueError as error:
        raise BadPlace from error


class BadPlace(Exception):
    """`after` is no place in a list."""


class UnknownFilter(Exception):
    """The address names a filter that there is none of here, one twice, or in one what there is none of; says which."""


def only_known(request: Request) -> None:
    """Refuse a filter that is mistyped or named twice: left out in silence, it would give what nobody asked for.

    Raises:
        UnknownFilter: the route knows none of this name, or can only heed one of them.
    """
    known = [field.alias for field in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            raise UnknownFilter(_('there is no filter "%(name)s" here', name=name[:40]) + nearest(name, known))
        if len(request.query_params.getlist(name)) > 1:
            raise UnknownFilter(_('the filter "%(name)s" stands there twice; name it once', name=name))


#: What every route of the API declares beside its scope.
KNOWN_ONLY: Dependency = Depends(only_known)


def row_id(text: str) -> int:
    """A place in a list that is ordered by id.

    Raises:
        ValueError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 17):
        raise ValueError(f"{text!r} is no place in a list")
    return int(text)
