"""Chooses which of the unflagged mentions a person looks at. Pure: the same ids and seed give the same choice."""

import heapq
from collections.abc import Iterable

from earful.text import digest


def chosen(seed: str, ids: Iterable[int], count: int) -> list[int]:
    """Up to `count` of the ids, each as likely as any other; a higher count adds to those of a lower one."""
    return heapq.nsmallest(count, ids, key=lambda each: digest(seed, each))
