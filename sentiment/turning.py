"""What the reading of a text becomes for us where it is of others, or where a comparison says more than its words."""

from dataclasses import replace
from typing import Final, NamedTuple

from earful.values import THEME, Evidence, Label, Reading

_MIRRORED: Final = {Label.POSITIVE: Label.NEGATIVE, Label.NEGATIVE: Label.POSITIVE}
_SURE: Final = 0.7  #: how often a comparison that decides is right


class Compared(NamedTuple):
    """What a comparison says by itself."""

    evidence: Evidence  #: with its weight for us
    firm: bool  #: whether it also decides where other words say the opposite, but less strongly: "X is slower than Y"


def turned(reading: Reading) -> Reading:
    """The reading of a text for those whom it holds others above: what it praises speaks against them."""
    if reading.label is Label.UNSCORED:
        return reading
    positive = 1 - reading.confidence - reading.negative if reading.label is Label.NEUTRAL else 1 - reading.confidence
    return replace(
        reading,
        label=_MIRRORED.get(reading.label, reading.label),
        polarity=-reading.polarity,
        negative=reading.confidence if reading.label is Label.POSITIVE else max(positive, 0.0),
        evidence=tuple(replace(one, weight=-one.weight) if one.weight else one for one in reading.evidence),
    )


def decided(reading: Reading, compared: Compared, *, alone: bool) -> Reading:
    """The reading, or where it finds nothing said, what a comparison says by itself: "switched from X to Y".

    Args:
        reading: of the words beside the comparison; where there are none, of the comparison itself.
        compared: what it says.
        alone: whether there are no words beside it, so that a reading of its words would tell nothing.
    """
    weight = compared.evidence.weight
    outdone = compared.firm and weight * reading.polarity < 0 and abs(reading.polarity) < abs(weight)
    if not (alone or outdone or reading.label in {Label.NEUTRAL, Label.UNSCORED}):
        return reading
    against = weight < 0
    return replace(
        reading,
        label=Label.NEGATIVE if against else Label.POSITIVE,
        polarity=weight,
        confidence=_SURE,
        negative=_SURE if against else round((1 - _SURE) / 2, 4),
        evidence=(compared.evidence, *(one for one in reading.evidence if not (alone and one.weight))),
    )


def worse(one: Reading, other: Reading) -> Reading:
    """Of what is said of us and what is said in comparison, what says anything, and the worse where both do.

    The themes are those of both.
    """
    said = [each for each in (one, other) if each.label not in {Label.UNSCORED, Label.NEUTRAL}]
    plainly = other if one.label is Label.UNSCORED else one
    kept = min(said, key=lambda reading: reading.polarity, default=plainly)
    return _themed(kept, other if kept is one else one)


def _themed(reading: Reading, other: Reading) -> Reading:
    """A reading with the themes of another one of the same text as well."""
    more = [theme for theme in other.themes if theme not in reading.themes]
    if not more:
        return reading
    shown = (one for one in other.evidence if one.code.removeprefix(THEME) in more)
    return replace(reading, themes=(*reading.themes, *more), evidence=(*reading.evidence, *shown))
