"""`/exports`: what may leave the house. Consent holds here as in the files: nothing goes out without it."""

from collections import Counter
from itertools import islice
from typing import Any

from fastapi import APIRouter, Request

from campaigns.testimonials import Sorting
from inbox.api.bearer import described, scope
from inbox.api.named import check_sources
from inbox.api.shapes import KNOWN_ONLY, After, Limit, TestimonialsShape, Words, following, place_of, row_id
from inbox.house import house
from models.account import Right
from models.outgoing import candidates

router = APIRouter(prefix="/exports", tags=["exports"], dependencies=[described, KNOWN_ONLY])


@router.get("/testimonials", response_model=TestimonialsShape, dependencies=[scope(Right.MARKET)])
def quotable(request: Request, brand: Words | None = None, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """Praise whose authors allow to be quoted, unchanged since they did; what was passed over is counted by reason."""
    home, place = house(request), place_of(row_id, after)
    sorting = Sorting(Counter(), home.clock())
    with home.database.read() as session:
        check_sources(session, home, brand)
        items = list(islice(sorting.allowed(candidates(session, brand, place)), limit))
    held = {reason.name.lower(): count for reason, count in sorting.held.items()}
    last = items[-1]["mention_id"] if len(items) == limit else None
    return {"items": items, "held_back": held, "next": following(request, last)}
