"""What a supervisor and a monitor ask: whether the process lives, and whether it can do its work."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from earful.errors import StoreError
from inbox.house import house
from inbox.person import public
from models.database import head

router = APIRouter(include_in_schema=False)


@router.get("/healthz", dependencies=[public()])
def healthy() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", dependencies=[public()])
def ready(request: Request) -> Response:
    """The database answers and has this version's schema."""
    try:
        revision = house(request).database.revision()
    except StoreError as error:
        return JSONResponse({"status": "unavailable", "detail": str(error)}, 503)
    if revision != head():
        return JSONResponse({"status": "unavailable", "detail": "run `earful db upgrade`"}, 503)
    return JSONResponse({"status": "ok"})
