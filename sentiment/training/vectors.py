"""The vectors of a multilingual encoder as features, kept in a file from one training to the next."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sentiment.encoder import Vectors, embedded
from sentiment.training.logistic import Matrix

SCALE: Final = 4.0  #: vectors times this are what the regression sees: the larger, the less it is held back
_CUT: Final = 400  #: characters of a text that a head learns from
_BATCH: Final = 32


def features_of(texts: Sequence[str], cache: Path | None) -> Matrix:
    """Texts as a head of the encoder sees them; vectors that the file `cache` holds are not worked out again."""
    return Matrix.of_dense(_vectors([text[:_CUT] for text in texts], cache).astype(np.float64) * SCALE)


def _vectors(texts: Sequence[str], cache: Path | None) -> Vectors:
    known = _known(cache)
    missing = sorted({text for text in texts if _key(text) not in known}, key=lambda text: (len(text), text))
    for start in range(0, len(missing), _BATCH):
        some = missing[start : start + _BATCH]
        known |= {_key(text): row for text, row in zip(some, embedded(some), strict=True)}
        if cache and (start // _BATCH) % 20 == 19:
            _keep(cache, known)
            print(f"{start + len(some)} of {len(missing)} texts embedded", flush=True)
    if cache and missing:
        _keep(cache, known)
    return np.stack([known[_key(text)] for text in texts])


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _known(cache: Path | None) -> dict[str, Vectors]:
    if cache is None or not cache.exists():
        return {}
    held = np.load(cache, allow_pickle=False)
    return dict(zip(held["keys"].tolist(), held["vectors"], strict=True))


def _keep(cache: Path, known: dict[str, Vectors]) -> None:
    np.savez(cache, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
