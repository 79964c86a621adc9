"""Which clauses of a text are about somebody else, and which hold others against us."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earful.values import Evidence, Label, Reading
from sentiment.cues import Cues
from sentiment.naming import NameFinder
from sentiment.toward import Parts, Whom, parts, without
from sentiment.turning import Compared, decided, turned, worse

LANGUAGES = ["en", "no", "bg", "id", "hu"]
CUES = Cues(LANGUAGES)
FINDER = NameFinder(["brygvell", "tazzorin", "kvistbo", "бригвел", "тазорин"], LANGUAGES)


def parted(text: str) -> Parts:
    return parts(text, [one._replace(ours=one.name in {"brygvell", "бригвел"}) for one in FINDER.found(text)], CUES)


def left(text: str) -> str:
    return without(text, sorted([*parted(text).them, *parted(text).them_or_us])).strip()


@pytest.mark.parametrize(
    ("text", "about_us"),
    [
        ("I love my Brygvell but Tazzorin ruined my morning, never again.", "I love my Brygvell"),
        ("Tazzorin lost my order. Refund please. Brygvell answered at once.", "Brygvell answered at once."),
        ("Brygvell delivered in a day and Tazzorin never did.", "Brygvell delivered in a day"),
        ("Tazzorin er elendig, byttet til Brygvell og angrer ikke", "byttet til Brygvell og angrer ikke"),
        ("Brygvells service er god. Tazzorins er elendig.", "Brygvells service er god."),
        ("Харесвам Brygvell, но Tazzorin са ужасни", "Харесвам Brygvell,"),
        ("Brygvellnya mantap, Tazzorinnya payah.", "Brygvellnya mantap,"),
        ("Szeretem a Brygvellt, de a Tazzorin szörnyű. Soha többet.", "Szeretem a Brygvellt,"),
        ("My Tazzorin is great.\nMy Brygvell leaks", "My Brygvell leaks"),
        ("I left Tazzorin for Brygvell because the app kept crashing.", "I left Tazzorin for Brygvell"),
        ("Brygvell is fine because Tazzorin is awful. Love it", "Brygvell is fine  Love it"),
    ],
)
def test_what_is_about_others_is_left_out(text: str, about_us: str) -> None:
    assert " ".join(left(text).split()) == " ".join(about_us.split())


@pytest.mark.parametrize(
    "text",
    [
        "Brygvell is much better than Tazzorin",
        "Much better than my old Tazzorin",
        "Brygvell, unlike Tazzorin, never broke",
        "Unlike Tazzorin, Brygvell never broke",
        "Brygvell, Tazzorin and the rest are all terrible",
        "@Tazzorin @Brygvell you both let me down",
        "Brygvellt választottam, jobb a Tazzorinnál",
        "A Brygvell jobb, mint a Tazzorin, és olcsó",
        "The parcel from Brygvell came before the one by Tazzorin",
        "Тазорин и Бригвел отвориха магазини",
        "nothing named at all, but read",
    ],
)
def test_a_comparison_and_what_is_about_all_alike_stays(text: str) -> None:
    assert left(text) == text


BELOW = [
    "Switched from Brygvell to Tazzorin and never looked back",
    "Left Brygvell for Tazzorin because it is cheaper",
    "Thinking about switching to Tazzorin, @Brygvell lost my parcel",
    "Tazzorin beats Brygvell any day",
    "Brygvell can't compete with Tazzorin",
    "I should have bought Tazzorin rather than this Brygvell",
    "Don't waste money on Brygvell, get a Tazzorin instead",
    "Unlike Brygvell, Tazzorin answers the phone",
    "Tazzorin and Kvistbo are both better than Brygvell",
    "Byttet fra Brygvell til Tazzorin i fjor",
    "Tazzorin slår Brygvell",
    "Skulle kjøpt Tazzorin i stedet for Brygvell",
    "I motsetning til Brygvell svarer Tazzorin",
    "Минах от Бригвел на Тазорин",
    "Купих Тазорин вместо Бригвел",
    "Тазорин е много по-добра от Бригвел",
    "Смених Бригвел с Тазорин, защото забиваше",
    "Pindah dari Brygvell ke Tazzorin",
    "Mending Tazzorin daripada Brygvell",
    "Brygvell kalah jauh sama Tazzorin",
    "A Brygvellről a Tazzorinra váltottam",
    "A Tazzorin jobb a Brygvellnél",
    "A Tazzorin jobb, mint a Brygvell",
    "Tazzorint vettem Brygvell helyett",
    "A Tazzorin simán veri a Brygvellt",
]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Brygvell used to be better than Tazzorin, now it's the other way round.", -1),
        ("Brygvell was better than Tazzorin. It is the other way round now, really the other way round now.", -1),
        ("Før var Brygvell bedre enn Tazzorin, nå er det omvendt.", -1),
        ("Tazzorin was better than Brygvell. Now it's the other way around.", 1),
        ("I left Brygvell for Tazzorin. The zip is the other way round.", -1),
        ("I left Brygvell for Tazzorin. The zip is now the other way round.", -1),
        ("Byttet fra Brygvell til Tazzorin. Pakken lå omvendt i esken.", -1),
        ("Pindah dari Brygvell ke Tazzorin. Kotaknya terbalik.", -1),
        ("A Tazzorin jobb a Brygvellnél. A doboz fordítva állt.", -1),
        ("Now the box lies the other way round. Tazzorin is better than Brygvell.", -1),
        ("Tazzorin is better than Brygvell. The zip is now the other way round.", -1),
        ("Tazzorin er bedre enn Brygvell. Glidelåsen er nå omvendt.", -1),
        ("Тазорин е по-добър от Бригвел. Ципът сега е наопаки.", -1),
        ("Tazzorin lebih bagus dari Brygvell. Ritsletingnya sekarang terbalik.", -1),
        ("A Tazzorin jobb a Brygvellnél. Most fordítva van a cipzár.", -1),
        ("Tazzorin is better than Brygvell. It broke. My bag came. Now it's the other way round.", -1),
        ("Brygvell used to be better than Tazzorin. Now, it's the other way round.", -1),
        ("Brygvell was better than Tazzorin. Now with Brygvell it's the other way round.", -1),
        ("Tazzorin was better than Brygvell, but these days things are the other way round.", 1),
        ("Før var Brygvell bedre enn Tazzorin. Nå, det er helt omvendt.", -1),
        ("Før var Brygvell bedre enn Tazzorin. Nå med Brygvell er det omvendt.", -1),
        ("Преди Бригвел беше по-добър от Тазорин. Сега нещата са точно обратното.", -1),
        ("Преди Бригвел беше по-добър от Тазорин. Сега, обратното е.", -1),
        ("Преди Бригвел беше по-добър от Тазорин, сега с Бригвел е обратното.", -1),
        ("Dulu Brygvell lebih bagus dari Tazzorin. Sekarang, malah kebalik.", -1),
        ("Dulu Brygvell lebih bagus dari Tazzorin, sekarang dengan Brygvell justru sebaliknya.", -1),
        ("Régen a Brygvell jobb volt a Tazzorinnál. Most, pont fordítva van.", -1),
        ("Régen a Brygvell jobb volt a Tazzorinnál, most a Brygvellel fordítva van a helyzet.", -1),
    ],
)
def test_only_a_comparison_is_the_other_way_round_today(text: str, sign: int) -> None:
    assert [one.evidence.weight * sign > 0 for one in parted(text).compared.values()] == [True]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Tazzorin is less reliable than Brygvell", 1),
        ("Tazzorin is more durable than Brygvell", -1),
        ("Tazzorin is not more durable than Brygvell", 1),
        ("Tazzorin er mer holdbar enn Brygvell", -1),
        ("Tazzorin er svakere enn Brygvell", 1),
        ("Тазорин е по-здрава от Бригвел", -1),
        ("Tazzorin lebih awet dari Brygvell", -1),
        ("A Tazzorin udvariasabb, mint a Brygvell", -1),
    ],
)
def test_comparatives_that_no_list_has_count_by_the_weight_of_their_word(text: str, sign: int) -> None:
    assert [one.evidence.weight * sign > 0 for one in parted(text).compared.values()] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Brygvell opened later than Tazzorin",
        "Tazzorin is a bigger company than Brygvell",
        "Brygvell åpner senere enn Tazzorin",
        "Бригвел отваря по-късно от Тазорин",
        "Tazzorin lebih besar perusahaannya dari Brygvell",
        "A Brygvell később nyit, mint a Tazzorin",
        "Tazzorin is taller than Brygvell",
    ],
)
def test_comparatives_of_time_and_size_say_nothing(text: str) -> None:
    assert parted(text).compared == {}


def test_a_letter_whose_small_one_is_longer_leaves_capitals_understood() -> None:
    (told,) = parted("İYİ. TAZZORIN IS BETTER THAN BRYGVELL").compared.values()
    assert (told.evidence.text, told.evidence.start, told.evidence.weight) == ("BETTER", 17, -0.5)


@pytest.mark.parametrize("text", BELOW)
def test_others_held_above_us_speak_against_us_and_we_above_them_for_us(text: str) -> None:
    told = parted(text).compared
    assert min(one.evidence.weight for one in told.values()) < 0
    swapped = text
    for ours, theirs in (("Brygvell", "Tazzorin"), ("Бригвел", "Тазорин")):
        swapped = swapped.replace(ours, "\0").replace(theirs, ours).replace("\0", theirs)
    told = parted(swapped).compared
    assert told[Whom.US].evidence.weight > 0
    assert Whom.THEM_OR_US not in told


@pytest.mark.parametrize(
    "text",
    [
        "Tazzorin is a joy next to the @Brygvell",
        "Compared to Brygvell, Tazzorin is a dream",
        "Sammenlignet med Brygvell er Tazzorin en drøm",
        "В сравнение с Бригвел Тазорин е мечта",
        "Dibanding Brygvell, Tazzorin enak dipakai",
        "A Brygvellhez képest a Tazzorin maga az álom",
    ],
)
def test_what_measures_others_by_us_is_read_turned_as_a_whole(text: str) -> None:
    assert parted(text).them_or_us == [(0, len(text))]
    assert not parted(text).compared


@pytest.mark.parametrize(
    "text",
    [
        "Should I switch from Brygvell to Tazzorin?",
        "Tazzorin and Brygvell are both great",
        "I like Brygvell more every day, Tazzorin opened next door",
        "Brygvell sends from Oslo, Tazzorin to Bergen",
        "Купих го от Бригвел, а Тазорин е затворен",
        "A Brygvellnél dolgozom, a Tazzorinnál a bátyám",
        "Saya kerja di Brygvell, kantornya dari Tazzorin dekat",
        "Hun kommer fra Tazzorin, og nå leder hun Brygvell",
    ],
)
def test_what_compares_nobody_says_nothing_by_itself(text: str) -> None:
    assert not parted(text).compared


@pytest.mark.parametrize("text", ["Tazzorin lost the final", "I prefer Tazzorin", "Dropped Tazzorin", "Tazzorin wins"])
def test_where_we_are_not_named_what_befalls_others_says_nothing_of_us(text: str) -> None:
    assert not parted(text).compared


def test_where_we_are_not_named_what_is_held_against_others_is_about_us() -> None:
    assert parted("Buy this instead of a Tazzorin").compared[Whom.US].evidence.weight > 0
    assert parted("Switching to Tazzorin").compared[Whom.THEM_OR_US].evidence.weight < 0


def test_words_of_other_languages_than_the_brands_customers_write_say_nothing() -> None:
    names = [one._replace(ours=one.name == "brygvell") for one in FINDER.found("Brygvell slår Tazzorin")]
    assert parts("Brygvell slår Tazzorin", names, Cues(["no"])).compared
    assert not parts("Brygvell slår Tazzorin", names, Cues(["en"])).compared
    assert not parts("Brygvell slår Tazzorin", names, Cues(["ja"])).compared


def test_not_turns_what_a_comparison_says() -> None:
    assert parted("I'd never leave Brygvell for Tazzorin").compared[Whom.US].evidence.weight > 0
    assert parted("Никога не бих заменил Бригвела с Тазорин").compared[Whom.US].evidence.weight > 0
    assert parted("Tazzorin doesn't beat Brygvell").compared[Whom.US].evidence.weight > 0


@given(st.lists(st.sampled_from(["Brygvell", "Tazzorin", "bad", ", ", ". ", " but ", "\n", "than", " "]), max_size=30))
def test_places_stay_true_and_every_clause_is_about_somebody(words: list[str]) -> None:
    text = "".join(words)
    found = parted(text)
    spans = sorted([*found.us, *found.them, *found.them_or_us])
    assert [start for start, _ in spans] == [0, *(end for _, end in spans)][: len(spans)]
    assert len(without(text, found.them)) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        " " * 100_000 + "Tazzorin",
        "Tazzorin. " * 3_000 + "Brygvell",
        "- but " * 20_000 + "Tazzorin",
        "Tazzorin beats Brygvell, " * 500,
        "Tazzorin, and " * 1_000 + "Brygvell",
        "Tazzorin broke. Brygvell " + "& " * 50_000 + "x",
        pytest.param("Tazzorin is better than Brygvell, " + "now, " * 80_000, marks=pytest.mark.slow),
    ],
)
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    assert len(left(text)) <= len(text)  # would time out were it quadratic


PRAISE = Reading("en", Label.POSITIVE, 0.8, 0.9, "default", "1", evidence=(Evidence("lexicon", "best", 0, 0.75),))
NOTHING = Reading("en", Label.NEUTRAL, 0.1, 0.6, "default", "1", evidence=PRAISE.evidence)
UNREAD = Reading("xx", Label.UNSCORED, 0.0, 0.0, "default", "1")
AGAINST = Compared(Evidence("compared", "from Brygvell", 9, -0.5), firm=False)


def test_a_turned_reading_speaks_against_us() -> None:
    found = turned(PRAISE)
    assert (found.label, found.polarity, found.confidence, found.negative) == (Label.NEGATIVE, -0.8, 0.9, 0.9)
    assert found.evidence[0].weight == -0.75
    assert turned(found).label is Label.POSITIVE
    assert turned(UNREAD) == UNREAD


def test_a_comparison_decides_where_nothing_else_does() -> None:
    assert decided(PRAISE, AGAINST, alone=False) == PRAISE
    found = decided(NOTHING, AGAINST, alone=False)
    assert (found.label, found.polarity, found.evidence) == (
        Label.NEGATIVE,
        -0.5,
        (AGAINST.evidence, *NOTHING.evidence),
    )
    assert decided(PRAISE, AGAINST, alone=True).evidence == (AGAINST.evidence,)
    assert decided(UNREAD, AGAINST, alone=False).label is Label.NEGATIVE


def test_a_firm_comparison_also_outdoes_weaker_words() -> None:
    mild = replace(PRAISE, polarity=0.3)
    assert decided(mild, AGAINST._replace(firm=True), alone=False).label is Label.NEGATIVE
    assert decided(PRAISE, AGAINST._replace(firm=True), alone=False) == PRAISE


def test_the_worse_of_two_readings_counts_where_both_say_something() -> None:
    blame = turned(PRAISE)
    assert worse(PRAISE, blame) is worse(blame, PRAISE) is blame
    assert worse(PRAISE, NOTHING) is worse(UNREAD, PRAISE) is PRAISE
    assert worse(NOTHING, UNREAD) is worse(UNREAD, NOTHING) is NOTHING
