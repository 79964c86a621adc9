"""Asks a server on this machine once more while it is busy: Prefect's database has one writer at a time."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import httpx

Answer = TypeVar("Answer")

_BUSY = frozenset({429, 502, 503, 504})


def is_busy(answer: httpx.Response) -> bool:
    """Whether a server says that it has no time now."""
    return answer.status_code in _BUSY


def patiently(ask: Callable[[], Answer], busy: Callable[[Answer], bool], pauses: Sequence[float]) -> Answer:
    """The first answer that is none of a busy server, or the last one; there are as many more tries as pauses.

    Args:
        ask: what is asked; asked again it must do no harm.
        busy: whether to ask again.
        pauses: seconds before each further try.
    """
    for pause in pauses:
        answer = ask()
        if not busy(answer):
            return answer
        time.sleep(pause)
    return ask()
