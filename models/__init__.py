"""The tables, their migrations, and every query on them."""

from models import (
    case,
    consent,
    delivery,
    learning,
    mention,
    outbox,
    presence,
    reply,
    run,
    sample,
    search,
    similar,
    views,
)

#: Importing them completes the metadata.
__all__ = [
    "case",
    "consent",
    "delivery",
    "learning",
    "mention",
    "outbox",
    "presence",
    "reply",
    "run",
    "sample",
    "search",
    "similar",
    "views",
]
