"""The single keys of the inbox: what each does, and how a person changed them.

Single keys can be remapped and switched off (WCAG 2.1.4), as they come in the way of speech input and of assistive
keys.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from fastapi import Request

from earful.errors import EarfulError
from earful.speech import N_, _
from inbox.person import quietly

KEYS_COOKIE = "earful_keys"

#: What can be done by a key: the key it has at first, and what it does.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "next": ("j", N_("next case")),
    "previous": ("k", N_("previous case")),
    "open": ("o", N_("open the case")),
    "needs_reply": ("1", N_("needs a reply")),
    "not_negative": ("2", N_("not negative, or not about us")),
    "praise": ("p", N_("praise")),
    "duplicate": ("3", N_("duplicate")),
    "escalate": ("4", N_("escalate")),
    "resolve": ("e", N_("done, and on to the next")),
    "snooze": ("s", N_("snooze")),
    "assign": ("a", N_("assign to somebody")),
    "take": ("i", N_("assign to me")),
    "tag": ("t", N_("tag")),
    "note": ("n", N_("write a note")),
    "reply": ("r", N_("copy the reply and open the source")),
    "select": ("x", N_("select")),
    "undo": ("z", N_("undo my last change")),
    "search": ("/", N_("search")),
    "help": ("?", N_("these keys")),
}


class KeysRefused(EarfulError):
    """The keys can't be set like this; says why."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A person's keys: whether there are any, and those that they changed, by action."""

    on: bool = True
    changed: Mapping[str, str] = field(default_factory=dict)

    def key(self, action: str) -> str:
        """The key of an action; "" where the person gave its first key to another, as they may before it came."""
        first = ACTIONS[action][0]
        return self.changed.get(action) or ("" if first in self.changed.values() else first)

    def shown(self, action: str) -> str:
        """The key of an action as a page names it: a dash where it has none."""
        return self.key(action) or "–"

    def as_json(self) -> dict[str, Any]:
        """The shape in which they are kept."""
        return {"on": self.on, "changed": dict(self.changed)}


def read_keys(kept: Any) -> Keys:
    """Keys as they were kept; what can't be read is as at first."""
    if not isinstance(kept, Mapping):
        return Keys()
    changed = kept.get("changed")
    try:
        return checked_keys(kept.get("on") is not False, changed if isinstance(changed, Mapping) else {})
    except KeysRefused:
        return Keys(on=kept.get("on") is not False)


def keys_here(request: Request) -> Keys:
    """The keys of whoever asks: of their account, or of this browser while there are no accounts."""
    known = quietly(request)
    if known and known.user_id:
        return read_keys(known.preferences.get("keys"))
    try:
        return read_keys(json.loads(unquote(request.cookies.get(KEYS_COOKIE, ""))))
    except ValueError:
        return Keys()


def checked_keys(on: bool, given: Mapping[str, Any]) -> Keys:
    """The keys a person asks for.

    Raises:
        KeysRefused: one is no single character, or does two things.
    """
    known = {action: str(key).strip() for action, key in given.items() if action in ACTIONS and key}
    for action, key in known.items():
        if len(key) != 1 or not key.isprintable():
            raise KeysRefused(
                _("“%(action)s” needs one single character, not “%(key)s”", action=_(ACTIONS[action][1]), key=key[:20])
            )
    taken: dict[str, str] = {}
    for action, key in known.items():
        other = taken.setdefault(key, action)
        if other != action:
            raise KeysRefused(
                _(
                    "the key “%(key)s” can't be for both “%(one)s” and “%(other)s”",
                    key=key,
                    one=_(ACTIONS[other][1]),
                    other=_(ACTIONS[action][1]),
                )
            )
    return Keys(on, {action: key for action, key in known.items() if key != ACTIONS[action][0]})
