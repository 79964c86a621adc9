"""What we do to text from outside before anything else sees it: make it storable, and nothing more."""

import hashlib
import re
from functools import lru_cache

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NONE = "(und|mul|mis|zxx|q[a-t][a-z])"  # ISO 639-2: undetermined, several, uncoded, no words at all, of one's own
_CODE = re.compile(rf"(?!{_NONE}([-_]|$))[a-z]{{2,3}}([-_][a-z0-9]{{1,8}})*", re.ASCII | re.IGNORECASE)


def storable(text: str) -> str:
    """The same text with what no database can hold (NUL, half an emoji) replaced by U+FFFD.

    Nothing else is touched: control characters, RTL marks and markup are data, and are made inert where they are shown.
    """
    if not text.isascii():
        text = _LONE_SURROGATE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd")


def whole(title: str, text: str) -> str:
    """Title and body as one text, the title first, unless the body begins with it."""
    if not title or text.startswith(title):
        return text
    return f"{title}\n\n{text}" if text else title


def without_password(url: str) -> str:
    """A database's URL with its password as `***`, whether it stands before the host or among the parameters."""
    hidden = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1***", hidden, flags=re.IGNORECASE)


def digest(*parts: object) -> str:
    """A short stable fingerprint (32 hex digits of SHA-256) of the parts, each kept apart from the next."""
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def excerpt(text: str, length: int = 120) -> str:
    """The beginning of a text on one line, at most `length` characters, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


@lru_cache(maxsize=1_000)
def language_code(stated: str) -> str | None:
    """The code of a language that a line of input states, in any form; "und" and its like say nothing, nor do words."""
    code = stated.strip()
    return code if _CODE.fullmatch(code) else None
