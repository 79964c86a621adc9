"""Tokens of programs, for admins: made, shown once, and revoked."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from inbox.house import house
from inbox.page import page
from inbox.person import may, signed_in
from inbox.words import sentence
from models.account import SCOPES, Right
from models.accounts import AccountRefused
from models.tokens import add_token, all_tokens, revoke_token

router = APIRouter(include_in_schema=False)

Word = Annotated[str, Form()]


@router.get("/tokens", dependencies=[may(Right.ADMIN)])
def tokens(request: Request) -> HTMLResponse:
    """Every token there is or was."""
    return _page(request)


@router.post("/tokens", dependencies=[may(Right.ADMIN)])
def add(
    request: Request,
    name: Word = "",
    scope: Annotated[list[Right] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=3650)] = 365,
) -> Response:
    """Make a token; the page shows it, this once."""
    home, lasts = house(request), timedelta(days=days)
    try:
        with home.database.write() as session:
            word = add_token(session, home.clock(), name, scope or [], signed_in(request).name, lasts)
    except AccountRefused as refused:
        return _page(request, 422, sentence(refused))
    return _page(request, made=word)


@router.post("/tokens/revoke", dependencies=[may(Right.ADMIN)])
def revoke(request: Request, name: Word = "") -> Response:
    """End a token, at once."""
    home = house(request)
    try:
        with home.database.write() as session:
            revoke_token(session, name, home.clock())
    except AccountRefused as refused:
        return _page(request, 422, sentence(refused))
    return RedirectResponse("/tokens", 303)


def _page(request: Request, status: int = 200, alert: str = "", made: str = "") -> HTMLResponse:
    with house(request).database.read() as session:
        known = all_tokens(session)
    return page(request, "tokens.html", status, tokens=known, scopes=SCOPES, alert=alert, made=made)
