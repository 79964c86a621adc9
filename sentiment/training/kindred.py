"""Learn to tell kindred languages apart: `python -m sentiment.training.kindred --data FOLDER`.

Every language that has labelled texts becomes a column of the table: what short runs of letters and whole words add to
what py3langid's model says, by one softmax regression over all of them. Writes `kindred.by-sa.xz`, its manifest and its
card.
"""

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sentiment.hashing import pieces
from sentiment.kindred import FORMAT, MANIFEST, SIZE, Kindred, packed, wholes
from sentiment.languages import Detector, bare_words, modelled
from sentiment.training.lists import data_folder
from sentiment.training.logistic import minimised
from sentiment.training.sources import BY_SA, SOURCES, by_language
from sentiment.weights import quantised

Texts = Mapping[str, Sequence[str]]  #: the texts of each language
Floats = NDArray[np.float64]

FILE: Final = "kindred.by-sa.xz"
MOST: Final = 2_000  #: texts of a language that teach; more change the third digit only
EACH: Final = 5  #: every so-manyth text is held out for the card
STRENGTH: Final = 10.0  #: what the data count against the squared size of the weights
PIECES: Final = 2  #: of so many words, cut from each text, are learned from too: short texts are the hard ones
WORDS: Final = 3  #: in such a piece
_RELATED: Final = 0.02  #: of a language's texts that the model must take for another to make it a relative
_FEW: Final = 0.7  #: the power by which texts of a language with few of them count more
_USUAL: Final = 1_000  #: texts of a language that count 1 each
_WHOLE_TEXT: Final = 5  #: words from which on a text shows what the model takes a language for
_LEFT_OUT: Final = frozenset(["da"])  #: too few texts of one sort: taught by them, other Danish was taken for Norwegian
_SEED: Final = 4
_CARD: Final = """# Model card of the kindred languages

Written by `python -m sentiment.training.kindred`; the numbers are its own.

A table of 2 x {size} x {count} signed bytes tells apart the languages below, which py3langid's model does not know or
mixes up. It never makes one of them win over any other language: where several of them are expected, the best keeps the
score that the model gave the best. It learned from at most {most} texts of each language, of the sources that the model
card of the default reader names; NusaX and HuSST are share-alike, so the table stands under CC-BY-SA-4.0. No text is
shipped.

Languages that the model does not know, and what it takes their texts for: {relatives}.

## Scores
Of every {each}th text, which such a table had not seen, the share told right among these {count} languages: whole texts
of five words and more, and three words from anywhere in them. "Before" is the model alone. The texts are of the sources
that it learned from, so read the scores as a little too good.

| language | texts | whole, before | whole | three words, before | three words |
|---|---|---|---|---|---|
{lines}
"""


def main() -> None:
    """Read the texts, learn, write the table, its manifest and its card."""
    parser = argparse.ArgumentParser(prog="python -m sentiment.training.kindred", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the labelled data")
    everything = texts_of(parser.parse_args().data)
    seen = {code: [text for i, text in enumerate(texts) if i % EACH] for code, texts in everything.items()}
    unseen = {code: texts[::EACH] for code, texts in everything.items()}
    lines = _lines(unseen, learned(seen))
    print("\n".join(lines))
    _write(learned(everything), lines)


def texts_of(folder: Path) -> dict[str, list[str]]:
    """At most `MOST` texts of each language, evenly from its sources."""
    found: dict[str, list[str]] = {}
    for source in SOURCES:
        for code, texts in by_language(folder, source).items():
            if code not in _LEFT_OUT:
                found.setdefault(code, []).extend(text.text for text in texts)
    return {code: texts[:: -(-len(texts) // MOST)] for code, texts in sorted(found.items())}


def learned(texts: Texts) -> Kindred:
    """The table for the languages of these texts."""
    blank = untaught(texts)
    pieces_too = [(text, code) for code, some in texts.items() for text in _with_pieces(some)]
    shown = [text for text, _ in pieces_too]
    answers = np.array([blank.languages.index(code) for _, code in pieces_too])
    weights = _fitted(_features(shown), Detector(blank.languages, kindred=blank).odds(shown), answers)
    scale, table = quantised(weights.ravel().tolist())
    return Kindred(
        blank.languages, blank.relatives, np.frombuffer(table, np.int8).reshape(-1, len(blank.languages)), scale
    )


def untaught(texts: Texts) -> Kindred:
    """A table that says nothing; but what the model takes the texts for of languages that it does not know is found."""
    known = modelled()
    nothing = Kindred((), {}, np.zeros((2 * SIZE, 0), np.int8), 0.0)
    everyone = Detector(sorted(known), kindred=nothing)
    relatives = {code: _taken_for(some, everyone) for code, some in texts.items() if code not in known}
    return Kindred(tuple(texts), relatives, np.zeros((2 * SIZE, len(texts)), np.int8), 0.0)


def _taken_for(texts: Sequence[str], detector: Detector) -> tuple[str, ...]:
    whole = [text for text in texts if len(bare_words(text)) >= _WHOLE_TEXT]
    found = Counter(detector.odds(whole).argmax(axis=1).tolist())
    return tuple(detector.languages[i] for i, count in found.most_common() if count >= _RELATED * len(whole))


def _with_pieces(texts: Sequence[str]) -> list[str]:
    """The texts, and some words in a row from anywhere in each: the same on every run."""
    lot = random.Random(_SEED)  # noqa: S311 - a sample, no secret
    found = list(texts)
    for text in texts:
        words = text.split()
        starts = [lot.randrange(len(words) - WORDS) for _ in range(PIECES)] if len(words) > WORDS else []
        found += [" ".join(words[start : start + WORDS]) for start in starts]
    return found


def _features(texts: Sequence[str]) -> Any:
    """One row a text: how `kindred.said` weighs the rows of the table for its words, over the root of its length."""
    words = [bare_words(text) for text in texts]
    known = {word: i for i, word in enumerate(dict.fromkeys(word for some in words for word in some))}
    runs, owners = pieces(list(known))
    shares = 1 / np.sqrt(np.bincount(owners, minlength=len(known)))
    values = np.concatenate([shares[owners], np.ones(len(known))]).astype(np.float32)
    rows = np.concatenate([owners, np.arange(len(known))])
    of_words = csr_array(
        (values, (rows, np.concatenate([runs % SIZE, wholes(list(known))]))), shape=(len(known), 2 * SIZE)
    )
    roots = np.sqrt([len(text) or 1 for text in texts])
    places = [(i, known[word], 1 / roots[i]) for i, some in enumerate(words) for word in some]
    texts_, columns, shares = (np.array(column) for column in zip(*places, strict=True))
    shape = len(texts), len(known)
    return csr_array((shares.astype(np.float32), (texts_.astype(int), columns.astype(int))), shape=shape) @ of_words


def _fitted(rows: Any, odds: NDArray[np.float32], answers: NDArray[np.int64]) -> Floats:
    """What the features add to the model's odds, so that the softmax of both answers best."""
    count, turned, places = odds.shape[1], rows.T.tocsr(), np.arange(len(answers))
    texts = np.bincount(answers, minlength=count)
    importance = (STRENGTH * (_USUAL / texts[answers]) ** _FEW).astype(np.float32)

    def loss(point: Floats) -> tuple[float, Floats]:
        told = odds + rows @ point.reshape(-1, count).astype(np.float32)
        chances = np.exp(told - told.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        value = -float(importance @ np.log(chances[places, answers] + 1e-12)) + 0.5 * float(point @ point)
        chances[places, answers] -= 1
        return value, (turned @ (chances * importance[:, None])).ravel() + point

    return minimised(loss, np.zeros(2 * SIZE * count)).reshape(-1, count)


def _lines(unseen: Texts, taught: Kindred) -> list[str]:
    """The rows of the card, and their mean."""
    before, after = (Detector(taught.languages, kindred=one) for one in (untaught(unseen), taught))
    found = []
    for code, texts in unseen.items():
        whole = [text for text in texts if len(bare_words(text)) >= _WHOLE_TEXT]
        short = _with_pieces(texts)[len(texts) :]
        shares = [_share(detector, some, code) for some in (whole, short) for detector in (before, after)]
        found.append((code, len(whole), shares))
    means = np.mean([shares for _, _, shares in found], axis=0).tolist()
    return [_line(*row) for row in [*found, ("mean", sum(count for _, count, _ in found), means)]]


def _line(code: str, texts: int, shares: Sequence[float]) -> str:
    return f"| {code} | {texts} | " + " | ".join(f"{share:.3f}" for share in shares) + " |"


def _share(detector: Detector, texts: Sequence[str], code: str) -> float:
    return sum(language == code for language, _ in detector.detect_all(texts)) / (len(texts) or 1)


def _write(kindred: Kindred, lines: Sequence[str]) -> None:
    content = packed(kindred)
    digest = hashlib.sha256(content).hexdigest()
    manifest = {"file": FILE, "licence": BY_SA, "sha256": digest, "version": f"{FORMAT}-{digest[:8]}"}
    (data_folder() / FILE).write_bytes(content)
    (data_folder() / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    told = _CARD.format(
        size=SIZE,
        count=len(kindred.languages),
        most=MOST,
        each=EACH,
        lines="\n".join(lines),
        relatives="; ".join(f"{code}: {', '.join(taken)}" for code, taken in kindred.relatives.items()),
    )
    (data_folder() / "KINDRED_CARD.md").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
