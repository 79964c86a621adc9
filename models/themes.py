"""The themes that readings have been about of late: what a filter or a rule can be set to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.mention import StoredReading

LATEST = 5_000  # readings looked at: a theme that is given shows up soon


def known_themes(session: Session) -> list[str]:
    """The themes of the latest readings, in alphabetical order."""
    latest = select(StoredReading.themes).order_by(StoredReading.mention_id.desc()).limit(LATEST)
    return sorted({theme for several in session.scalars(latest) for theme in several})
