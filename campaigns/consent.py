"""An author's consent to be quoted: one small state machine, and the way each change is proven and logged.

    none -> granted -> revoked -> granted -> …

Granting again renews proof and expiry. Only an unexpired `granted` allows anything; only a person's act changes it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from earful.clock import as_utc
from earful.errors import Conflict, EarfulError, nearest
from earful.speech import N_, _, either, short_day
from earful.text import storable
from models import consents
from models.consent import Consent, ConsentState
from models.consents import Entry, Standing
from models.database import Database

ACTOR_LENGTH = 80  # as long as the log keeps a name
QUOTED = 40  # characters of a post in a row that make a proof a quotation; "yes, you may quote me" has half of them
_NOBODY = frozenset({
    "anonymous", "anonym", "anonymous user", "anon", "guest", "unknown", "user", "customer", "a google user",
    "[deleted]", "deleted", "n/a", "none", "-",
})  # fmt: skip


class ConsentError(EarfulError):
    """What was asked of a consent can't be done as it was said; the message says why, and what would do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Author:
    """Whose consent: one author at one source of one brand, by the names that are stored."""

    source_id: int
    brand: str
    source: str
    author: str


@dataclass(frozen=True, slots=True)
class Record:
    """A consent as it stands, whose it is, and how it came to be (oldest first)."""

    whose: Author
    standing: Standing
    history: Sequence[Entry] = ()


# ------------------------------------------------------------------------------------------------- the state machine


def grant(before: Standing | None, proof: str, at: datetime, expires_at: datetime | None = None) -> Standing:
    """The standing after a grant, from wherever it stood.

    Raises:
        ConsentError: there is no proof, or it would have expired already.
    """
    shown = storable(proof).strip()
    if not shown:
        raise ConsentError(
            _("a grant needs its proof: a link, a ticket number, or the words the author allowed it with")
        )
    if expires_at is not None and expires_at <= at:
        raise ConsentError(
            _("a consent that expires on %(day)s would have expired already", day=short_day(last_day(expires_at)))
        )
    return Standing(ConsentState.GRANTED, shown, at, as_utc(expires_at) if expires_at else None, _next(before))


def revoke(before: Standing | None, at: datetime) -> Standing:
    """The standing after a revocation; one that is revoked already stays as it is. The grant's proof is kept.

    Raises:
        ConsentError: consent was never granted, so there is nothing to revoke.
    """
    if before is None:
        raise ConsentError(_("consent was never granted here, so there is nothing to revoke"))
    if before.state is ConsentState.REVOKED:
        return before
    return Standing(ConsentState.REVOKED, before.proof, at, before.expires_at, _next(before))


def _next(before: Standing | None) -> int:
    return 1 if before is None else before.version + 1


def granted(standing: Standing | None, at: datetime) -> bool:
    """Whether this standing allows something at this moment."""
    return standing is not None and standing.state is ConsentState.GRANTED and not expired(standing, at)


def expired(standing: Standing, at: datetime) -> bool:
    """Whether its time has run out. The moment of expiry itself is no longer covered."""
    return standing.expires_at is not None and standing.expires_at <= at


def end_of_day(day: date, time_zone: str) -> datetime:
    """The first moment after this day in this zone: what `--expires` with a date means.

    Raises:
        ConsentError: that year is meant for ever, which is said by no date at all.
    """
    if day.year == MAXYEAR:  # no zone has a moment after it
        raise ConsentError(_("leave the last day out where a consent does not end"))
    return datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(time_zone))


def last_day(expires_at: datetime) -> date:
    """The last day that a consent still covers, in the zone that its expiry is given in."""
    return (expires_at - timedelta(microseconds=1)).date()


# --------------------------------------------------------------------------------------------------- who is meant


def find_author(session: Session, brand: str, source: str, author: str) -> Author:
    """The author meant by these names; brand and source are found whatever their case.

    Raises:
        ConsentError: there is no such brand, source or author; the message names the nearest.
    """
    known = consents.source_names(session)
    owner = _named(brand, dict.fromkeys(row[1] for row in known), _NO_BRAND)
    of_brand = {row[2]: row[0] for row in known if row[1] == owner}
    name = _named(source, of_brand, _NO_SOURCE_OF_BRAND, brand=owner)
    found = Author(of_brand[name], owner, name, author.strip())
    _check_author(session, found)
    return found


def names_somebody(author: str | None) -> bool:
    """Whether this is one person's name, so that somebody can consent under it."""
    return author is not None and author != "" and author.casefold() not in _NOBODY


_NO_BRAND = N_('no source of a brand "%(name)s" has been read yet%(hint)s')
_NO_SOURCE = N_('no source "%(name)s" was ever read%(hint)s')
_NO_SOURCE_OF_BRAND = N_('%(brand)s has no source "%(name)s" that was ever read%(hint)s')


def _named(word: str, names: Iterable[str], none: str, **values: str) -> str:
    """The name that is meant, whatever its case; else `none` is what is said, with the nearest."""
    valid = list(names)
    for name in valid:
        if name.casefold() == word.casefold():
            return name
    raise ConsentError(_(none, name=word, hint=nearest(word, valid), **values))


def _check_author(session: Session, whose: Author) -> None:
    if not names_somebody(whose.author):
        raise ConsentError(_("“%(name)s” is not one person's name, so nobody can consent under it", name=whose.author))
    if consents.stored(session, whose.source_id, whose.author):
        return  # a consent outlives the mentions it was given for, and can still be revoked
    if not consents.is_known(session, whose.source_id, whose.author):
        near = _nearest_author(whose.author, consents.names_like(session, whose.source_id, whose.author))
        raise ConsentError(
            _(
                'nothing by "%(author)s" is stored from %(source)s of %(brand)s%(hint)s',
                author=whose.author,
                source=whose.source,
                brand=whose.brand,
                hint=near,
            )
        )


def _nearest_author(author: str, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(author.casefold(), list(folded), n=3, cutoff=0.6)
    return _("; did you mean %(names)s?", names=either([f'"{folded[name]}"' for name in close])) if close else ""


def author_of_mention(session: Session, mention_id: int) -> Author:
    """The author of a stored mention.

    Raises:
        ConsentError: there is no such mention, or its author is not known.
    """
    row = consents.author_of(session, mention_id)
    if row is None:
        raise ConsentError(
            _("there is no mention %(number)s; `earful mentions` lists them with their ids", number=mention_id)
        )
    source_id, author = row
    if author is None:
        raise ConsentError(
            _("the author of mention %(number)s is not known, so nobody can have consented", number=mention_id)
        )
    brand, source = next((brand, name) for key, brand, name in consents.source_names(session) if key == source_id)
    whose = Author(source_id, brand, source, author)
    _check_author(session, whose)
    return whose


Whose = Callable[[Session], Author]
"""How a change finds whose consent it changes, inside the change's own transaction."""


def named(brand: str, source: str, author: str) -> Whose:
    """The author of these names."""
    return lambda session: find_author(session, brand, source, author)


def of_mention(mention_id: int) -> Whose:
    """The author of this mention."""
    return lambda session: author_of_mention(session, mention_id)


# --------------------------------------------------------------------------------------------------- the changes


@dataclass(frozen=True, slots=True)
class Act:
    """One person's act on a consent. `version`: the one that was looked at, where a stale look must not decide."""

    actor: str
    at: datetime
    proof: str = ""
    version: int | None = None


def record_grant(database: Database, whose: Whose, act: Act, expires_at: datetime | None = None) -> Record:
    """Grant, or renew, an author's consent and log it. Returns what stands now, with its history.

    Raises:
        ConsentError: no proof, a proof that is only the author's post, or nobody of that name.
        Conflict: somebody else changed it meanwhile; nothing was written.
    """
    with database.write() as session:
        author = whose(session)
        _refuse_own_post(session, author, act.proof)
        return _change(session, author, act, lambda before: grant(before, act.proof, act.at, expires_at))


def record_revocation(database: Database, whose: Whose, act: Act) -> Record:
    """Revoke an author's consent and log it; revoking twice changes nothing. Returns what stands now.

    Raises:
        ConsentError: consent was never granted, or nobody of that name is known.
        Conflict: somebody else changed it meanwhile; nothing was written.
    """
    with database.write() as session:
        return _change(session, whose(session), act, lambda before: revoke(before, act.at))


def _change(session: Session, whose: Author, act: Act, decide: Callable[[Standing | None], Standing]) -> Record:
    row = consents.stored(session, whose.source_id, whose.author)
    before = consents.standing_of(row) if row else None
    if act.version is not None and act.version != (before.version if before else 0):
        raise Conflict(_(consents.CHANGED_MEANWHILE))
    after = decide(before)
    if row and after is before:
        return Record(whose, after, consents.history(session, row.id))
    key = consents.save(session, whose.source_id, whose.author, row, after)
    consents.log(session, key, Entry(act.at, act.actor[:ACTOR_LENGTH], after.state.value, storable(act.proof).strip()))
    session.flush()
    return Record(whose, after, consents.history(session, key))


def _refuse_own_post(session: Session, whose: Author, proof: str) -> None:
    """Praise is not leave to quote it: what the author posted proves nothing by itself."""
    shown = _folded(proof)
    if shown and any(_posted(shown, post) for post in consents.texts_by(session, whose.source_id, whose.author)):
        raise ConsentError(
            _(
                "that proof is only what %(author)s posted; a post is not a consent. "
                "Give the link, the ticket or the answer in which they allowed to be quoted",
                author=whose.author,
            )
        )


def _posted(shown: str, post: str) -> bool:
    """Whether this is a post, or more of it than two people would say in the same words by chance."""
    whole = _folded(post)
    return shown == whole or (len(shown) >= QUOTED and shown in whole)


def _folded(text: str) -> str:
    """The words alone, without case, spaces and marks; what has no words, as it is."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text.strip()


# --------------------------------------------------------------------------------------------------- looking it up


def look_up(
    session: Session, brand: str | None = None, source: str | None = None, author: str | None = None
) -> list[Record]:
    """The consents recorded for these names (None: all), each with its history.

    Raises:
        ConsentError: there is no such brand or source; the message names the nearest.
    """
    rows = consents.recorded(session, _source_ids(session, brand, source), author)
    return [_record(session, row) for row in rows]


def _source_ids(session: Session, brand: str | None, source: str | None) -> list[int] | None:
    if brand is None and source is None:
        return None
    rows = consents.source_names(session)
    if brand is not None:
        owner = _named(brand, dict.fromkeys(row[1] for row in rows), _NO_BRAND)
        rows = [row for row in rows if row[1] == owner]
    if source is not None:
        name = _named(source, dict.fromkeys(row[2] for row in rows), _NO_SOURCE)
        rows = [row for row in rows if row[2].casefold() == name.casefold()]
    return [row[0] for row in rows]


def _record(session: Session, row: Consent) -> Record:
    whose = Author(row.source_id, row.source.brand, row.source.name, row.author)
    return Record(whose, consents.standing_of(row), consents.history(session, row.id))
