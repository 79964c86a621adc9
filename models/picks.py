"""How a mention's pick in the daily sample stands: judged there, it follows what is said of the mention anywhere."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from earful.values import Label
from models.sample import Finding, Sample


def mark(
    session: Session,
    mention_id: int,
    finding: Finding | None,
    says: Label | None,
    actor: str,
    at: datetime,
    *,
    first: bool = False,
) -> None:
    """Let the pick of a mention, where it was drawn and judged, stand as this person says now.

    None: it waits to be looked at again. One that nobody has judged is left alone, unless this is the `first` look: who
    happens on a post elsewhere looks for what is wrong, and estimates rest on posts that chance chose.
    """
    by = (actor, at) if finding else (None, None)
    judged = () if first else (Sample.finding.is_not(None),)
    session.execute(
        update(Sample)
        .where(Sample.mention_id == mention_id, *judged)
        .values(finding=finding, says=says, judged_by=by[0], judged_at=by[1], version=Sample.version + 1),
        execution_options={"synchronize_session": False},
    )
