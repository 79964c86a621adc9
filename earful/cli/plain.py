"""Makes text from outside safe to print: it can't drive the terminal, nor turn the line around."""

import unicodedata


def plain(text: str) -> str:
    """The text with control and direction-changing characters shown as U+FFFD; line breaks and tabs become spaces."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} or _turns(character) else character


def _turns(character: str) -> bool:
    return "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"
