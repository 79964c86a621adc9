"""The tables, their migrations, and every query on them."""

from models import (
    account,
    case,
    consent,
    delivery,
    learning,
    mention,
    outbox,
    presence,
    reply,
    rule,
    run,
    sample,
    search,
    similar,
    views,
)

#: Importing them completes the metadata.
__all__ = [
    "account",
    "case",
    "consent",
    "delivery",
    "learning",
    "mention",
    "outbox",
    "presence",
    "reply",
    "rule",
    "run",
    "sample",
    "search",
    "similar",
    "views",
]
