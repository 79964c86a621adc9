"""Which of a team's labels stand for its whole stream: people judge what was flagged, which is one part of it."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from models.gold import Gold

_LUCK: Final = 2
"""Standard deviations by which the flagged share of labels may stray from the stream's, as it does by chance."""
_AGREED: Final = 1 / 3
"""The share of readings that people confirm where they label what comes. Any reader is right more often; below it, they
picked out what was wrong, and whoever learns from that alone learns that the reader is never right."""


class Mix(NamedTuple):
    """Labels that are mixed as the stream is, and what there was to take them from."""

    labels: list[Gold]
    flagged: int  #: labels of posts that were flagged
    others: int  #: labels of posts that were not: drawn by chance, or labelled as they came


def mixed(labels: Sequence[Gold], share: float) -> Mix:
    """As many of these labels as there can be with as many of flagged posts among them as the stream has.

    What cases teach says how often a flag is right, and nothing of the posts that nobody was called to: who learned
    from cases alone would take the stream for one where nearly every post is a complaint.

    Args:
        labels: the oldest first.
        share: how much of the stream is flagged, 0 to 1.
    """
    flagged = [one for one in labels if one.flagged]
    others = _unpicked([one for one in labels if not one.flagged])
    found = Mix([*flagged, *others], len(flagged), len(others))
    if _may_be_luck(found, share):
        return found
    whole = min(_fills(found.flagged, share), _fills(found.others, 1 - share))
    return found._replace(labels=_spread(flagged, whole * share) + _spread(others, whole * (1 - share)))


def newest(labels: Sequence[Gold], most: int) -> Sequence[Gold]:
    """The newest of mixed labels, mixed as they are.

    Cut after they are mixed: cases come by the hundred a day and others by the few, so the newest of all are cases.

    Args:
        labels: the oldest first of either kind.
        most: how many there may be.
    """
    if len(labels) <= most:
        return labels
    flagged, others = [one for one in labels if one.flagged], [one for one in labels if not one.flagged]
    wanted = round(most * len(flagged) / len(labels))
    return flagged[len(flagged) - wanted :] + others[len(others) - (most - wanted) :]


def missing(mix: Mix, share: float, least: int) -> int:
    """How many more posts that were not flagged want a label before so many labels stand for the stream."""
    return max(math.ceil(least * (1 - share)) - mix.others, 0)


def _may_be_luck(found: Mix, share: float) -> bool:
    texts = len(found.labels)
    return abs(found.flagged - share * texts) <= _LUCK * math.sqrt(share * (1 - share) * texts)


def _unpicked(others: Sequence[Gold]) -> list[Gold]:
    """Without those that people picked by hand because they were wrong."""
    picked = [one for one in others if one.chosen]
    agreed = sum(one.was in {None, one.label} for one in picked)
    return [one for one in others if not one.chosen or agreed >= _AGREED * len(picked)]


def _fills(labels: int, share: float) -> float:
    """How large a whole these labels can be their share of."""
    return labels / share if share else math.inf


def _spread(labels: Sequence[Gold], how_many: float) -> list[Gold]:
    """So many of these, evenly over time."""
    wanted = min(round(how_many), len(labels))
    return [labels[i * len(labels) // wanted] for i in range(wanted)]
