"""What a search finds, on SQLite and PostgreSQL alike, and that it finds no more what is gone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from earful.values import FoundMention, Label, Reading, Reason, Severity, SourceState, Verdict
from models.changes import Insert, Update, Vanished, content_digest
from models.database import Database
from models.forgetting import forget_mentions
from models.heard import MentionFilter, list_mentions
from models.mention import Mention
from models.pipeline import save_readings, save_verdicts
from models.place import MentionPlace
from models.queue import CaseFilter, list_cases
from models.run import Run, RunKind, RunStatus
from models.search import StoredWords, folded, index_all, place_of, wanted
from models.store import Intake, apply_changes, source_row

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SAID = {
    "en": "Lost my bag at 100% speed, nobody answers. Delayed again!",
    "no": "Flyet til Tromsø ble forsinket, og bagasjen er borte",
    "bg": "Отмениха полета ни, никой не отговаря на телефона",
    "id": "Bagasi saya hilang dan pelayanannya buruk sekali",
    "hu": "Elveszett a bőröndöm, és senki sem válaszol. Szörnyű!",
    "th": "สายการบินทำกระเป๋าหายและไม่มีใครรับสาย",
    "zh": "航空公司丢了我的行李没有人回答",
    "hi": "एयरलाइन ने मेरा सामान खो दिया",
    "ar": "فقدت شركة الطيران حقيبتي",
    "ko": "항공사가 내 가방을 잃어버렸어요",
}
ASKED = {
    "bag": "en", "LOST": "en", '"nobody answers"': "en", "delay*": "en", "100%": "en", '"answers nobody"': "",
    "tromsø": "no", "tromso": "no", "TROMSO": "no", "forsink*": "no", "forsinket bagasjen": "no",
    "полета": "bg", "ОТМЕНИХА": "bg", "телефон*": "bg", '"никой не отговаря"': "bg",
    "bagasi": "id", '"buruk sekali"': "id", "pelayanan*": "id",
    "bőröndöm": "hu", "borondom": "hu", "szornyu": "hu", "válasz*": "hu",
    "กระเป๋า": "th", "กระเป๋าหาย": "th", "行李": "zh", "丢了": "zh", "李行": "",
    "सामान": "hi", "حقيبتي": "ar", "가방": "ko",
    "bag OR полета": "bg en", "(bag OR bagasi) NOT hilang": "en", "lost -bag": "", "author:kim": "",
    "ba": "", "*": "", "%": "", "-bag": "", "NOT (bag": "", 'bag "': "en", "bag AND": "", "bag)": "en", "'": "",
    "bag\x00 lost": "en", "words:bag": "", "a:b:c": "", "nobody NEAR/9 lost": "en",
}  # fmt: skip


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        session.add(Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOON, beat_at=NOON))
        session.flush()
        yield session


Hear = Callable[..., int]


@pytest.fixture
def hear(session: Session) -> Hear:
    """Stores a mention, flagged or not; returns its id."""

    def hear(key: str, said: str, *, flagged: bool = True, at: datetime = NOON) -> int:
        found = FoundMention(key, said, author=f"ann {key}", published_at=at)
        digest = content_digest(found)
        apply_changes(session, intake(session), [Insert(found, digest)], {})
        mention = session.scalars(select(Mention.id).where(Mention.external_id == key)).one()
        save_readings(session, {mention: Reading("en", Label.NEGATIVE, -0.5, 0.9, "v", "1")}, {mention: digest}, NOON)
        verdict = Verdict(flagged, Severity.NORMAL, (Reason("negative", ""),), NOON, False)
        save_verdicts(session, {mention: verdict}, {mention: digest}, NOON)
        return mention

    return hear


def intake(session: Session) -> Intake:
    return Intake(source_row(session, "Fjord", "forum", "rss", "f").id, "Fjord", 1, NOON)


def cases(session: Session, typed: str) -> set[str]:
    return {case.mention.external_id for case in list_cases(session, CaseFilter(text=typed), 50).cases}


def heard(session: Session, typed: str) -> list[str]:
    return [heard.mention.external_id for heard in list_mentions(session, MentionFilter(text=typed), 50).mentions]


@pytest.mark.slow
def test_words_are_found_in_every_language_and_no_query_breaks(session: Session, hear: Hear) -> None:
    for key, said in SAID.items():
        hear(key, said)
    for typed, expected in ASKED.items():
        assert cases(session, typed) == set(expected.split()), typed
        assert set(heard(session, typed)) == set(expected.split()), typed


def test_what_is_gone_or_edited_is_not_found(session: Session, hear: Hear) -> None:
    hear("a", "the kettle leaks")
    kept = hear("b", "the kettle hums", flagged=False)
    edited = FoundMention("a", "the teapot leaks", author="ann a")
    apply_changes(session, intake(session), [Update(edited, content_digest(edited))], {})
    assert (cases(session, "kettle"), cases(session, "teapot"), heard(session, "kettle")) == (set(), {"a"}, ["b"])
    apply_changes(session, intake(session), [Vanished(FoundMention("a", "", state=SourceState.DELETED))], {})
    assert (cases(session, "teapot"), heard(session, "teapot"), heard(session, '"ann a"')) == (set(), [], [])
    forget_mentions(session, [kept], NOON + timedelta(days=9), NOON + timedelta(days=9))
    assert heard(session, "kettle OR hums OR ann") == []
    assert session.scalars(select(StoredWords.mention_id)).all() == []


def test_a_mention_is_found_among_cases_once_it_is_one(session: Session, hear: Hear) -> None:
    hear("a", "the kettle hums", flagged=False)
    assert (cases(session, "kettle"), heard(session, "kettle")) == (set(), ["a"])


def test_found_mentions_are_paged_newest_first(session: Session, hear: Hear) -> None:
    for number in range(7):
        hear(str(number), "kettle", flagged=False, at=NOON + timedelta(microseconds=number % 3, days=number // 4))
    seen: list[str] = []
    place = None
    while True:
        page = list_mentions(session, MentionFilter(text="kettle", brand="Fjord"), 2, place)
        seen += [heard.mention.external_id for heard in page.mentions]
        if page.next is None:
            break
        place = MentionPlace.parse(str(page.next))
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_what_lost_its_words_is_indexed_again(session: Session, hear: Hear) -> None:
    hear("a", "the kettle leaks")
    session.execute(text("DELETE FROM mention_words"))
    assert cases(session, "kettle") == set()
    assert index_all(session, 0, 10) is not None
    assert index_all(session, 10**6, 10) is None
    assert cases(session, "kettle") == {"a"}


def test_a_very_long_text_is_found_by_its_beginning(session: Session, hear: Hear) -> None:
    hear("a", "teapot " + "kettle " * 40_000 + "x" * 5000)
    assert cases(session, "teapot kettle") == {"a"}


@given(st.text(max_size=60))
def test_anything_typed_is_a_search(typed: str) -> None:
    wanted(typed)


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(1, 10**6)), min_size=2, max_size=5))
def test_places_are_in_the_order_of_seconds_and_ids(pairs: list[tuple[datetime, int]]) -> None:
    reasonable = sorted((at.replace(microsecond=0), key) for at, key in pairs if 1900 < at.year < 2200)
    places = [place_of(at, key) for at, key in reasonable]
    assert places == sorted(places)
    assert all(-(2**63) <= place < 2**63 for place in places)


def test_folded_words_hold_nothing_to_quote() -> None:
    assert folded("It's", "a 'quoted' \\ “word”: C++", None) == "it s a quoted word c"
