"""What the reading pane shows of one case: its text with what spoke in it, what is around it, and what may be done."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from inbox.drafts import Draft, draft_for
from inbox.house import House
from inbox.shown import Evidence, Listed, Pointers, Reasons, Shown, listed, shown
from inbox.times import times_of
from models.accounts import agents
from models.acts import ALLOWED
from models.case import DONE, Case, Dismissal
from models.caseview import CaseView, view_case
from models.casework import text_changed_since
from models.mention import Mention
from models.records import reasons_of
from models.tags import known_tags
from models.telling import can_undo, dismissed_as_praise, withdrawn


def opened_case(
    session: Session, home: House, case_id: int, actor: str, reply_key: str = "", sought: str = ""
) -> dict[str, Any] | None:
    """Everything about a case that its pane shows, `sought` marked in it; None where there is no such case."""
    view = view_case(session, case_id)
    if view is None:
        return None
    pointers = home.pointers(view.case.brand, sought)
    return {
        "view": view,
        "case": view.case,
        "mention": view.case.mention,
        "reading": view.case.mention.reading,
        "reasons": reasons_of(view.case),
        "shown": _shown(view.case.mention, view.case.reasons, pointers),
        "thread": [(other, listed_mention(other, (), pointers)) for other in view.thread],
        "by_author": [(heard, listed_mention(heard.mention, (), pointers)) for heard in view.by_author],
        "can": _can(view, actor),
        "withdrawn": withdrawn(view.events),
        "is_praise": view.case.dismissal is Dismissal.NOT_NEGATIVE and dismissed_as_praise(view.events),
        "text_changed": text_changed_since(view.case),
        "done": view.case.status in DONE,
        "times": times_of(view.case, home.brand(view.case.brand)),
        "lead": home.lead(view.case.brand),
        "tags": known_tags(session),
        "agents": agents(session),
        "reply": _draft(session, view.case, actor, reply_key),
    }


def _can(view: CaseView, actor: str) -> set[str]:
    verbs = {verb.value for verb in ALLOWED[view.case.status]}
    return verbs if can_undo(view.events, actor) else verbs - {"undo"}


def _draft(session: Session, case: Case, actor: str, key: str) -> Draft:
    mention, reading = case.mention, case.mention.reading
    values: Mapping[str, str] = {
        "author": mention.author or "",
        "brand": case.brand,
        "agent": actor,
        "case": str(case.id),
        "source": mention.source.name,
    }
    themes: Sequence[str] = reading.themes if reading else ()
    return draft_for(session, values, reading.language if reading else None, themes, key)


def _shown(mention: Mention, reasons: Reasons, pointers: Pointers) -> Shown:
    return shown(mention.title, mention.text, _evidence(mention), reasons, pointers)


def listed_mention(mention: Mention, reasons: Reasons, pointers: Pointers) -> Listed:
    """A mention as a list shows it."""
    return listed(mention.title, mention.text, _evidence(mention), reasons, pointers)


def _evidence(mention: Mention) -> Evidence:
    return mention.reading.evidence if mention.reading else ()
