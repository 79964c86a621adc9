"""`/corrections`: what people say a mention really says; gold for the reader."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import Field, model_validator

from earful.speech import _
from earful.values import Label
from inbox.api.bearer import actor, described, scope
from inbox.api.links import leads, to_corrections, to_mention
from inbox.api.shapes import (
    KNOWN_ONLY,
    After,
    Asked,
    CorrectionShape,
    Limit,
    Page,
    following,
    place_of,
    row_id,
)
from inbox.asked import LARGEST_ID
from inbox.house import house
from models.account import Right
from models.corrections import list_corrections
from models.judging import correct, held

router = APIRouter(prefix="/corrections", tags=["corrections"], dependencies=[described, KNOWN_ONLY])


class NewCorrection(Asked):
    """What a mention really says, or that it is not about the brand."""

    mention_id: int = Field(ge=1, le=LARGEST_ID, strict=True)
    label: Label | None = Field(None, description="negative, neutral or positive; left out when only about_us is wrong")
    about_us: bool = Field(True, strict=True)

    @model_validator(mode="after")
    def _says_something(self) -> "NewCorrection":
        if self.label is Label.UNSCORED or (self.label is None and self.about_us):
            raise ValueError(_("say what it is: negative, neutral or positive; or that it is not about us"))
        return self


@router.get("", response_model=Page[CorrectionShape], dependencies=[scope(Right.READ)])
def listed(
    request: Request,
    mention_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[CorrectionShape]:
    """Corrections, newest first; the last one on a mention counts."""
    before = place_of(row_id, after)
    with house(request).database.read() as session:
        found = list_corrections(session, limit + 1, before, mention_id)
        items = [CorrectionShape.model_validate(each) for each in found[:limit]]
    return Page(items=items, next=following(request, items[-1].id if len(found) > limit else None))


@router.post(
    "",
    response_model=CorrectionShape,
    status_code=201,
    dependencies=[scope(Right.ACT)],
    responses=leads(201, mention=to_mention("/mention_id"), corrections=to_corrections("/mention_id")),
)
def add(request: Request, asked: NewCorrection) -> CorrectionShape:
    """Say what a mention really says. The text is kept with it as it stands now."""
    home = house(request)
    with home.database.write() as session:
        try:
            mention = held(session, asked.mention_id)
        except LookupError as missing:
            raise HTTPException(404, _("there is no mention %(number)s", number=asked.mention_id)) from missing
        stored = correct(session, mention, actor(request), home.clock(), label=asked.label, about_us=asked.about_us)
        return CorrectionShape.model_validate(stored)
