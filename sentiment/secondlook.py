"""The reader that looks twice: the default reader reads everything, an encoder reads again what that one doubts."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from earful.values import Label, Passage, Reading
from sentiment.default import DefaultReader, Weighed
from sentiment.encoder import average, embedded, head, installed
from sentiment.judging import composed, judged
from sentiment.odds import Sums
from sentiment.ratings import stars, with_stars

USUAL_SECONDS: Final = 60.0
DOUBT: Final = 0.7  #: below this confidence of the default reader a text is read again
_TOGETHER: Final = 32  #: texts that are embedded at once; the clock is looked at in between


class Budget:
    """The time that second looks may take in one run. All readers of a run share one; threads may too, roughly."""

    def __init__(self, seconds: float = USUAL_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._left, self._now = seconds, now

    @property
    def left(self) -> bool:
        """Whether there is time for more."""
        return self._left > 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time that passes within."""
        started = self._now()
        try:
            yield
        finally:
            self._left -= self._now() - started


class SecondLook:
    """Reads like the default reader; where that one is unsure, an encoder's log-odds are averaged with its own.

    A reading says which of the two it is by its reader: "encoder" or "default". A text that there was no time to read
    again keeps the default reader's reading and plain version, so that reading again finds it.

    Args:
        first: reads everything.
        calibration: what the brand's labels taught, as `first` was given it.
        budget: the time for second looks; readers of one run share it.

    Raises:
        ConfigError: the encoder's package is not installed, or its head is damaged.
    """

    name = "encoder"

    def __init__(self, first: DefaultReader, calibration: Mapping[str, float], budget: Budget) -> None:
        installed()
        self._first, self._budget, self._head = first, budget, head()
        base = self._head.calibration
        self._calibration = composed(base, calibration) if calibration else base
        self.version = f"{self._head.version}+{first.version}"
        self._sure = f"{first.version}+e{self._head.version}"
        self.marks = frozenset([(self.name, self.version), (first.name, self._sure)])

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order: the least sure are read again first."""
        readings = self._first.read(passages, explain=explain)
        doubtful = sorted(filter(lambda i: _doubted(readings[i]), range(len(readings))), key=_sureness(readings))
        found = [replace(one, version=self._sure) for one in readings]
        for i in doubtful:
            found[i] = readings[i]
        for some in _batches(doubtful):
            if not self._budget.left:
                break
            with self._budget.spending():
                for i, sums in self._looked(passages, readings, some):
                    found[i] = self._again(readings[i], sums)
        return found

    def weigh(self, passages: Sequence[Passage]) -> list[Weighed | None]:
        """For each passage what its label comes from; every doubtful one is looked at twice, whatever time it takes."""
        readings, found = self._first.read(passages, explain=False), self._first.weigh(passages)
        for some in _batches([i for i, one in enumerate(readings) if _doubted(one)]):
            for i, sums in self._looked(passages, readings, some):
                found[i] = Weighed(sums, self._head.calibration)
        return found

    def _looked(
        self, passages: Sequence[Passage], readings: Sequence[Reading], some: Sequence[int]
    ) -> Iterator[tuple[int, Sums]]:
        """Both log-odds of some passages after a second look; none of what has no words but stars."""
        firsts = self._first.weigh([Passage(passages[i].text, readings[i].language) for i in some])
        seconds = self._head.sums(embedded([passages[i].text for i in some]))
        for i, one, other in zip(some, firsts, seconds, strict=True):
            if one is not None:
                given = stars(passages[i].rating, passages[i].nps)
                yield i, with_stars(average(one.sums, other, self._head.share), given)

    def _again(self, reading: Reading, sums: Sums) -> Reading:
        label, polarity, confidence = judged(sums, self._calibration)
        return replace(
            reading, label=label, polarity=polarity, confidence=confidence, reader=self.name, version=self.version
        )


def _doubted(reading: Reading) -> bool:
    return reading.label is not Label.UNSCORED and reading.confidence < DOUBT


def _sureness(readings: Sequence[Reading]) -> Callable[[int], float]:
    return lambda i: readings[i].confidence


def _batches(places: Sequence[int]) -> Iterator[Sequence[int]]:
    return (places[start : start + _TOGETHER] for start in range(0, len(places), _TOGETHER))
