"""Weight files: one a language, compressed numbers and words, checked by their hash and never executed.

A file is LZMA over: one line of JSON (the header), then the tables as signed bytes, one after another. The header says
what the language is, under which licence the weights stand, the dense weights, the scale of each table, and the words.
`MANIFEST` names each file with its SHA-256; a file that does not match is refused.
"""

import hashlib
import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from earful.errors import ConfigError
from sentiment.features import DENSE
from sentiment.hashing import BUCKETS
from sentiment.words import WordList, parsed

MANIFEST: Final = "weights.json"
FORMAT: Final = 1  #: raised whenever a file is laid out, or its features are counted, in another way
_LIMIT: Final = 127  #: the largest number in a table


@dataclass(frozen=True, slots=True)
class Head:
    """One logistic question to a text: its answer is positive where the sum of the weights is."""

    bias: float
    dense: tuple[float, ...]  #: one weight a name in `features.DENSE`
    scale: float = 0.0  #: what one step in the table is worth
    table: memoryview | None = None  #: `BUCKETS` signed bytes; None: the language has no hashed weights


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything the default reader knows of one language."""

    language: str
    licence: str
    words: WordList
    polarity: Head  #: positive rather than negative
    neutrality: Head  #: neutral rather than either
    calibration: Mapping[str, float]  #: see `judging.PLAIN`


def available() -> tuple[str, ...]:
    """The languages that have a weight file, in alphabetical order."""
    return tuple(sorted(_manifest()["files"]))


def release() -> str:
    """The version of all weights together."""
    return str(_manifest()["version"])


@cache
def load(language: str) -> Weights | None:
    """The weights of a language, read at the first call; None where there are none.

    Raises:
        ConfigError: the file is missing or is not the one that the manifest names.
    """
    entry = _manifest()["files"].get(language)
    if entry is None:
        return None
    return unpacked(lzma.decompress(whole_file(entry)))


def whole_file(entry: Mapping[str, Any]) -> bytes:
    """The bytes of the file that an entry of a manifest names.

    Raises:
        ConfigError: the file is missing or is not the one that the manifest names.
    """
    path = data_file(entry["file"])
    raw = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise ConfigError(f"The weight file {entry['file']} is damaged or missing; install Earful again.")
    return raw


def packed(header: Mapping[str, Any], tables: Sequence[bytes]) -> bytes:
    """The bytes of a weight file, the same for the same content."""
    body = json.dumps(header, ensure_ascii=False, sort_keys=True).encode() + b"\n" + b"".join(tables)
    return lzma.compress(body, preset=9 | lzma.PRESET_EXTREME)


def unpacked(body: bytes) -> Weights:
    """Read the decompressed content of a weight file.

    Raises:
        ConfigError: it is of another format, or cut short.
    """
    line, _, numbers = body.partition(b"\n")
    header = json.loads(line)
    tables = memoryview(numbers).cast("b")
    if header["format"] != FORMAT or len(tables) != BUCKETS * sum(bool(h["scale"]) for h in header["heads"]):
        raise ConfigError(f"The weights of {header['language']!r} are of another version of Earful; install it again.")
    polarity, neutrality = (_head(head, tables, i) for i, head in enumerate(header["heads"]))
    words = parsed(header["words"], header["translated"])
    return Weights(header["language"], header["licence"], words, polarity, neutrality, header["calibration"])


def _head(header: Mapping[str, Any], tables: memoryview, place: int) -> Head:
    dense = tuple(header["dense"])
    if len(dense) != len(DENSE):
        raise ConfigError("The weights were made for other features; install Earful again.")
    if not header["scale"]:
        return Head(header["bias"], dense)
    return Head(header["bias"], dense, header["scale"], tables[place * BUCKETS : (place + 1) * BUCKETS])


def quantised(weights: Sequence[float]) -> tuple[float, bytes]:
    """The scale and the signed bytes that stand for `weights`: byte times scale is within half a step of the weight."""
    largest = max(map(abs, weights), default=0.0)
    scale = largest / _LIMIT or 1.0
    return scale, bytes(round(weight / scale) & 0xFF for weight in weights)


@cache
def _manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(data_file(MANIFEST).read_text(encoding="utf-8"))
    return content


def data_file(name: str) -> Traversable:
    """A file of the shipped data, which may not be there."""
    return files("sentiment") / "data" / name
