"""Rebuild every weight: `python -m sentiment.training --data FOLDER --lists FOLDER`.

With `--words-only` what was learned stays, and only the word lists in the weights become those of today: it needs no
labelled texts.
"""

import argparse
import hashlib
import json
import lzma
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.features import DENSE
from sentiment.training.card import Scores, card
from sentiment.training.fit import LISTED, Heads, Rows, Shared, blended, rows_of, shared
from sentiment.training.heldout import HeldOut, held_out, held_out_rows, ranked, scored, straightened
from sentiment.training.lists import PROPOSED, Lists, data_folder, languages, lists
from sentiment.training.sources import BY_SA, LABELS, SOURCES, WRITTEN, by_language, taught, written
from sentiment.weights import FORMAT, MANIFEST, data_file, packed, quantised, whole_file
from sentiment.words import parsed

VERSION = "1"  #: of the way the weights are made; a digest of the weights themselves follows it


def main() -> None:
    """Read the texts, learn, write the weights, the manifest and the model card."""
    options = _options()
    words = {code: lists(code, options.lists) for code in _all_languages(options.lists)}
    if options.words_only:
        _relist(words)
        return
    parts = list(_parts(options.data, {code: lists(code, options.lists, learning=True) for code in words}))
    common = shared(parts)
    print(f"{sum(len(part.labels) for part in parts)} texts of {len(parts)} sources and languages")
    unseen = held_out(parts)
    calibration = straightened([one for one in unseen if _straightens(one.rows)])
    scores = [
        _scores(one, two, calibration)
        for one, two in zip(unseen, (held_out_rows(part, common) for part in parts), strict=True)
    ]
    for one in scores:
        print(
            f"{one.source} {one.language}: {one.unseen.macro_f1:.3f} unseen, {one.rows.macro_f1:.3f} held-out rows",
            flush=True,
        )
    entries = _write(words, parts, common, calibration)
    (data_folder() / "MODEL_CARD.md").write_text(card(scores, entries), encoding="utf-8")


def _scores(unseen: HeldOut, rows: HeldOut, calibration: Mapping[str, float]) -> Scores:
    part = unseen.rows
    negatives = float(np.mean(part.labels == LABELS.index("negative")))
    reports = scored(unseen, calibration), ranked(unseen, calibration), negatives, scored(rows, calibration)
    return Scores(part.source, part.language, *reports)


def _straightens(part: Rows) -> bool:
    """Whether a source is like what customers write, in a language that the word lists reach; ours are too easy."""
    return part.source != WRITTEN.name and part.language in {"en", "no", "id", "fi", "pt", "hu", "da"}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sentiment.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("EARFUL_TRAINING_DATA"), help="the labelled data")
    parser.add_argument("--lists", type=Path, required=True, help="the translated word lists: AFINN-xx.json files")
    parser.add_argument("--words-only", action="store_true", help="learn nothing, only put today's lists in")
    options = parser.parse_args()
    if options.data is None and not options.words_only:
        parser.error("say where the labelled data folder is: --data, or EARFUL_TRAINING_DATA")
    return options


def _all_languages(folder: Path) -> list[str]:
    learned = {"ti", "ts", "tw", "pcm", "arq", "ary", "ace", "ban", "bbc", "bjn", "bug", "mad", "min", "nij"}
    return sorted({*languages(folder), *learned})


def _parts(folder: Path, words: Mapping[str, Lists]) -> Sequence[Rows]:
    parsed_lists: dict[str, Any] = {}
    parts = []
    for source, by_code in [*((source, by_language(folder, source)) for source in SOURCES), (WRITTEN, written())]:
        for language, texts in by_code.items():
            if language not in parsed_lists:
                known = words.get(language, Lists({}, []))
                parsed_lists[language] = parsed(known.lines, known.translated)
            told = taught(language)
            parts.append(rows_of(texts, parsed_lists[language], neutrals=source.neutrals, opinions=told))
    return parts


def _write(
    words: Mapping[str, Lists], parts: Sequence[Rows], common: Shared, calibration: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """Write a file for each language and the manifest; return the manifest's entries."""
    written: dict[str, bytes] = {}
    entries = {}
    for language, known in words.items():
        mine = [part for part in parts if part.language == language]
        heads = blended(common, mine, listed=language in LISTED)
        licence = _licence(language, mine)
        content = _file(language, licence, known, heads, calibration)
        name = f"weights.{language}{'.by-sa' if licence == BY_SA else ''}.xz"
        written[name] = content
        entries[language] = {
            "file": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "licence": licence,
            "learned": bool(mine),
        }
    _replace(written | {MANIFEST: _manifest(entries)})
    return entries


def _manifest(entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    everything = hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()
    manifest = {"format": FORMAT, "version": f"{VERSION}-{everything[:8]}", "files": entries}
    return (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()


def _relist(words: Mapping[str, Lists]) -> None:
    """Put these word lists into the weights that are there."""
    entries = json.loads(data_file(MANIFEST).read_text(encoding="utf-8"))["files"]
    written = {}
    for language, entry in entries.items():
        content = relisted(whole_file(entry), words[language])
        written[entry["file"]] = content
        entry["sha256"] = hashlib.sha256(content).hexdigest()
    _replace(written | {MANIFEST: _manifest(entries)})


def relisted(content: bytes, known: Lists) -> bytes:
    """A weight file with other word lists."""
    line, _, tables = lzma.decompress(content).partition(b"\n")
    return packed({**json.loads(line), "translated": known.translated, "words": known.lines}, [tables])


def _replace(written: Mapping[str, bytes]) -> None:
    """Put new files in the place of the old at once: who reads meanwhile finds one set or the other, hardly a mix."""
    folder = data_folder()
    for name, content in written.items():
        (folder / name).write_bytes(content)
    for old in folder.glob("weights.*"):
        if old.name not in written:
            old.unlink()


def _licence(language: str, parts: Sequence[Rows]) -> str:
    licences = {source.name: source.weights_licence for source in (*SOURCES, WRITTEN)}
    shared_alike = any(licences[part.source] == BY_SA for part in parts) or (PROPOSED / f"{language}.tsv").exists()
    return BY_SA if shared_alike else "Apache-2.0"


def _file(language: str, licence: str, known: Lists, heads: Heads, calibration: Mapping[str, float]) -> bytes:
    descriptions, tables = [], []
    for name in ("polarity", "neutrality"):
        line = heads[name]
        dense, hashed = line.weights[: len(DENSE)], line.weights[len(DENSE) :]
        scale, table = quantised(hashed.tolist()) if np.any(hashed) else (0.0, b"")
        descriptions.append({"bias": round(line.bias, 5), "dense": np.round(dense, 5).tolist(), "scale": scale})
        tables.append(table)
    header = {
        "format": FORMAT,
        "language": language,
        "licence": licence,
        "heads": descriptions,
        "calibration": dict(calibration),
        "translated": known.translated,
        "words": known.lines,
    }
    return packed(header, tables)


if __name__ == "__main__":
    main()
