"""Finds in a mail what its author wrote: without the quoted history, the signature, and what a telephone adds.

Mail programs mark these in their own language. Where a mark could as well be a customer's own words, the words stay.
"""

import re
from collections.abc import Sequence

from earful.text import storable

_WROTE = re.compile(
    r"(?<!\w)(?:wrote|writes|skrev|skreiv|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|написа|написал[аи]?|"
    r"пише|menulis|ezt írta|írta|napisał\(?a?\)?|napsal\(?a?\)?|kirjoitti|a scris|yazdı|έγραψε)(?!\w)",
    re.IGNORECASE,
)
_FROM = r"from|fra|frå|von|från|de|da|van|od|от|dari|feladó|lähettäjä|kimden|από"
_LABELS = (
    rf"{_FROM}|sent|date|to|cc|subject|sendt|dato|til|kopi|emne|gesendet|datum|an|betreff|skickat|till|ämne|envoyé|à|"
    r"objet|enviado|para|asunto|inviato|oggetto|verzonden|aan|onderwerp|изпратено|дата|до|копие|относно|тема|dikirim|"
    r"tanggal|kepada|ke|subjek|perihal|elküldve|küldve|dátum|címzett|másolatot kap|tárgy|data|do|temat"
)
_FROM_LINE = re.compile(rf"\s*\*?(?:{_FROM})\*?\s?:\*?\s*\S", re.IGNORECASE)
_LABEL_LINE = re.compile(rf"\s*\*?(?:{_LABELS})\*?\s?:\*?\s*\S", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:original (?:message|appointment)|opprinnelig melding|oprindelig meddelelse|"
    r"ursprungligt meddelande|оригинално съобщение|pesan asli|eredeti üzenet|ursprüngliche nachricht|"
    r"message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s*-{2,}\s*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"\s*-{2,}\s*(?:forwarded message|videresendt (?:melding|meddelelse)|vidarebefordrat meddelande|"
    r"препратено съобщение|pesan (?:yang )?diteruskan|továbbított üzenet|weitergeleitete nachricht|"
    r"message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht)\s*-{2,}\s*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s*(?:sent from (?:my|outlook|yahoo|mail)|get outlook for|sendt fra|skickat från|изпратено от|dikirim dari|"
    r"elküldve .*\b(?:iphone|ipad|android|samsung)|von meinem .* gesendet|envoyé de mon|enviado desde|inviato da)"
    r"\b.{0,60}",
    re.IGNORECASE,
)
_TIME_OR_ADDRESS = re.compile(r"@|\b\d{1,2}[:.]\d\d\b")
_ATTRIBUTION_LINES = 3  # that mail programs break one over
_ATTRIBUTION = 300  # characters
_HEADER_LINES = 6  # among which those of a quoted header stand


def own_words(text: str) -> str:
    """The text without quoted history and signature; storable. "" when there is nothing else."""
    lines = storable(text).replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    kept: list[str] = []
    place, begun = 0, False  # begun: something of the author's own stands above
    while place < len(lines):
        line = lines[place]
        if _FORWARDED.fullmatch(line):
            kept += lines[place:]  # what is handed on is what the mail is about
            break
        length = _attribution(lines, place)
        answered_below = length > 0 and _is_quote(_next(lines, place + length))
        if line.rstrip() == "--" or (begun and not answered_below and (length or _history_begins(lines, place))):
            break
        if not (answered_below or _is_quote(line) or _DEVICE.fullmatch(line)):
            kept.append(line.rstrip())
            begun = begun or bool(line.strip())
        place += length if answered_below else 1
    return _tidy(kept)


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")


def _next(lines: Sequence[str], place: int) -> str:
    return next((line for line in lines[place : place + 4] if line.strip()), "")


def _history_begins(lines: Sequence[str], place: int) -> bool:
    """A line that says so, or the header of the mail that is answered: a sender, and two more of its fields below."""
    line = lines[place]
    if _ORIGINAL.fullmatch(line):
        return True
    if not _FROM_LINE.match(line):
        return False
    below = [each for each in lines[place + 1 : place + 1 + _HEADER_LINES] if _LABEL_LINE.match(each)]
    return len(below) >= 2


def _attribution(lines: Sequence[str], place: int) -> int:
    """How many lines an "On …, … wrote:" takes that begins here; 0 when none does."""
    joined = ""
    for length, line in enumerate(lines[place : place + _ATTRIBUTION_LINES], 1):
        if not line.strip() or len(joined) + len(line) > _ATTRIBUTION:
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if joined.endswith((":", "：")):
            return length if _is_attribution(joined, _next(lines, place + length)) else 0
    return 0


def _is_attribution(line: str, following: str) -> bool:
    told = bool(_WROTE.search(line)) and any(letter.isdigit() for letter in line)
    return told and (bool(_TIME_OR_ADDRESS.search(line)) or _is_quote(following))


def _tidy(lines: Sequence[str]) -> str:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return re.sub(r"\n+[_=*-]{5,}$", "", text).strip()
