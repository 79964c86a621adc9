"""The tables, their migrations, and every query on them."""

from models import case, consent, mention, outbox, run

__all__ = ["case", "consent", "mention", "outbox", "run"]  # importing them here makes the metadata complete
