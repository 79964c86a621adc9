"""The day summary: what the team cleared, how soon it answered, what is late, what the reader was taught."""

from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from earful.speech import _
from inbox.asked import Unreadable
from inbox.house import house
from inbox.page import page
from inbox.person import may
from models.account import Right
from reports.day import work
from triage.calendar import working_by_name

router = APIRouter(include_in_schema=False)


@router.get("/day", dependencies=[may(Right.READ)])
def day(request: Request, brand: str = "", date: str = "") -> HTMLResponse:
    """One day of one brand or of all, on its own clock; today when none is named."""
    home = house(request)
    now = home.clock()
    zone = home.zone(brand or None)
    chosen = _day(date) if date else now.astimezone(zone).date()
    start, end = (datetime.combine(each, time(0), zone) for each in (chosen, chosen + timedelta(days=1)))
    with home.database.glance() as session:
        found = work(session, brand or None, start, end, now, working_by_name(home.config.settings))
    return page(
        request,
        "day.html",
        found=found,
        chosen=chosen,
        brand=brand,
        brands=[each.name for each in home.config.settings.brands],
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1) if end <= now else None,
    )


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(_("“%(text)s” is no day; write it as 2026-03-04", text=text[:40])) from error
    if not date(2000, 1, 1) <= found <= date(2200, 1, 1):
        raise Unreadable(_("“%(text)s” is no day that anybody worked", text=text[:40]))
    return found
