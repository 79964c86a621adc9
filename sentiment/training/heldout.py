"""Scores on sources that training did not see, and what they teach about confidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from earful.values import Label
from sentiment.evaluation import TRUTHS, Judgement, Report, report
from sentiment.judging import judged
from sentiment.scoring import Sums
from sentiment.training.fit import LISTED, NEUTRAL, POSITIVE, Heads, Rows, blended, own, shared, some
from sentiment.training.logistic import Floats, Matrix, fitted

BORDER: Final = 0.3
"""Log-odds from which on a text is neutral: best over the English sources held out one by one. Training balances
neutral and other texts; streams hold fewer neutrals than that."""


@dataclass(frozen=True)
class HeldOut:
    """One source, read by heads that never saw it; where it is the only one of its language, nor its language."""

    rows: Rows
    polarity: Floats
    neutrality: Floats


def held_out(parts: Sequence[Rows]) -> list[HeldOut]:
    """Each source and language in turn, read by what all the others teach."""
    return [_held_out(part, [other for other in parts if other.source != part.source]) for part in parts]


def _held_out(part: Rows, others: Sequence[Rows]) -> HeldOut:
    same = [other for other in others if other.language == part.language]
    heads = blended(shared(others), own(same) if same else None, listed=part.language in LISTED)
    return HeldOut(part, heads["polarity"].scores(part.features), heads["neutrality"].scores(part.features))


def held_out_rows(part: Rows, common: Heads) -> HeldOut:
    """Every fifth row of a source, read by heads that learned from its other rows."""
    last = np.arange(len(part.labels)) % 5 == 4
    heads = blended(common, own([some(part, ~last)]), listed=part.language in LISTED)
    rest = some(part, last)
    return HeldOut(rest, heads["polarity"].scores(rest.features), heads["neutrality"].scores(rest.features))


def straightened(parts: Sequence[HeldOut]) -> dict[str, float]:
    """Slopes and shifts that make the two log-odds probabilities on held-out sources, each source counting the same."""
    found: dict[str, float] = {}
    for name, positive in (("positive", POSITIVE), ("neutral", NEUTRAL)):
        odds, answers, importance = [], [], []
        for part in parts:
            kept = part.rows.labels != NEUTRAL if name == "positive" else np.ones(len(part.rows.labels), dtype=bool)
            if name == "neutral" and not part.rows.neutrals:
                continue
            odds.append((part.polarity if name == "positive" else part.neutrality)[kept])
            answers.append(part.rows.labels[kept] == positive)
            importance.append(np.full(int(kept.sum()), 1000 / kept.sum()))
        shift, slope = _line(np.concatenate(odds), np.concatenate(answers), np.concatenate(importance))
        border = shift + slope * (BORDER if name == "neutral" else 0.0)
        found |= {
            f"{name}_slope": round(slope, 4),
            f"{name}_shift": round(shift, 4),
            f"{name}_border": round(border, 4),
        }
    return found


def _line(odds: Floats, answers: np.ndarray[tuple[int], np.dtype[np.bool_]], importance: Floats) -> tuple[float, float]:
    nothing = np.zeros(0, dtype=np.int64)
    rows = Matrix(odds[:, None], np.zeros(len(odds) + 1, dtype=np.int64), nothing, np.zeros(0), 0)
    shift, slope = fitted(rows, answers, importance, 1.0)
    return shift, float(slope[0])


def scored(part: HeldOut, calibration: Mapping[str, float]) -> Report:
    """What the reader would have said of a held-out source, beside its labels."""
    sums = map(Sums, part.polarity.tolist(), part.neutrality.tolist())
    readings = [judged(one, calibration) for one in sums]
    truths = [TRUTHS[label] for label in part.rows.labels]
    if not part.rows.neutrals:  # asked only which way a text leans, as its labellers were
        return report([_leaning(truth, polarity) for truth, (_, polarity, _) in zip(truths, readings, strict=True)])
    return report([Judgement(t, label, sure) for t, (label, _, sure) in zip(truths, readings, strict=True)])


def _leaning(truth: Label, polarity: float) -> Judgement:
    return Judgement(truth, Label.POSITIVE if polarity > 0 else Label.NEGATIVE, 0.5 + abs(polarity) / 2)
