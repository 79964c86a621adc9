"""The reader that looks twice: the default reader reads everything, a model reads again what that one doubts."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from earful.values import Evidence, Passage, Reading
from sentiment.default import DefaultReader, Weighed
from sentiment.judging import composed, judged
from sentiment.odds import Sums, average
from sentiment.ratings import stars, with_stars

USUAL_SECONDS: Final = 60.0
_TOGETHER: Final = 32  #: texts that are looked at in one go; the clock is looked at in between

Looked = tuple[Sums, tuple[Evidence, ...]]  #: both log-odds of a text, and what is to be told about how it was read


class Budget:
    """The time that second looks may take in one run. All readers of a run share one; threads may too, roughly."""

    def __init__(self, seconds: float = USUAL_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._left, self._now = seconds, now
        self._kept = 0.0  #: of what is left, for later
        self._waiting = 0  #: texts

    @property
    def left(self) -> bool:
        """Whether there is time for more."""
        return self._left > self._kept

    def share_among(self, waiting: int) -> None:
        """Part what is left evenly among so many texts, so that those who come first take not all of it."""
        self._waiting = waiting

    def lend(self, texts: int) -> None:
        """Let the next texts spend their part of what is left, with what those before them left of theirs.

        The last of those that it was shared among, and any that come after them, may spend all of it.
        """
        self._waiting = max(0, self._waiting - texts)
        self._kept = self._left * self._waiting / (self._waiting + texts) if self._waiting else 0.0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time that passes within."""
        started = self._now()
        try:
            yield
        finally:
            self._left -= self._now() - started


@dataclass(frozen=True, slots=True)
class Model:
    """What looks a second time."""

    name: str
    version: str
    share: float  #: of the model in the average with the default reader's log-odds; 1: it decides alone
    calibration: Mapping[str, float]  #: of that average; see `judging.PLAIN`
    doubts: Callable[[Passage, Reading], bool]  #: whether a text is to be read again
    looked: Callable[[Sequence[str]], Sequence[Looked]]
    sorted_by_length: int = 1  #: batches whose texts are put in order of length, so that alike ones come together


class SecondLook:
    """Reads like the default reader; where that one is unsure, a model's log-odds are averaged with its own.

    A reading says which of the two it is by its reader: the model's name or "default". A text that there was no time to
    read again keeps the default reader's reading and plain version, so that reading again finds it.

    Args:
        first: reads everything.
        model: looks again.
        calibration: what the brand's labels taught, as `first` was given it.
        budget: the time for second looks; readers of one run share it.
    """

    def __init__(self, first: DefaultReader, model: Model, calibration: Mapping[str, float], budget: Budget) -> None:
        self._first, self._model, self._budget = first, model, budget
        self._calibration = composed(model.calibration, calibration) if calibration else model.calibration
        self.name = model.name
        self.version = f"{model.version}+{first.version}"
        self._sure = f"{first.version}+e{model.version}"
        self.marks = frozenset([(self.name, self.version), (first.name, self._sure)])

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order: the least sure are read again first."""
        readings = self._first.read(passages, explain=explain)
        doubtful = sorted(self._doubtful(passages, readings), key=lambda i: readings[i].confidence)
        found = [replace(one, version=self._sure) for one in readings]
        for i in doubtful:
            found[i] = readings[i]
        self._budget.lend(len(passages))
        for some in self._batches(passages, doubtful):
            if not self._budget.left:
                break
            with self._budget.spending():
                for i, sums, notes in self._looked(passages, readings, some):
                    found[i] = self._again(readings[i], sums, notes if explain else ())
        return found

    def weigh(self, passages: Sequence[Passage]) -> list[Weighed | None]:
        """For each passage what its label comes from; every doubtful one is looked at twice, whatever time it takes."""
        readings = self._first.read(passages, explain=False)
        found = [one and Weighed(one.sums, one.calibration) for one in self._first.weigh(passages)]
        for some in self._batches(passages, self._doubtful(passages, readings)):
            for i, sums, _ in self._looked(passages, readings, some):
                found[i] = Weighed(sums, self._model.calibration)
        return found

    def _doubtful(self, passages: Sequence[Passage], readings: Sequence[Reading]) -> list[int]:
        return [i for i, both in enumerate(zip(passages, readings, strict=True)) if self._model.doubts(*both)]

    def _batches(self, passages: Sequence[Passage], places: Sequence[int]) -> Iterator[Sequence[int]]:
        window = _TOGETHER * self._model.sorted_by_length
        for begun in range(0, len(places), window):
            some = places[begun : begun + window]
            if self._model.sorted_by_length > 1:
                some = sorted(some, key=lambda i: len(passages[i].text))
            yield from (some[start : start + _TOGETHER] for start in range(0, len(some), _TOGETHER))

    def _looked(
        self, passages: Sequence[Passage], readings: Sequence[Reading], some: Sequence[int]
    ) -> Iterator[tuple[int, Sums, tuple[Evidence, ...]]]:
        """Both log-odds of some passages after a second look; none of those that have no words."""
        firsts = self._firsts(passages, readings, some)
        for i, one, (other, notes) in zip(
            some, firsts, self._model.looked([passages[i].text for i in some]), strict=True
        ):
            if one is not None:
                given = stars(passages[i].rating, passages[i].nps)
                yield i, with_stars(average(one, other, self._model.share), given), notes

    def _firsts(
        self, passages: Sequence[Passage], readings: Sequence[Reading], some: Sequence[int]
    ) -> Sequence[Sums | None]:
        """What the first look said of the words alone; None of what has no words but stars."""
        if self._model.share == 1:
            return [Sums(0.0, 0.0)] * len(some)
        weighed = self._first.weigh([Passage(passages[i].text, readings[i].language) for i in some])
        return [one.sums if one else None for one in weighed]

    def _again(self, reading: Reading, sums: Sums, notes: tuple[Evidence, ...]) -> Reading:
        label, polarity, confidence, negative = judged(sums, self._calibration)
        evidence = reading.evidence
        if self._model.share == 1:  # words that point another way than the model moved nothing
            evidence = tuple(one for one in evidence if one.weight * polarity > 0 or not one.weight or one.start < 0)
        return replace(
            reading, label=label, polarity=polarity, confidence=confidence, reader=self.name, version=self.version,
            evidence=(*evidence, *notes), negative=negative,
        )  # fmt: skip
