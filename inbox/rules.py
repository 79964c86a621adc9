"""Rules: where an admin says what is flagged, left or sorted, tries it on history, and then keeps it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import ConfigError, Conflict
from earful.invalid import wrong_with
from earful.settings import Rule, Settings
from earful.speech import N_, Said, _
from earful.text import storable
from inbox.asked import RowId, Version
from inbox.house import House, house
from inbox.page import desk_here, page
from inbox.person import may
from inbox.setfile import line_of
from inbox.words import sentence
from models import rules as kept
from models.account import Right
from models.accounts import agents
from models.pipeline import judged
from models.queue import choices
from models.rule import StoredRule
from models.rules import RuleRefused
from models.themes import known_themes
from triage.rules import ask_authors
from triage.stored import Trial, tried

MOST = 20_000  # mentions a trial on the page looks at, the last stored first; the command looks at all
DAYS = (7, 30, 90, 365)

router = APIRouter(include_in_schema=False)


Verb = Literal["try", "save", "delete", "on", "off", "up", "down"]


class RuleForm(BaseModel):
    """A rule as a person fills it in. Numbers come as they were typed; empty ones ask nothing."""

    verb: Verb = "save"
    version: Version = 0
    days: int = 30
    name: str = ""
    does: str = "flag"
    brands: list[str] = []
    labels: list[str] = []
    confidence_from: str = ""
    confidence_to: str = ""
    rating_from: str = ""
    rating_to: str = ""
    reach_from: str = ""
    reach_to: str = ""
    query: str = ""
    themes: list[str] = []
    sources: list[str] = []
    author_seen: str = ""
    severity: str = ""
    assignee: str = ""
    tags: str = ""
    notify: list[str] = []


FIELDS = tuple(name for name in RuleForm.model_fields if name not in {"verb", "version", "days"})


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial found, and on how much of history."""

    trial: Trial
    days: int
    capped: bool


@router.get("/rules", dependencies=[may(Right.ADMIN)])
def rules(request: Request) -> HTMLResponse:
    """All rules in the order in which they count, and who changed what."""
    return _list(request)


@router.get("/rules/new", dependencies=[may(Right.ADMIN)])
def new_rule(request: Request) -> HTMLResponse:
    """A form for a new rule."""
    return _form(request, RuleForm(), None)


@router.get("/rules/{rule_id}", dependencies=[may(Right.ADMIN)])
def one_rule(request: Request, rule_id: RowId) -> HTMLResponse:
    """A rule, to be changed."""
    with house(request).database.read() as session:
        row = session.get(StoredRule, rule_id)
    if row is None:
        return _list(request, 404, _("There is no such rule any more."))
    return _form(request, _typed(row), rule_id)


@router.post("/rules", dependencies=[may(Right.ADMIN)])
def add(request: Request, form: Annotated[RuleForm, Form()]) -> Response:
    """Try a new rule, or keep it."""
    return _acted(request, form, None)


@router.post("/rules/{rule_id}", dependencies=[may(Right.ADMIN)])
def change(request: Request, rule_id: RowId, form: Annotated[RuleForm, Form()]) -> Response:
    """Try a changed rule, keep it, or move, switch or delete it."""
    return _acted(request, form, rule_id)


def _acted(request: Request, form: RuleForm, rule_id: int | None) -> Response:
    home = house(request)
    on_form = form.verb in {"try", "save", "delete"}
    try:
        if form.verb == "try":
            return _form(request, form, rule_id, tried=_tried(home, form, rule_id))
        _store(request, form, rule_id)
    except (RuleRefused, ConfigError, Conflict) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        if on_form:
            return _form(request, form, rule_id, status, sentence(refused))
        return _list(request, status, sentence(refused))
    except LookupError as gone:
        return _list(request, 404, sentence(gone))
    return RedirectResponse("/rules", 303)


def _store(request: Request, form: RuleForm, rule_id: int | None) -> None:
    home = house(request)
    desk = desk_here(request)
    who, at = desk.actor, desk.now
    with home.database.write() as session:
        if rule_id is None:
            kept.add_rule(session, rule_of(form, home.config.settings, session), who, at)
        elif form.verb == "save":
            rule = rule_of(form, home.config.settings, session)
            kept.change_rule(session, rule_id, form.version, rule, who, at)
        else:
            _ACTS[form.verb](session, rule_id, form.version, who, at)


_ACTS: Mapping[str, Callable[[Session, int, int, str, datetime], None]] = {
    "delete": kept.delete_rule,
    "on": lambda *given: kept.switch_rule(*given, on=True),
    "off": lambda *given: kept.switch_rule(*given, on=False),
    "up": lambda *given: kept.move_rule(*given, up=True),
    "down": lambda *given: kept.move_rule(*given, up=False),
}


def rule_of(form: RuleForm, settings: Settings, session: Session) -> Rule:
    """The rule that was filled in.

    Raises:
        RuleRefused: it makes no sense, names what or whom there is not, or is called as one in the configuration file.
    """
    said: dict[str, Any] = {name: getattr(form, name) for name in FIELDS if getattr(form, name)}
    said |= {name: storable(value).strip() for name, value in said.items() if isinstance(value, str)}
    if "tags" in said:
        said["tags"] = [tag for tag in said["tags"].split(",") if tag.strip()]
    try:
        rule = Rule.model_validate(said)
    except ValidationError as error:
        raise RuleRefused("; ".join(_plain(detail) for detail in error.errors())) from error
    if rule.name.casefold() in {each.name.casefold() for each in settings.rules}:
        raise RuleRefused(_('the configuration file has a rule "%(name)s"; give this one another name', name=rule.name))
    if wrong := settings.wrong_with(rule):
        raise RuleRefused(wrong)
    return kept.given(session, rule)


_FIELDS: Mapping[str, str] = Said(
    {
        "name": N_("Name"), "query": N_("Query"), "confidence": N_("Confidence"), "rating": N_("Stars"),
        "reach": N_("Reach"), "severity": N_("Severity"), "assignee": N_("Assign to"), "tags": N_("Tags"),
    }
)  # fmt: skip


def _plain(finding: Any) -> str:
    field = str(finding["loc"][0]).removesuffix("_from").removesuffix("_to") if finding["loc"] else ""
    named = _FIELDS.get(field) or field
    return f"{named}: {wrong_with(finding)}" if named else wrong_with(finding)


def _typed(row: StoredRule) -> RuleForm:
    """A stored rule as it would be filled in; what can't be read any more is left empty."""
    said: dict[str, Any] = {"name": row.name, "version": row.version}
    for name, value in row.definition.items():
        if name in FIELDS and name != "name":
            said[name] = value if isinstance(value, list) and name != "tags" else _as_typed(value)
    return RuleForm.model_validate(said)


def _as_typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)


def _tried(home: House, form: RuleForm, rule_id: int | None) -> Tried:
    settings, now = home.config.settings, home.clock()
    days = form.days if form.days in DAYS else DAYS[1]
    with home.database.read() as session:
        rule, rows = rule_of(form, settings, session), kept.list_rules(session)
        today = (*settings.rules, *(kept.read_rule(row) for row in rows if row.enabled))
        other = (*settings.rules, *_with(rows, rule, rule_id))
        authors = ask_authors((*today, *other))
        batches = judged(session, MOST, now - timedelta(days=days), authors=authors)
        trial = tried(batches, settings, today, other, now)
    return Tried(trial, days, trial.looked == MOST)


def _with(rows: Sequence[StoredRule], rule: Rule, rule_id: int | None) -> list[Rule]:
    """The kept rules with this one in its place, as if it were on; a new one comes last."""
    found = [rule if row.id == rule_id else kept.read_rule(row) for row in rows if row.enabled or row.id == rule_id]
    return found if rule_id is not None else [*found, rule]


def _list(request: Request, status: int = 200, alert: str = "") -> HTMLResponse:
    home = house(request)
    config = home.config
    of_file = [(rule, line_of(config, ("rules", number))) for number, rule in enumerate(config.settings.rules)]
    with home.database.read() as session:
        rows = [(row, _readable(row)) for row in kept.list_rules(session)]
        changes, known = kept.history(session), agents(session)
    flagging = config.settings.flagging
    where = line_of(config, ("flagging",))
    found = {"of_file": of_file, "rows": rows, "changes": changes, "flagging": flagging, "flagging_line": where}
    found["to_nobody"] = partial(kept.is_given_to_nobody, known=known)
    return page(request, "rules.html", status, **found, file=config.path.name, alert=alert)


def _readable(row: StoredRule) -> Rule | None:
    try:
        return kept.read_rule(row)
    except ConfigError:
        return None


def _form(
    request: Request,
    form: RuleForm,
    rule_id: int | None,
    status: int = 200,
    alert: str = "",
    tried: Tried | None = None,
) -> HTMLResponse:
    home = house(request)
    settings = home.config.settings
    with home.database.read() as session:
        known, themes = choices(session), known_themes(session)
        people = agents(session) or known.assignees
    offered = {
        "brands": [brand.name for brand in settings.brands],
        "sources": sorted({*known.sources, *(each.name for brand in settings.brands for each in brand.sources)}),
        "themes": sorted({*themes, *form.themes}),
        "notify": [channel.name for channel in settings.notifications],
        "assignees": people,
    }
    beside = {"rule_id": rule_id, "tried": tried, "alert": alert, "days": DAYS}
    return page(request, "rule.html", status, form=form, offered=offered, **beside)
