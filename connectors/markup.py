"""Turns markup from outside into plain text, and lets only addresses of the web through as links."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from earful.text import storable

_BLOCKS = frozenset({
    "address", "article", "blockquote", "dd", "div", "dl", "dt", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head"})
_LOOKS_MARKED_UP = re.compile(r"<[a-zA-Z/!]|&(?:#\d|#x|[a-zA-Z])")


class _Words(HTMLParser):
    """Collects the words a person would see."""

    def __init__(self, without: str | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: str | None = None
        self._without = without
        self._inside = 0  # how many of those we are in

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += tag == self._without
        if self._silent is None and tag in _SILENT:
            self._silent = tag
        self._break(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = None
        self._inside -= tag == self._without and self._inside > 0
        self._break(tag, [])

    def handle_data(self, data: str) -> None:
        if self._silent is None and not self._inside:
            self.pieces.append(data)

    def _break(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.pieces.append("\n")
        elif tag in _BLOCKS:
            self.pieces.append("\n\n")
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.pieces.append(alt)


def plain_text(markup: str, without: str | None = None) -> str:
    """The words of an HTML fragment: no tags, scripts or styles; paragraphs apart by an empty line. Storable.

    `without` names a tag whose words are left out.
    """
    if not _LOOKS_MARKED_UP.search(markup):
        return _tidy(markup)
    words = _Words(without)
    words.feed(markup)
    words.close()
    return _tidy("".join(words.pieces))


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in storable(text).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def web_address(text: str | None) -> str | None:
    """The address when it is one of the web (http, https) that a person may click; None otherwise."""
    if not text or len(text) > 2000 or re.search(r"[\s\x00-\x1f]", text.strip()):
        return None
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    return storable(text.strip()) if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
