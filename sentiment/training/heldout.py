"""Scores on sources that training did not see, and what they teach about confidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from earful.values import Label
from sentiment.evaluation import TRUTHS, Judgement, Report, precision_at_recall, report
from sentiment.judging import judged
from sentiment.odds import Sums
from sentiment.training.fit import LISTED, NEUTRAL, POSITIVE, Heads, Rows, Shared, blended, shared, some, teaches_all
from sentiment.training.logistic import Answers, Floats, Matrix, fitted

GOOD, BAD, BORDER = -0.6, -0.6, -0.4
"""How much a positive and a negative polarity (in log-odds) speak against neutrality, and from which log-odds on a text
is neutral: best over all sources held out one by one, and as good on each where the others chose."""
RECALL: Final = 0.9  #: at which the precision of the negative flag is told


@dataclass(frozen=True)
class HeldOut:
    """One source, read by heads that never saw it; where it is the only one of its language, nor its language."""

    rows: Rows
    polarity: Floats
    neutrality: Floats


def held_out(parts: Sequence[Rows]) -> list[HeldOut]:
    """Each source and language in turn, read by what all the other sources teach."""
    common: dict[frozenset[str], Shared] = {}
    return [_held_out(part, [other for other in parts if other.source != part.source], common) for part in parts]


def _held_out(part: Rows, others: Sequence[Rows], common: dict[frozenset[str], Shared]) -> HeldOut:
    """Read a source by heads that others taught; `common` remembers what sources taught all languages."""
    teachers = frozenset(other.source for other in others if teaches_all(other))
    if teachers not in common:
        common[teachers] = shared(others)
    same = [other for other in others if other.language == part.language]
    return _read(part, blended(common[teachers], same, listed=part.language in LISTED))


def held_out_rows(part: Rows, common: Shared) -> HeldOut:
    """Every fifth row of a source, read by heads that learned from its other rows."""
    last = np.arange(len(part.labels)) % 5 == 4
    return _read(some(part, last), blended(common, [some(part, ~last)], listed=part.language in LISTED))


def _read(part: Rows, heads: Heads) -> HeldOut:
    return HeldOut(part, heads["polarity"].scores(part.features), heads["neutrality"].scores(part.features))


def straightened(parts: Sequence[HeldOut]) -> dict[str, float]:
    """Slopes and shifts that make the two log-odds probabilities on held-out sources, each source counting the same."""
    positive = [
        (part.polarity[leaning], part.rows.labels[leaning] == POSITIVE)
        for part in parts
        for leaning in [part.rows.labels != NEUTRAL]
    ]
    neutral = [(leaned(part), part.rows.labels == NEUTRAL) for part in parts if part.rows.neutrals]
    shift, slope = _line(positive)
    found = {"positive_slope": slope, "positive_shift": shift, "positive_border": shift}
    shift, slope = _line(neutral)
    found |= {"neutral_slope": slope, "neutral_good": slope * GOOD, "neutral_bad": slope * BAD, "neutral_shift": shift}
    found["neutral_border"] = slope * BORDER + shift
    return {name: round(value, 4) for name, value in found.items()}


def leaned(part: HeldOut) -> Floats:
    """The log-odds of neutrality with what the polarity says against it."""
    return part.neutrality + GOOD * np.maximum(part.polarity, 0) + BAD * np.maximum(-part.polarity, 0)


def _line(parts: Sequence[tuple[Floats, Answers]]) -> tuple[float, float]:
    """Shift and slope that straighten log-odds, given with their answers for each source."""
    odds = np.concatenate([part[0] for part in parts])
    importance = np.concatenate([np.full(len(answers), 1000 / len(answers)) for _, answers in parts])
    shift, slope = fitted(Matrix.of_dense(odds[:, None]), np.concatenate([part[1] for part in parts]), importance, 1.0)
    return shift, float(slope[0])


def scored(part: HeldOut, calibration: Mapping[str, float]) -> Report:
    """How a held-out source was read."""
    return report(judgements(part, calibration))


def ranked(part: HeldOut, calibration: Mapping[str, float]) -> float:
    """The precision of the negative flag where it finds nine of ten, texts ranked by their chance of being negative."""
    sums = map(Sums, part.polarity.tolist(), part.neutrality.tolist())
    chances = [judged(one, calibration).negative for one in sums]
    truths = [TRUTHS[label] is Label.NEGATIVE for label in part.rows.labels]
    return precision_at_recall(zip(chances, truths, strict=True), RECALL)


def judgements(part: HeldOut, calibration: Mapping[str, float]) -> list[Judgement]:
    """What the reader would have said of a held-out source, beside its labels."""
    sums = map(Sums, part.polarity.tolist(), part.neutrality.tolist())
    readings = [judged(one, calibration) for one in sums]
    truths = [TRUTHS[label] for label in part.rows.labels]
    if not part.rows.neutrals:  # asked only which way a text leans, as its labellers were
        return [_leaning(truth, said.polarity) for truth, said in zip(truths, readings, strict=True)]
    return [Judgement(truth, said.label, said.confidence) for truth, said in zip(truths, readings, strict=True)]


def _leaning(truth: Label, polarity: float) -> Judgement:
    return Judgement(truth, Label.POSITIVE if polarity > 0 else Label.NEGATIVE, 0.5 + abs(polarity) / 2)
