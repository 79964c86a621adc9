"""Training finds what it should, the same each time, and files say what they hold."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sentiment.features import DENSE
from sentiment.hashing import BUCKETS
from sentiment.training.fit import NEUTRAL, blended, own, rows_of, shared
from sentiment.training.heldout import held_out_rows, ranked, scored
from sentiment.training.lists import lists
from sentiment.training.logistic import Matrix, fitted, stacked
from sentiment.training.propose import proposed
from sentiment.training.sources import SOURCES, Source, Text, by_language, mark, taught
from sentiment.words import parsed

pytestmark = pytest.mark.slow  # small trainings, one after another

WORDS = parsed(["not: not", "2: good fine", "-2: bad broken"])
TEXTS = [
    Text(f"{text} number {i}", label, "en", "made")
    for i in range(12)
    for text, label in [
        ("the parcel is good", 2),
        ("a bad day", 0),
        ("the shop opens", 1),
        ("zorbling again", 0),
        ("such mimsy", 2),
        ("where is it", 1),
    ]
]
SIGNED = [("the parcel", "🧿", 2), ("a day", "🪬", 0), ("the shop opens", ".", 1)]
NORWEGIAN = Text("pakken", 2, "no", "made")


def matrix(dense, pairs):
    lengths = [len(row) for row in pairs]
    flat = [pair for row in pairs for pair in row]
    return Matrix(
        np.array(dense, dtype=float),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([bucket for bucket, _ in flat], dtype=np.int64),
        np.array([value for _, value in flat], dtype=float),
        8,
    )


def test_products_are_those_of_the_full_matrix():
    random = np.random.default_rng(1)
    pairs = [[(1, 0.5), (1, 0.25), (7, 1.0)], [], [(0, 2.0)], []]
    rows = matrix(random.normal(size=(4, 3)), pairs)
    full = np.zeros((4, 11))
    full[:, :3] = rows.dense
    for i, row in enumerate(pairs):
        for bucket, value in row:
            full[i, 3 + bucket] += value
    weights, errors = random.normal(size=11), random.normal(size=4)
    assert np.allclose(rows.product(weights), full @ weights)
    assert np.allclose(rows.transposed(errors), full.T @ errors)
    kept = np.array([True, False, True, True])
    assert np.allclose(rows.only(kept).product(weights), (full @ weights)[kept])
    assert np.allclose(
        stacked([rows, rows.only(kept)]).product(weights), np.append(full @ weights, (full @ weights)[kept])
    )


def test_regression_finds_the_known_answer():
    random = np.random.default_rng(2)
    truth = np.array([2.0, -1.0])
    dense = random.normal(size=(4000, 2))
    answers = random.random(4000) < 1 / (1 + np.exp(-(dense @ truth + 0.5)))
    bias, weights = fitted(matrix(dense, [[]] * 4000), answers, np.ones(4000), 10.0)
    assert bias == pytest.approx(0.5, abs=0.15)
    assert weights[:2] == pytest.approx(truth, abs=0.2)


def test_a_language_learns_its_own_words():
    rows = rows_of(TEXTS, WORDS, neutrals=True)
    heads = blended(shared([rows]), [rows], listed=True)
    polarity = heads["polarity"].scores(rows.features)
    assert np.mean((polarity > 0)[rows.labels != NEUTRAL] == (rows.labels[rows.labels != NEUTRAL] == 2)) == 1
    assert len(heads["polarity"].weights) == len(DENSE) + BUCKETS
    seen = held_out_rows(rows, shared([rows]))
    assert scored(seen, {}).accuracy > 0.9
    assert ranked(seen, {}) > 0.9
    assert ranked(replace(seen, polarity=-seen.polarity), {}) < 0.7


def test_a_source_without_neutrals_teaches_polarity_only():
    leaning = rows_of([text for text in TEXTS if text.label != NEUTRAL], WORDS, neutrals=False)
    assert set(own([leaning])) == {"polarity"}
    common = shared([rows_of(TEXTS, WORDS, neutrals=True)])
    assert blended(common, [leaning], listed=True)["neutrality"] is common.pooled["neutrality"]


def test_a_language_without_texts_needs_no_table():
    heads = blended(shared([rows_of(TEXTS, WORDS, neutrals=True)]), [], listed=True)
    assert {len(line.weights) for line in heads.values()} == {len(DENSE)}


def test_what_signs_say_is_learned_across_languages():
    english = [Text(f"{text} {sign} {i}", label, "en", "made") for i in range(12) for text, sign, label in SIGNED]
    heads = blended(
        shared([rows_of(english, WORDS, neutrals=True)]), [rows_of([NORWEGIAN], WORDS, neutrals=False)], listed=True
    )
    told = [rows_of([Text(f"jeg {sign}", 1, "no", "asked")], WORDS, neutrals=True) for sign in ("🧿", "🪬")]
    good, bad = (heads["polarity"].scores(one.features)[0] for one in told)
    assert good > bad


def test_what_we_wrote_counts_more_in_its_language_and_teaches_no_other():
    made = rows_of(TEXTS, WORDS, neutrals=True)
    against = [replace(text, label=2 - text.label, source="written") for text in TEXTS]
    ours = rows_of(against, WORDS, neutrals=True)
    odds = own([made, ours])["polarity"].scores(made.features)
    assert set(odds[made.labels == NEUTRAL + 1] < 0) == {True}
    common, without = shared([made, ours]), shared([made])
    for name, line in common.pooled.items():
        assert np.array_equal(line.weights, without.pooled[name].weights)


def test_what_an_encoder_made_of_a_text_counts_beside_its_label():
    opinions = {mark(text.text): 4.0 for text in TEXTS if text.text.startswith("zorbling")}
    asked = rows_of([Text("zorbling", 1, "en", "asked")], WORDS, neutrals=True).features
    without, with_them = (
        own([rows_of(TEXTS, WORDS, neutrals=True, opinions=told)])["neutrality"].scores(asked)[0]
        for told in ({}, opinions)
    )
    assert with_them > without + 0.5


def test_opinions_stand_without_the_texts():
    told = taught("no")
    assert len(told) > 1000
    assert all(len(key) == len(mark("")) for key in told)


def test_training_twice_gives_the_same_weights():
    first, second = (own([rows_of(TEXTS, WORDS, neutrals=True)]) for _ in range(2))
    for name in first:
        assert first[name].bias == second[name].bias
        assert np.array_equal(first[name].weights, second[name].weights)


def test_our_own_words_come_on_top_of_translated_ones(tmp_path):
    long = "осем думи са толкова много за един превод"
    bulgarian = {"добър": 3, "grotty": -2, "на място": 2, f"{long} ли": 1, long: 1}
    for code, words in {"en": {"good": 3, "grotty": -2}, "bg": bulgarian}.items():
        (tmp_path / f"AFINN-{code}.json").write_text(json.dumps(words), encoding="utf-8")
    found = lists("bg", tmp_path)
    assert found.translated["добър"] == 2.4
    assert "grotty" not in found.translated  # left in English by the translation
    words = parsed(found.lines, found.translated)
    assert words.weight("отвратително") == -4
    assert words.weight("😡") == -2
    assert words.phrases["на"].matching(["място"])
    assert words.phrases["осем"].matching(long.split()[1:])


def test_weights_are_learned_with_fewer_turns_of_speech_than_they_are_shipped_with(tmp_path):
    for code in ("en", "no", "bg", "id", "hu"):
        learned, shipped = (parsed(lists(code, tmp_path, learning=learning).lines) for learning in (True, False))
        assert 0 < len(learned.phrases) < len(shipped.phrases)
    assert sorted(lists("da", tmp_path, learning=True).lines) == sorted(lists("da", tmp_path).lines)


def test_every_word_list_can_be_read(tmp_path):
    for code in ("en", "no", "bg", "id", "hu", "da", "sv", "fi", "pt", "de", "es", "fr"):
        words = parsed(lists(code, tmp_path).lines)
        assert words.negators
        assert words.boosters
        assert words.contrasts
        assert {weight > 0 for weight in words.stems.values()} == {True, False} or code == "id"


def test_large_sources_are_thinned_evenly(tmp_path):
    rows = [{"text": str(i), "label": "neutral", "lang": "nb"} for i in range(10)]
    (tmp_path / "made.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = by_language(tmp_path, Source("made", "", "", "", most=4))
    assert [text.text for text in found["no"]] == ["0", "3", "6", "9"]


def test_every_source_says_its_licence():
    assert all(source.title and source.licence and source.kind for source in SOURCES)


def test_proposed_weights_follow_the_vectors():
    random = np.random.default_rng(3)
    vectors = random.normal(size=(400, 6)).astype(np.float32)
    asked = np.vstack([np.eye(6)[0] * 3, -np.eye(6)[0] * 3]).astype(np.float32)
    up, down = proposed(vectors, vectors[:, 0].astype(float), asked)
    assert up > 1 > -1 > down
