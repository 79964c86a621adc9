"""Texts in runs that are worked on in one go: long enough for numpy to pay, short enough to bound what is held."""

from collections.abc import Iterator, Sequence
from typing import Final

TOGETHER: Final = 60_000  #: characters; a longer text stands by itself


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in runs of a bounded number of characters, in order."""
    begun = size = 0
    for end, text in enumerate(texts):
        if end > begun and size + len(text) > TOGETHER:
            yield texts[begun:end]
            begun, size = end, 0
        size += len(text)
    if begun < len(texts):
        yield texts[begun:]
