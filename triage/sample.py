"""Chooses which of the unflagged mentions a person looks at. Pure: the same ids and seed give the same choice."""

import heapq
from collections.abc import Iterable

from earful.text import digest


def chosen(ids: Iterable[int], seed: str, count: int) -> list[int]:
    """Up to `count` of the ids, each as likely as any other, whatever they are about."""
    return heapq.nsmallest(count, ids, key=lambda each: digest(seed, each))
