"""The tables, their migrations, and every query on them."""

from models import case, consent, mention, outbox, run, sample

__all__ = ["case", "consent", "mention", "outbox", "run", "sample"]  # importing them here makes the metadata complete
