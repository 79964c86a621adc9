"""A small memory of what was just worked out, so that ten people looking at the same queue don't count it ten times."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

Value = TypeVar("Value")
MOST = 500


class Memory:
    """Keeps the last values by key. A key says all that its value depends on, so nothing here ever grows stale."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of this key, made when it is not known."""
        with self._lock:
            if key in self._kept:
                return self._kept[key]  # type: ignore[return-value]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
