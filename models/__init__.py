"""The tables, their migrations, and every query on them."""

from models import case, consent, mention, outbox, run, sample, search

__all__ = ["case", "consent", "mention", "outbox", "run", "sample", "search"]  # importing them completes the metadata
