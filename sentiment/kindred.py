"""Languages that py3langid does not know or mixes up with their kin, told apart by what labelled texts taught.

The table says for short runs of letters, and for whole words, how much they speak for each of its languages rather
than for the others. It is signed bytes in a file beside the weights, checked by its hash and never executed.
"""

import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earful.errors import ConfigError
from sentiment.hashing import buckets, pieces
from sentiment.weights import data_file, whole_file

MANIFEST: Final = "kindred.json"
FORMAT: Final = 1  #: raised whenever the file is laid out, or words are cut, in another way
SIZE: Final = 1 << 14  #: rows for runs of letters, and as many for whole words
_WHOLE: Final = "language"  #: the kind of bucket that whole words fall into

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Kindred:
    """What is known of some languages beyond py3langid's model."""

    languages: tuple[str, ...]  #: one a column of the table
    relatives: Mapping[str, tuple[str, ...]]
    """For each of them that py3langid does not know: what it takes their texts for, in its own codes."""
    table: NDArray[np.int8]  #: 2 * SIZE rows
    scale: float  #: what one step in the table is worth

    def columns(self, languages: Sequence[str]) -> Floats:
        """The part of the table about some of the languages, in log-odds."""
        places = [self.languages.index(one) for one in languages]
        return self.table.take(places, axis=1).astype(np.float32) * np.float32(self.scale)


def said(words: Sequence[str], columns: Floats) -> Floats:
    """What lower-case words, none of them empty, say for each column: one row a word."""
    runs, owners = pieces(words)
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(words))
    sums: Floats = np.add.reduceat(columns[runs[order] % SIZE], np.cumsum(counts) - counts, axis=0)
    sums /= np.sqrt(counts, dtype=np.float32)[:, None]
    return sums + columns[wholes(words)]


def wholes(words: Sequence[str]) -> Ints:
    """The row of each whole word."""
    return SIZE + buckets(_WHOLE, words) % SIZE


@cache
def shipped() -> Kindred:
    """The table that comes with Earful, read at the first call.

    Raises:
        ConfigError: its file is damaged, missing or of another version.
    """
    manifest = json.loads(data_file(MANIFEST).read_text(encoding="utf-8"))
    line, _, numbers = lzma.decompress(whole_file(manifest)).partition(b"\n")
    header = json.loads(line)
    languages = tuple(header["languages"])
    if header["format"] != FORMAT or len(numbers) != 2 * SIZE * len(languages):
        raise ConfigError("The table of kindred languages is of another version of Earful; install it again.")
    table = np.frombuffer(numbers, dtype=np.int8).reshape(-1, len(languages))
    relatives = {one: tuple(taken) for one, taken in header["relatives"].items()}
    return Kindred(languages, relatives, table, header["scale"])


def packed(kindred: Kindred) -> bytes:
    """The bytes of the file, the same for the same content."""
    header = {
        "format": FORMAT,
        "languages": kindred.languages,
        "relatives": kindred.relatives,
        "scale": kindred.scale,
    }
    body = json.dumps(header, sort_keys=True).encode() + b"\n" + kindred.table.tobytes()
    return lzma.compress(body, preset=9 | lzma.PRESET_EXTREME)
