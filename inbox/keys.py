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
from inbox.person import quietly

KEYS_COOKIE = "earful_keys"

#: What can be done by a key: the key it has at first, and what it does.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "next": ("j", "next case"),
    "previous": ("k", "previous case"),
    "open": ("o", "open the case"),
    "needs_reply": ("1", "needs a reply"),
    "not_negative": ("2", "not negative, or not about us"),
    "duplicate": ("3", "duplicate"),
    "escalate": ("4", "escalate"),
    "resolve": ("e", "done, and on to the next"),
    "snooze": ("s", "snooze"),
    "assign": ("a", "assign to somebody"),
    "take": ("i", "assign to me"),
    "tag": ("t", "tag"),
    "note": ("n", "write a note"),
    "reply": ("r", "copy the reply and open the source"),
    "select": ("x", "select"),
    "undo": ("z", "undo my last change"),
    "search": ("/", "search"),
    "help": ("?", "these keys"),
}


class KeysRefused(EarfulError):
    """The keys can't be set like this; says why."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A person's keys: whether there are any, and those that they changed, by action."""

    on: bool = True
    changed: Mapping[str, str] = field(default_factory=dict)

    def key(self, action: str) -> str:
        """The key of an action."""
        return self.changed.get(action, ACTIONS[action][0])

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
            raise KeysRefused(f'"{ACTIONS[action][1]}" needs one single character, not "{key[:20]}"')
    keys = Keys(on, {action: key for action, key in known.items() if key != ACTIONS[action][0]})
    taken: dict[str, str] = {}
    for action in ACTIONS:
        other = taken.setdefault(keys.key(action), action)
        if other != action:
            both = f'"{ACTIONS[other][1]}" and "{ACTIONS[action][1]}"'
            raise KeysRefused(f'the key "{keys.key(action)}" can\'t be for both {both}')
    return keys
