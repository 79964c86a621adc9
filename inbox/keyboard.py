"""The page on which a person changes their single keys, or switches them off."""

import json
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from inbox.house import House, house
from inbox.keys import ACTIONS, KEYS_COOKIE, Keys, KeysRefused, checked_keys, keys_here
from inbox.page import YEAR, page
from inbox.person import may, signed_in
from inbox.words import sentence
from models.account import Right, User

router = APIRouter(include_in_schema=False)


@router.get("/keys", dependencies=[may(Right.ACCOUNT)])
def keys_page(request: Request) -> HTMLResponse:
    """The keys, to be changed."""
    return page(request, "keys.html", asked=keys_here(request), actions=ACTIONS, alert="")


@router.post("/keys", dependencies=[may(Right.ACCOUNT)])
async def set_keys(request: Request) -> Response:
    """Keep a person's keys."""
    form = await request.form()
    given = {action: form.get(action, "") for action in ACTIONS}
    try:
        keys = Keys() if form.get("verb") == "reset" else checked_keys(form.get("on") == "yes", given)
    except KeysRefused as refused:
        typed = Keys(form.get("on") == "yes", {action: str(key) for action, key in given.items()})
        return page(request, "keys.html", 422, asked=typed, actions=ACTIONS, alert=sentence(refused))
    answer = RedirectResponse("/keys", 303)
    key = signed_in(request).user_id
    if key:
        await run_in_threadpool(_keep, house(request), key, keys)
        return answer
    kept = quote(json.dumps(keys.as_json()), safe="")
    answer.set_cookie(KEYS_COOKIE, kept, max_age=YEAR, httponly=True, samesite="lax")
    return answer


def _keep(home: House, user_id: int, keys: Keys) -> None:
    with home.database.write() as session:
        user = session.get_one(User, user_id)
        user.preferences = {**user.preferences, "keys": keys.as_json()}
