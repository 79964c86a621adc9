"""What a rating that comes with a text says about it."""

from typing import Final

from sentiment.odds import Sums

_CAP: Final = 3.0  #: beside a rating no text counts for more than this, in log-odds: stars are meant, words slip
_STARS: Final = {1: (-4.0, -2.5), 2: (-2.5, -1.0), 3: (-0.3, 1.0), 4: (1.5, -0.5), 5: (2.5, -1.5)}
"""For each number of stars what it adds to the polarity and to the neutrality. One star outweighs any praise ("Great,
thanks for nothing"); five do not outweigh a clear complaint, for people mix up the ends of the scale, and a complaint
overlooked costs more than praise overlooked."""


def stars(rating: float | None, nps: int | None) -> int | None:
    """The stars 1 to 5 that a rating or a recommendation score of 0 to 10 stands for; None where neither is usable.

    Detractors (0 to 6) become one or two stars, passives (7, 8) three or four, promoters five (Reichheld 2003).
    """
    if rating is not None and 0 < rating <= 5:
        return max(1, round(rating))
    if nps is None or not 0 <= nps <= 10:
        return None
    return next(given for least, given in ((9, 5), (8, 4), (7, 3), (4, 2), (0, 1)) if nps >= least)


def with_stars(sums: Sums, given: int | None) -> Sums:
    """The log-odds of a text together with its stars."""
    if given is None:
        return sums
    polarity, neutrality = _STARS[given]
    capped = max(-_CAP, min(_CAP, sums.polarity))
    return Sums(capped + polarity, max(-_CAP, min(_CAP, sums.neutrality)) + neutrality)


def weight_of(given: int) -> float:
    """Which way and how strongly the stars move a reading, -1..1."""
    return (given - 3) / 2
