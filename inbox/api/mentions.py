"""`/mentions`: everything that was heard."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request

from earful.speech import _
from earful.values import Label
from inbox.api.bearer import described, scope
from inbox.api.links import leads, to_case, to_correcting, to_corrections, to_mention
from inbox.api.named import check_sources, language_code
from inbox.api.shapes import KNOWN_ONLY, After, Id, Limit, MentionShape, Page, Words, following, place_of
from inbox.house import house
from models.account import Right
from models.heard import MentionFilter, find_mention, list_mentions
from models.place import MentionPlace
from models.records import mention_record

router = APIRouter(prefix="/mentions", tags=["mentions"], dependencies=[described, KNOWN_ONLY])


@router.get(
    "",
    response_model=Page[MentionShape],
    dependencies=[scope(Right.READ)],
    responses=leads(200, mention=to_mention("/items/0/id"), correct=to_correcting("/items/0/id")),
)
def listed(
    request: Request,
    brand: Words | None = None,
    source: Words | None = None,
    label: Label | None = None,
    language: Words | None = None,
    q: Annotated[Words, Query(description="a search, as on the inbox's pages")] = "",
    after: After = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Everything that was heard, flagged or not, newest first."""
    home, place = house(request), place_of(MentionPlace.parse, after)
    with home.database.read() as session:
        check_sources(session, home, brand, source)
        wanted = MentionFilter(brand, source, label, language_code(session, home, language), q.strip())
        found = list_mentions(session, wanted, limit, place)
        return {"items": [mention_record(heard) for heard in found.mentions], "next": following(request, found.next)}


@router.get(
    "/{mention_id}",
    response_model=MentionShape,
    dependencies=[scope(Right.READ)],
    responses=leads(200, case=to_case("/case_id"), correct=to_correcting("/id"), corrections=to_corrections("/id")),
)
def one(request: Request, mention_id: Id) -> dict[str, Any]:
    """One mention."""
    with house(request).database.read() as session:
        heard = find_mention(session, mention_id)
        if heard is None:
            raise HTTPException(404, _("there is no mention %(number)s", number=mention_id))
        return mention_record(heard)
