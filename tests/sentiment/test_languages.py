"""Languages are told apart among those expected, and "und" is said where nothing can be told."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier, visit_counts

from earful.languagecodes import UNKNOWN, normal_code
from sentiment.languages import Detector, known_languages
from sentiment.languagewords import _RUN, _distinct, _walk

MODEL = LanguageIdentifier.from_model_file(MODEL_FILE)
TOLD = [
    ("en", "The driver left my parcel in the rain and nobody answers my emails."),
    ("no", "Jeg har ventet i tre uker på svar fra kundeservice, dette er ikke bra nok."),
    ("no", "Eg har venta i tre veker på svar frå dykk, og ingen veit noko om pakken min."),
    ("bg", "Пратката пристигна счупена и никой не отговаря на телефона."),
    ("bg", "Новото приложение работи много по-добре от старото"),
    ("id", "Barang yang saya terima rusak dan penjual tidak mau mengembalikan uang."),
    ("hu", "A futár nem jött meg, és az ügyfélszolgálat sem válaszolt az üzenetemre."),
    ("fi", "Paketti saapui rikkinäisenä eikä asiakaspalvelu vastaa puhelimeen."),
    ("th", "สินค้ามาช้ามาก และพนักงานไม่สุภาพ"),
]


@pytest.mark.parametrize(("code", "text"), TOLD)
def test_full_sentences_are_told_apart(code, text):
    language, sure = Detector().detect(text)
    assert language == code
    assert 0.3 < sure <= 1


@pytest.mark.parametrize("text", ["", "   ", "12:30 - 4/5", "😀👍!!", "?" * 1000])
def test_a_text_without_letters_is_in_no_language(text):
    assert Detector().detect(text) == (UNKNOWN, 1.0)


def test_words_that_say_nothing_are_in_no_language_and_that_is_unsure():
    language, sure = Detector().detect("@brand")
    assert language == UNKNOWN
    assert sure < 0.2


@pytest.mark.parametrize(
    "text", ["გამარჯობა, როგორ ხარ?", "வணக்கம் எப்படி இருக்கிறீர்கள்", "안녕하세요 반갑습니다", "שלום מה שלומך היום"]
)
def test_a_script_that_nobody_expects_is_in_none_of_the_languages_expected(text):
    assert Detector(["en", "no", "bg"]).detect(text)[0] in {UNKNOWN, "ka", "ta"}
    assert Detector().detect(text)[0] in {"ka", "ta", "ko", "he"}


def test_only_expected_languages_are_answered():
    detector = Detector(["nb", "nn-NO", "ENG", "xx"])
    assert detector.languages == ("no", "en")
    assert detector.detect("Paketti saapui")[0] in {"en", "no"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Paketti saapui rikkinäisenä eikä asiakaspalvelu vastaa", "fi"),
        ("Die Kaffeemaschine ging nach zwei Wochen kaputt und niemand antwortet", "de"),
        ("La cafetera se rompió a las dos semanas y nadie responde", "es"),
        ("Kaffemaskinen gikk i stykker etter to uker og ingen svarer", "no"),
        ("Кафемашината се счупи след две седмици и никой не отговаря", "bg"),
        ("Super Produkt", "en"),
        ("lol omg 100000000000000000000 wtf", "en"),
    ],
)
def test_a_text_that_surely_is_in_another_language_is_told_so(text, language):
    assert Detector(["en"]).detect(text)[0] == language


def test_kin_that_hardly_can_be_told_apart_is_not_told_apart_where_one_is_expected():
    croatian = "Paket je stigao slomljen i nitko ne odgovara na moje poruke već tri tjedna"
    assert Detector(["sr"]).detect(croatian)[0] == "sr"
    assert Detector(["ms"]).detect("The coffee machine broke and nobody answers my mails")[0] == "ms"


def test_the_stream_s_own_language_decides_on_a_few_words():
    languages = ["da", "no"]
    assert Detector(languages, {"no": 98, "da": 2}).detect("Super service")[0] == "no"
    assert Detector(languages, {"no": 2, "da": 98}).detect("Super service")[0] == "da"


def test_the_stream_s_own_language_does_not_silence_a_clear_text():
    detector = Detector(["en", "no", "bg"], {"no": 99, "en": 1})
    assert detector.detect("Пратката пристигна счупена")[0] == "bg"
    assert detector.detect(TOLD[0][1])[0] == "en"


def test_handles_and_links_do_not_count_as_words():
    text = "@CustomerServiceTeam https://example.com/where-is-my-order Пратката не дойде"
    assert Detector().detect(text)[0] == "bg"


def test_a_detector_forgets_words_rather_than_grow_without_bound(monkeypatch):
    monkeypatch.setattr("sentiment.languagewords._WORDS_KEPT", 12)
    detector = Detector(["en", "bg"])
    texts = [
        "Nobody answers my emails about this parcel",
        "Пратката пристигна счупена и никой не отговаря",
        "my parcel",
    ]
    first = [detector.detect(text) for text in texts]
    assert [code for code, _ in first] == ["en", "bg", "en"]
    for _ in range(3):
        assert [detector.detect(text) for text in texts] == first
        assert len(detector._words) <= 12 + 8


@pytest.mark.slow
@given(st.text(max_size=80))
def test_any_text_gets_an_answer_and_few_letters_one_among_those_expected(text):
    for detector in (Detector(["en", "hu"]), Detector(["en", "hu"], {"hu": 1})):
        language, sure = detector.detect(text)
        assert language in {"en", "hu", UNKNOWN} or sum(map(str.isalpha, text)) >= 16
        assert 0 <= sure <= 1


@pytest.mark.parametrize(
    ("given_code", "code"),
    [("nb_NO", "no"), ("nn", "no"), ("EN-us", "en"), ("bul", "bg"), ("", UNKNOWN), (None, UNKNOWN), ("hu", "hu")],
)
def test_codes_of_every_form_become_one(given_code, code):
    assert normal_code(given_code) == code


def test_norwegian_is_one_known_language():
    assert "no" in known_languages()
    assert not {"nb", "nn"} & known_languages()


@pytest.mark.slow
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15), min_size=1, max_size=6))
def test_words_seen_at_once_have_the_features_that_py3langid_sees_in_each(texts):
    words = [word for text in texts for word in re.split(r"\s+", text) if word and " " not in word]
    model, marked = MODEL, [f" {word} ".encode() for word in words]
    features, owners = _walk().features(b"".join(marked))
    for i, word in enumerate(marked):
        seen = visit_counts(model.tk_nextmove, model._rowbase, model.tk_output, word) or {}
        assert Counter(features[owners == i].tolist()) == seen


@pytest.mark.slow
def test_the_automaton_is_whole_though_what_is_alike_in_it_is_kept_once():
    runs = np.frombuffer(MODEL.tk_nextmove, dtype=MODEL.tk_nextmove.typecode).reshape(-1, _RUN)
    kept, places = _distinct(runs)
    assert len(kept) < len(runs) / 5
    assert np.array_equal(kept[places], runs)
