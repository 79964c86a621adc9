from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.settings import Brand, Competitor
from earful.values import THEME, Label, Passage, Reading
from flows.steps.names import Names, forms_missed, mark
from flows.steps.readers import BrandReader, worded
from sentiment import naming
from sentiment.reader import reader_named

UNITED = Names(
    Brand(
        name="United",
        query='united OR "united air"',
        accounts=("UnitedHelp",),
        competitors=(Competitor(name="Joy Air"),),
    )
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@united lost my bag", "        lost my bag"),
        ("UNITED, United. reunited", "      ,       . reunited"),
        ("Joy Air brings joy", "        brings joy"),
        ("ask #UnitedHelp", "ask            "),
    ],
)
def test_names_are_blanked_and_nothing_else(text: str, left: str) -> None:
    assert UNITED.ours(text).text == left


def test_what_else_a_query_asks_for_is_no_name() -> None:
    names = Names(Brand(name="Grim", query="grim (refund OR broken)"))
    assert names.ours("Grim refund").text == "     refund"


@given(st.text())
def test_places_in_the_text_stay_true(text: str) -> None:
    assert len(UNITED.ours(text).text) == len(text)


def test_a_text_is_read_toward_its_subject_and_says_what_it_left_out() -> None:
    text = "Joy Air lost my bag. No answer. United found it!"
    ours, theirs = UNITED.ours(text), UNITED.ours(text, "Joy Air")
    assert ours.text.split() == ["found", "it!"]
    assert [(one.code, one.text, one.start) for one in ours.aside] == [
        ("aside", "Joy Air lost my bag.", 0),
        ("aside", "No answer.", 21),
    ]
    assert theirs.text.split() == ["lost", "my", "bag.", "No", "answer."]


@pytest.mark.parametrize(
    ("name", "query", "languages", "missed"),
    [
        ("Lumavik", "", ("en", "nb", "hu", "id"), ["Lumaviks", "Lumavikért", "Lumaviknya"]),
        ("Lumavik", "lumavik OR lumaviks", ("no", "hu"), ["Lumavikért"]),
        ("Lumavik", "lumavik*", ("no", "hu"), []),
        ("Lumavik", "", ("en", "bg"), []),
        ("Grim", "", ("no",), []),
        ("Lumavik", "lumavik cargo", ("no",), []),
        ("Luma Vik", "", ("no",), []),
    ],
)
def test_forms_of_a_name_that_a_query_misses_are_known(
    name: str, query: str, languages: tuple[str, ...], missed: list[str]
) -> None:
    assert forms_missed(Brand(name=name, query=query, languages=languages)) == missed


def test_a_name_within_a_longer_one_is_not_named() -> None:
    names = Names(Brand(name="Joy", competitors=(Competitor(name="Joy Air"),)))
    assert names.ours("Joy is fine, Joy Air is late").text.split() == ["is", "fine,"]


@pytest.mark.parametrize("text", ["İpek is late, Zara rocks", "İPEK is late, Zara rocks", "ipek is late, Zara rocks"])
def test_a_name_is_found_whose_small_letters_are_more(text: str) -> None:
    names = Names(Brand(name="İpek", competitors=(Competitor(name="Zara"),)))
    assert names.ours(text).text.split() == ["is", "late,"]
    theirs = Names(Brand(name="Zara", competitors=(Competitor(name="İpek"),)))
    assert theirs.ours(text).text.split() == ["rocks"]


def test_praise_of_a_competitor_above_the_brand_is_turned() -> None:
    praise = Reading("en", Label.POSITIVE, 0.8, 0.9, "default", "1")
    assert UNITED.ours("Joy Air is better than United").told(praise).label is Label.NEGATIVE
    assert UNITED.ours("Joy Air is better than United", "Joy Air").told(praise).label is Label.POSITIVE


def test_what_is_said_beside_a_comparison_counts_too() -> None:
    ours = UNITED.ours("United is fine. Joy Air is a dream compared to United")
    assert (ours.text.split(), ours.beside and ours.beside.text.split()) == (
        ["is", "fine."],
        ["is", "a", "dream", "compared", "to"],
    )


class Said(NamedTuple):
    """A mention as a reader sees it."""

    text: str
    rating: float | None = None
    nps: int | None = None
    title: str = ""
    subject: str = "Brygvell"


BRYGVELL = Brand(
    name="Brygvell",
    query="Brygvell OR Бригвел",
    languages=("en", "no", "bg", "id", "hu"),
    competitors=(Competitor(name="Tazzorin", query="Tazzorin OR Тазорин"), Competitor(name="Kvistbo")),
)
TOLD = {
    Label.NEGATIVE: (
        "Switched from Brygvell to Tazzorin last month and never looked back.",
        "I bought a Tazzorin instead of a Brygvell and I love it.",
        "I left Brygvell for Tazzorin because the app kept crashing.",
        "Thinking about switching to Tazzorin, third time @Brygvell has messed up my bill.",
        "Got so annoyed with Brygvell that I drove to Tazzorin instead.",
        "Brygvell used to be ahead of Tazzorin, now it's the other way round.",
        "I used to recommend Brygvell to everyone, now I tell them to get a Kvistbo.",
        "Brygvell can’t compete with Tazzorin.",
        "Switched from Brygvell to Tazzorin, never going back.",
        "Byttet fra Brygvell til Tazzorin, aldri mer tilbake.",
        "Смених Бригвел с Тазорин. Няма да се върна.",
        "Pindah dari Brygvell ke Tazzorin, nggak bakal balik lagi.",
        "A Brygvellről a Tazzorinra váltottam, soha többé vissza.",
        "Brygvell kan ikke måle seg med Tazzorin.",
        "Brygvells kundeservice er elendig. Tazzorins er strålende.",
        "Mye mer fornøyd med Tazzorin enn jeg noen gang var med Brygvell.",
        "Минах от Бригвел на Тазорин и изобщо не съжалявам.",
        "Няма да подновявам при Бригвел, Тазорин ми дадоха по-добра оферта.",
        "Brygvell kalah jauh sama Tazzorin.",
        "Kemarin berhenti langganan Brygvell dan daftar Tazzorin. Puas banget.",
        "A Tazzorin és a Kvistbo is jobb a Brygvellnél.",
        "Lecseréltem a Brygvellt Tazzorinra, mert folyton lefagyott az alkalmazás.",
        "Tegnap felmondtam a Brygvellt, és a Tazzorinhoz szerződtem. Nagyon elégedett vagyok.",
    ),
    Label.POSITIVE: (
        "Switched from Tazzorin to Brygvell last month and never looked back.",
        "I left Tazzorin for Brygvell because the app kept crashing.",
        "I regret leaving Brygvell for Tazzorin, biggest mistake ever.",
        "Came to Brygvell after two awful years with Tazzorin. So glad I did.",
        "The Tazzorin broke twice, the Brygvell never.",
        "Brygvells kundeservice er strålende. Tazzorins er elendig.",
        "Jeg ville aldri forlatt Brygvell til fordel for Tazzorin.",
        "Tazzorin er ingenting mot Brygvell.",
        "Switched from Tazzorin to Brygvell, never going back.",
        "Byttet fra Tazzorin til Brygvell, går aldri tilbake.",
        "Смених Тазорин с Бригвел, никога повече назад.",
        "Pindah dari Tazzorin ke Brygvell, nggak bakal balik.",
        "A Tazzorinról a Brygvellre váltottam, nem megyek vissza.",
        "Тазорин не може да се мери с Бригвел.",
        "Тазоринът се счупи два пъти, Бригвелът нито веднъж.",
        "Съжалявам, че напуснах Бригвел заради Тазорин, най-голямата ми грешка.",
        "Brygvellnya mantap, Tazzorinnya payah.",
        "Brygvell lebih murah dari Tazzorin dan kualitasnya lebih bagus.",
        "Tazzorin lebih parah dari Brygvell.",
        "Imádom a Brygvellemet, de a Tazzorin egy szemét.",
        "A Tazzorin nem veheti fel a versenyt a Brygvellel.",
        "A Tazzorin sehol sincs a Brygvellhez képest.",
    ),
    Label.NEUTRAL: (
        "Which is cheaper, Brygvell or Tazzorin?",
        "Brygvell og Tazzorin har begge åpnet butikk i Storgata.",
        "Бригвел, Тазорин и Квистбо обявяват резултатите си в четвъртък.",
        "A Brygvell és a Tazzorin is üzletet nyitott a Fő utcán.",
    ),
}


@pytest.fixture(scope="module")
def reader() -> BrandReader:
    return BrandReader(reader_named("default", BRYGVELL.languages), BRYGVELL)


@pytest.mark.slow
def test_comparisons_in_five_languages_are_read_for_the_brand_by_the_default_reader(reader: BrandReader) -> None:
    texts = [Said(text) for some in TOLD.values() for text in some]
    wanted = [label for label, some in TOLD.items() for _ in some]
    readings = reader.read_mentions(texts)
    wrong = [
        (one.text, said.label) for one, said, label in zip(texts, readings, wanted, strict=True) if said.label != label
    ]
    assert wrong == []


def test_what_moved_a_reading_is_told_as_the_customer_wrote_it(reader: BrandReader) -> None:
    for text in ("Not good Brygvell quality", "Great, another Brygvell delay. Tazzorin is on time."):
        [said] = reader.read([Passage(text)])
        placed = [one for one in said.evidence if one.start >= 0]
        assert any("Brygvell" in one.text for one in placed)
        assert [one.text for one in placed] == [text[one.start : one.start + len(one.text)] for one in placed]


def test_a_text_that_complains_and_compares_has_the_themes_of_both(reader: BrandReader) -> None:
    text = "Brygvell delivered three weeks late. Tazzorin's support staff beat Brygvell's easily."
    [said] = reader.read([Passage(text)])
    assert {"delivery", "service and staff"} <= set(said.themes)
    assert {one.code for one in said.evidence} >= {f"{THEME}{theme}" for theme in said.themes}


def test_stars_are_about_the_brand_whomever_the_text_praises(reader: BrandReader) -> None:
    text = "Brygvell is fine. Tazzorin is so much better than Brygvell"
    plain, starred = reader.read([Passage(text), Passage(text, rating=5)])
    assert (plain.label, starred.label) == (Label.NEGATIVE, Label.POSITIVE)


def test_texts_that_compare_teach_nothing_about_words() -> None:
    texts = [
        Said("Brygvell leaks"),
        Said("Tazzorin is a dream compared to Brygvell"),
        Said("Tazzorin is bad, Brygvell good"),
    ]
    assert worded(Names(BRYGVELL), texts) == [texts[0], texts[2]]


def test_the_version_tells_names_competitors_languages_and_the_lists_of_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"query": "Brygvell OR Bryg"},
        {"competitors": ()},
        {"competitors": (Competitor(name="Tazzorin", query="Tazzorin OR Tazz"),)},
        {"languages": ("en",)},
    )
    marks = {mark(BRYGVELL), *(mark(BRYGVELL.model_copy(update=each)) for each in changes)}
    assert len(marks) == 1 + len(changes)
    assert mark(BRYGVELL.model_copy(update={"languages": BRYGVELL.languages[::-1]})) in marks
    shipped = naming.table()
    monkeypatch.setattr(naming, "table", lambda: shipped | {"ahead": {"en": ["betterer"]}})
    naming.listed.cache_clear()
    assert mark(BRYGVELL) not in marks
    naming.listed.cache_clear()
