"""Kindred languages are told apart, and never at the cost of others."""

import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.errors import ConfigError
from sentiment import kindred, weights
from sentiment.kindred import SIZE, Kindred, packed, shipped
from sentiment.languages import Detector, known_languages, modelled
from sentiment.training.kindred import learned

KIN = ["en", "pcm", "id", "su", "tw", "ti", "am", "ary", "no"]
OTHERS = ["de", "fr", "es", "sv", "nl", "ar"]
TOLD = [
    ("su", "Abdi hoyong terang iraha barang abdi dugi, teu aya nu ngawaler"),
    ("id", "Saya ingin tahu kapan barang saya sampai, tidak ada yang menjawab"),
    ("pcm", "Dem no dey answer call and my money still dey with dem"),
    ("en", "They do not answer calls and they still have my money"),
    ("tw", "Mepɛ sɛ mehu nea ɛrekɔ so wɔ ha nnɛ"),
    ("ary", "wach mazal ma jat la commande dyali 3lach hadchi"),
]
WORDS = ["ikke", "the", "und", "pas", "yang", "dey", "это", "det", "är", "wo", "ma", "la", "не", "no", "de"]
SMALL = Kindred(("en",), {}, np.zeros((2 * SIZE, 1), np.int8), 1.0)
BLANK = Kindred(shipped().languages, shipped().relatives, np.zeros_like(shipped().table), 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(("code", "text"), TOLD)
def test_kindred_languages_are_told_apart(code, text):
    assert Detector([*KIN, *OTHERS]).detect(text)[0] == code


def test_what_the_model_does_not_know_can_be_detected():
    assert {"su", "tw", "ti", "arq"} <= known_languages() - modelled()


@pytest.mark.slow
@given(st.lists(st.sampled_from(WORDS), min_size=1))
def test_kin_win_over_others_only_where_they_did_without_the_table(words):
    languages = [*KIN, *OTHERS]
    [told], [plain] = (Detector(languages, kindred=one).odds([" ".join(words)]) for one in (shipped(), BLANK))
    assert told[len(KIN) :].tolist() == plain[len(KIN) :].tolist()
    assert max(told[: len(KIN)]) == pytest.approx(max(plain[: len(KIN)]), abs=1e-3)


@pytest.mark.slow
def test_a_language_expected_alone_or_without_kin_is_told_by_its_relatives():
    assert Detector(["tw"]).languages == ("tw",)
    assert Detector(["su", "de"]).detect(TOLD[0][1])[0] == "su"


def test_languages_that_nobody_can_tell_leave_the_usual_ones():
    assert Detector(["qqq"]).languages == Detector().languages


def test_an_expected_relative_keeps_its_own_texts():
    text = "لم تصل شحنتي حتى الآن ولا أحد يجيب على رسائلي"
    assert Detector(["ar", "arq", "fr"]).detect(text)[0] == "ar"


def test_a_table_of_another_version_is_refused(monkeypatch):
    body = lzma.decompress(packed(SMALL))
    monkeypatch.setattr(kindred, "whole_file", lambda entry: lzma.compress(body[:-1]))
    with pytest.raises(ConfigError, match="another version"):
        shipped.__wrapped__()


def test_a_damaged_table_is_refused(monkeypatch, tmp_path):
    (tmp_path / "kindred.by-sa.xz").write_bytes(b"spoilt")
    monkeypatch.setattr(weights, "data_file", tmp_path.joinpath)
    with pytest.raises(ConfigError, match="install Earful again"):
        shipped.__wrapped__()


@pytest.mark.slow
def test_training_learns_what_tells_texts_apart_the_same_each_time():
    texts = {
        "en": [f"the parcel number {i} is here now" for i in range(20)],
        "qaa": [f"zut parcol nomber {i} ist hure zut" for i in range(20)],
    }
    one = learned(texts)
    assert packed(one) == packed(learned(texts))
    assert one.table.shape == (2 * SIZE, 2)
    told = Detector(["en", "qaa"], kindred=one).detect_all(["the parcel", "zut hure", "is here"])
    assert [language for language, _ in told] == ["en", "qaa", "en"]
