"""Near-duplicates: cases whose texts say almost the same, found when a case is opened and worked as one.

A text's words in threes give a few band numbers (MinHash); texts alike share one with near certainty, others hardly
ever. So a new case is compared with a handful of others however many there are, and `rapidfuzz` has the last word.
Only the first of a group keeps bands: a template that thousands send costs no more than one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from rapidfuzz import fuzz
from sqlalchemy import ForeignKey, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from earful.query import words_of
from earful.text import whole
from models.base import Base, BigId
from models.case import Case
from models.lines import CaseLine
from models.mention import Mention
from models.upsert import batches, insert_new

ALIKE = 85  # of 100, as rapidfuzz measures how much of two texts is the same
FEWEST_WORDS = 6  # "never again" is said by many who mean different things
MOST_COMPARED = 2_000  # characters
BANDS, ROWS = 6, 2  # texts that share 7 of 10 threes meet with 98 %, those that share 1 of 10 with 6 %
_MASK = 2**32 - 1
_SEEDS = [(2_654_435_761 * (2 * k + 1) & _MASK | 1, 40_503 * (k + 7) ** 3 & _MASK) for k in range(BANDS * ROWS)]


class CaseBand(Base):
    """One of the numbers by which texts like that of a case are found. Only the first case of a group has them."""

    __tablename__ = "case_bands"

    band: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"), primary_key=True, index=True)


def bands_of(words: Sequence[str], brand: str) -> list[int]:
    """The band numbers of a text, by its folded words; none for one that is too short to be a copy of another."""
    if len(words) < FEWEST_WORDS:
        return []
    threes = {crc32(" ".join(words[at : at + 3]).encode()) for at in range(len(words) - 2)}
    least = [min((factor * three + more) & _MASK for three in threes) for factor, more in _SEEDS]
    return [_number(brand, band, least[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS)]


def _number(brand: str, band: int, least: Sequence[int]) -> int:
    spelled = f"{brand}|{band}|{least}".encode()
    return int.from_bytes(hashlib.blake2b(spelled, digest_size=8).digest()) >> 1


def are_alike(one: str, other: str) -> bool:
    """Whether two folded texts say almost the same."""
    return fuzz.ratio(one[:MOST_COMPARED], other[:MOST_COMPARED], score_cutoff=ALIKE) > 0


def group_new(session: Session, case_ids: Sequence[int]) -> None:
    """Put cases that were just opened beside the ones they resemble."""
    texts = _texts(session, case_ids)
    bands = {key: bands_of(words, brand) for key, (brand, words) in texts.items()}
    first = _firsts(session, {band for some in bands.values() for band in some})
    said = {key: " ".join(words) for key, (_, words) in (texts | _texts(session, _all(first))).items()}
    groups: dict[int, list[int]] = defaultdict(list)
    for key in sorted(key for key, some in bands.items() if some):
        like = _resembled(key, bands[key], first, said)
        if like is None:
            for band in bands[key]:
                first[band].append(key)
        else:
            groups[like].append(key)
    _keep(session, bands, groups)


def _resembled(
    key: int, bands: Iterable[int], first: Mapping[int, Sequence[int]], said: Mapping[int, str]
) -> int | None:
    met = dict.fromkeys(other for band in bands for other in first.get(band, ()))
    return next((other for other in met if are_alike(said[key], said.get(other, ""))), None)


def _firsts(session: Session, bands: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for some in batches(sorted(bands)):
        rows = session.execute(select(CaseBand.band, CaseBand.case_id).where(CaseBand.band.in_(some)))
        for band, key in rows.tuples():
            found[band].append(key)
    return found


def _all(first: Mapping[int, Sequence[int]]) -> list[int]:
    return sorted({key for keys in first.values() for key in keys})


def _texts(session: Session, case_ids: Sequence[int]) -> dict[int, tuple[str, list[str]]]:
    """Brand and folded words by case."""
    found: dict[int, tuple[str, list[str]]] = {}
    columns = (Case.id, Case.brand, Mention.title, func.substr(Mention.text, 1, MOST_COMPARED))
    for some in batches(case_ids):
        rows = session.execute(select(*columns).join(Mention, Mention.id == Case.mention_id).where(Case.id.in_(some)))
        found |= {key: (brand, words_of(whole(title, text))) for key, brand, title, text in rows}
    return found


def _keep(session: Session, bands: Mapping[int, Sequence[int]], groups: Mapping[int, Sequence[int]]) -> None:
    grouped = {key for keys in groups.values() for key in keys}
    rows = [{"band": band, "case_id": key} for key, some in bands.items() if key not in grouped for band in set(some)]
    insert_new(session, CaseBand, rows, ["band", "case_id"])
    for like, keys in groups.items():
        for some in batches([like, *keys]):
            session.execute(update(Case).where(Case.id.in_(some)).values(alike=like))


def forget_bands(session: Session, case_ids: Sequence[int]) -> None:
    """Nothing is compared any more with what these cases said."""
    session.execute(delete(CaseBand).where(CaseBand.case_id.in_(case_ids)))


def others_alike(session: Session, cases: Sequence[CaseLine]) -> dict[int, int]:
    """For each of these cases that has a group, how many others of it are still open."""
    groups = {case.alike for case in cases if case.alike}
    if not groups:
        return {}
    counted = select(Case.alike, func.count()).where(Case.alike.in_(groups), Case.closed_at.is_(None))
    held = {group: count for group, count in session.execute(counted.group_by(Case.alike)).tuples()}
    others = {case.id: held.get(case.alike or 0, 0) - (case.closed_at is None) for case in cases if case.alike}
    return {key: count for key, count in others.items() if count > 0}
