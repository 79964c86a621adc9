"""The web application where people act on what was flagged."""
