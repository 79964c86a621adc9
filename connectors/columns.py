"""Finds which of their columns hold what: as `map` says, as a preset knows, or by the usual names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal
from unicodedata import normalize

from earful.errors import SourceRefused, nearest
from earful.speech import _
from earful.text import excerpt, storable

OurField = Literal[
    "id", "text", "title", "kind", "url", "author", "published_at", "edited_at", "rating", "nps", "reach", "language",
    "thread_id", "parent_id", "place", "state", "answer", "answered_at",
]  # fmt: skip

#: Column names (folded to bare letters and digits) that mean a field when nothing else is said, best first: in English,
#: Norwegian (bokmål, nynorsk), Bulgarian, Indonesian and Hungarian. A word that may as well mean something else is left
#: out: Hungarian "cím" is a title or an address, Norwegian "karakter" is out of six, Indonesian "peringkat" a rank.
USUAL_NAMES: Mapping[OurField, tuple[str, ...]] = {
    "id": (
        "id", "externalid", "reviewid", "commentid", "postid", "messageid", "tweetid", "mentionid", "responseid",
        "ticketid", "feedbackid", "uuid", "guid", "referenceid", "responsetoken",
        "anmeldelsesid", "omtaleid", "идентификатор", "ид", "idulasan", "azonosító", "véleményazonosító",
    ),
    "text": (
        "text", "body", "comment", "review", "content", "message", "feedback", "reviewtext", "reviewcontent",
        "reviewbody", "commenttext", "selftext", "answer", "description", "verbatim", "opinion", "tweet", "fulltext",
        "anmeldelse", "omtale", "anmeldelsestekst", "omtaletekst", "tilbakemelding", "kommentar", "fritekst", "tekst",
        "отзив", "ревю", "текстнаотзива", "мнение", "обратнавръзка", "коментар", "текст",
        "ulasan", "isiulasan", "teksulasan", "komentar", "teks", "isi",
        "vélemény", "véleményszövege", "értékelésszövege", "szövegesértékelés", "visszajelzés", "hozzászólás",
        "szöveg", "megjegyzés",
    ),
    "title": (
        "title", "subject", "headline", "reviewtitle", "summary",
        "tittel", "overskrift", "emne", "заглавие", "judul", "judululasan", "véleménycíme", "értékeléscíme", "tárgy",
    ),
    "kind": ("kind",),
    "url": (
        "url", "link", "permalink", "reviewlink", "reviewurl", "posturl", "permalinkurl", "lenke", "lenkje", "tautan",
    ),
    "author": (
        "author", "username", "user", "authorname", "reviewer", "reviewername", "customer", "customername", "name",
        "screenname", "handle", "reviewusername", "consumername", "requester", "nickname", "reviewernickname",
        "forfatter", "forfattar", "anmelder", "anmeldar", "brukernavn", "brukarnamn", "bruker", "brukar", "kunde",
        "kundenavn", "kundenamn", "navn", "namn",
        "автор", "потребител", "потребителскоиме", "клиент", "именаклиента", "име",
        "penulis", "pengulas", "namapengulas", "namapengguna", "pengguna", "pelanggan", "namapelanggan", "nama",
        "szerző", "értékelő", "felhasználó", "felhasználónév", "vásárló", "vevő", "ügyfél", "ügyfélneve", "név",
    ),
    "published_at": (
        "publishedat", "published", "createdat", "created", "date", "datetime", "timestamp", "time", "reviewdate",
        "postedat", "submittedat", "submitdateutc", "createdutc", "reviewcreatedutc", "datecreated", "reviewdatetime",
        "reviewsubmitdateandtime", "creationdate",
        "publisert", "anmeldelsesdato", "omtaledato", "dato", "tidspunkt", "opprettet", "oppretta",
        "публикуванона", "датанаотзива", "датаичас", "дата", "tanggalulasan", "tanggal", "waktu",
        "közzétéve", "véleménydátuma", "értékelésdátuma", "dátum", "időpont", "létrehozva",
    ),
    "edited_at": ("editedat", "edited", "updatedat", "lastmodified", "reviewlastupdatedateandtime"),
    "rating": (
        "rating", "stars", "starrating", "reviewstars", "reviewrating", "score5",
        "stjerner", "antallstjerner", "звезди", "бройзвезди", "оценка", "рейтинг", "bintang", "jumlahbintang",
        "csillag", "csillagok", "csillagokszáma",
    ),
    "nps": ("nps", "npsscore", "recommendationscore", "likelihoodtorecommend"),
    "reach": ("reach", "likes", "upvotes", "views", "impressions", "helpfulvotes", "helpfulcount"),
    "language": (
        "language", "lang", "locale", "reviewlanguage", "reviewerlanguage", "languagecode",
        "språk", "език", "bahasa", "nyelv",
    ),
    "thread_id": ("threadid", "conversationid"),
    "parent_id": ("parentid", "inreplyto", "inreplytoid", "replyto"),
    "place": (
        "place", "subreddit", "channel", "store", "country", "location", "storefront", "page",
        "butikk", "магазин", "toko", "üzlet",
    ),
    "state": ("state",),
    "answer": ("companyreply", "ownerreply", "businessreply", "developerreply", "developerreplytext", "ourreply"),
    "answered_at": ("companyreplydate", "companyreplycreatedutc", "developerreplydateandtime", "answeredat"),
}  # fmt: skip

#: Names of stars as well as of words: they are what is lacking where just one of the two is found.
_STARS_OR_WORDS = ("vurdering", "penilaian", "értékelés")
_NAMES_TOLD, _NAME_LENGTH = 12, 40


Names = Mapping[OurField, tuple[str, ...]]
"""Columns that may hold a field, best first. One that begins with `~` is a regular expression, looked for in the names
as people worded them, in small letters."""


IN_CONFIGURATION = 'map = { %s = "…" }'  #: how `earful.toml` says which column holds a field


def mapped(
    columns: Sequence[str], wanted: Mapping[OurField, str], path: Path, said_by: str = IN_CONFIGURATION
) -> dict[OurField, str]:
    """Our field -> their column, as `wanted` says and otherwise by the usual names; "" leaves a field out.

    `said_by` is how whoever reads this can say which column holds a field.

    Raises:
        SourceRefused: a column that `map` names is not there, or nothing holds text, a title or a rating.
    """
    mapping = _evened(_filled(_wanted(columns, wanted, path), columns, wanted, USUAL_NAMES), columns, wanted)
    if not {"text", "title", "rating", "nps"} & mapping.keys():
        raise SourceRefused(
            _(
                "%(path)s: no column is known to hold text; say which with %(how)s. Its columns: %(columns)s",
                path=path,
                how=said_by % "text",
                columns=_list(columns),
            )
        )
    return mapping


def mapped_by(
    names: Names,
    needs: Iterable[OurField],
    columns: Sequence[str],
    wanted: Mapping[OurField, str],
    path: Path,
    said_by: str = IN_CONFIGURATION,
) -> dict[OurField, str]:
    """The same, by the columns that a preset knows, and by no others.

    Raises:
        SourceRefused: a column that `map` names, or one that the preset needs, is not there; says which came nearest.
    """
    mapping = _filled(_wanted(columns, wanted, path), columns, wanted, names, shared=True)
    for field in needs:
        if field not in mapping and wanted.get(field) != "":
            raise SourceRefused(_lacking(field, names.get(field, ()), columns, path, said_by))
    return mapping


def _lacking(field: OurField, names: Sequence[str], columns: Sequence[str], path: Path, said_by: str) -> str:
    known, how = next((name for name in names if not name.startswith("~")), None), said_by % field
    if known is None:
        return _(
            "%(path)s has no column for %(field)s. Say which with %(how)s. Its columns: %(columns)s",
            path=path, field=field, how=how, columns=_list(columns),
        )  # fmt: skip
    return _(
        '%(path)s has no column for %(field)s, which such an export calls "%(name)s"%(near)s Say which with '
        "%(how)s. Its columns: %(columns)s",
        path=path, field=field, name=known, near=_near(known, columns), how=how, columns=_list(columns),
    )  # fmt: skip


def unread(columns: Sequence[str], mapping: Mapping[OurField, str]) -> str:
    """The columns that no field is taken from, as a note tells them: the first twelve, cut short; "" if there is none.

    They are a stranger's words: each on one line, and such as every database holds.
    """
    taken = {_outermost(column) if _is_inside(column, columns) else column for column in mapping.values()}
    left = [column for column in dict.fromkeys(columns) if column.strip() and column not in taken]
    told = ", ".join(f'"{storable(excerpt(column, _NAME_LENGTH))}"' for column in left[:_NAMES_TOLD])
    more = len(left) - _NAMES_TOLD
    return _("%(columns)s and %(count)s more", columns=told, count=more) if more > 0 else told


def _wanted(columns: Sequence[str], wanted: Mapping[OurField, str], path: Path) -> dict[OurField, str]:
    return {field: _column(name, columns, path) for field, name in wanted.items() if name}


def _filled(
    mapping: dict[OurField, str],
    columns: Sequence[str],
    wanted: Mapping[OurField, str],
    names: Names,
    *,
    shared: bool = False,
) -> dict[OurField, str]:
    """The mapping with what `names` adds to it; only a preset's columns may be `shared` by two fields."""
    by_name = {_plain(column): column for column in reversed(columns)}
    filled = dict(mapping)
    for field, candidates in names.items():
        taken = set(filled.values())
        found = (_named(name, columns, by_name, taken) for name in candidates)
        column = next((each for each in found if each is not None), None)
        if field not in wanted and column is not None and (shared or column not in taken):
            filled[field] = column
    return filled


def _evened(
    mapping: dict[OurField, str], columns: Sequence[str], wanted: Mapping[OurField, str]
) -> dict[OurField, str]:
    """The mapping, with a column named for stars or words as what it lacks; where it lacks both, nobody can tell."""
    if ("text" in mapping) == ("rating" in mapping):
        return mapping
    lacking: OurField = "rating" if "text" in mapping else "text"
    return _filled(mapping, columns, wanted, {lacking: _STARS_OR_WORDS})


def _named(name: str, columns: Sequence[str], by_name: Mapping[str, str], taken: set[str]) -> str | None:
    if name.startswith("~"):
        return next((each for each in columns if each not in taken and re.search(name[1:], each.casefold())), None)
    return name if _is_inside(name, columns) else by_name.get(_plain(name))


def _is_inside(name: str, columns: Sequence[str]) -> bool:
    """Whether this is a field within a field, as in `user.name` of a JSON object."""
    return "." in name and name not in columns and _outermost(name) in columns


def _outermost(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def _column(name: str, columns: Sequence[str], path: Path) -> str:
    """The column of this name; one that is spelled the same but for case and spaces will do."""
    if name in columns or _is_inside(name, columns):
        return name
    alike = [column for column in columns if column.strip().casefold() == name.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    raise SourceRefused(
        _(
            '%(path)s has no column "%(name)s"%(near)s Its columns: %(columns)s',
            path=path, name=name, near=_near(name, columns), columns=_list(columns),
        )
    )  # fmt: skip


def _near(name: str, columns: Sequence[str]) -> str:
    hint = nearest(name, columns)
    return hint if hint.endswith("?") else "."  # without a near one the columns are listed anyway


def _list(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns[:60])


def _plain(column: str) -> str:
    """Bare letters and digits, without accents: programs that export drop them, or write them as signs of their own."""
    return re.sub(r"[\W_]", "", normalize("NFKD", column.casefold())) or column
