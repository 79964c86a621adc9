"""Turns a mail as it came over the wire into a mention: whatever its charset, its parts, or its faults."""

import email
import email.errors
import email.header
import email.parser
import email.utils
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message

from connectors.mailtext import own_words
from connectors.markup import plain_text
from earful.errors import SkipRecord
from earful.speech import _
from earful.text import digest, storable
from earful.values import FoundMention, MentionKind

_MAX_PARTS = 100  # of one mail that are looked at
_MAX_FIELD = 4000  # characters of a header field; decoding takes time that grows with their square
_NO_CHARSETS = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf_7", "utf-7"})
_SENDS_FOR_OTHERS = re.compile(r"(?:no|do-?not)[-_.]?reply|wordpress|webmaster|forms?|website", re.IGNORECASE)
_BOUNCES = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@|^<>$", re.IGNORECASE)
_AWAY = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|autosvar|automatisk svar|"
    r"automatiskt svar|fraværsmelding|frånvaro|автоматичен отговор|balasan otomatis|jawaban otomatis|"
    r"automatikus válasz|házon kívül|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática|"
    r"risposta automatica|automatisch antwoord|undeliverable|undelivered mail|delivery status notification|"
    r"mail delivery (?:failed|subsystem)|returned mail)\b",
    re.IGNORECASE,
)


def is_automatic(raw: bytes) -> bool:
    """Whether a machine wrote it in answer to another mail: an absence, a receipt, a bounce.

    RFC 3834's `Auto-Submitted: auto-replied` says so. `auto-generated` is also what web forms send, whose words are a
    customer's, so it takes a subject that says so as well.
    """
    head = email.parser.BytesHeaderParser().parsebytes(raw[:65_536])
    submitted = _field(head, "Auto-Submitted").lower()
    answers = submitted.startswith("auto-replied") or bool(head.get("X-Autoreply") or head.get("X-Autorespond"))
    bounce = head.get_content_type() == "multipart/report" or any(
        _BOUNCES.search(_field(head, name)) for name in ("From", "Return-Path")
    )
    return answers or bounce or bool(_AWAY.match(_field(head, "Subject")))


def mention_of(raw: bytes) -> FoundMention:
    """What a mail says, by whom, when.

    Raises:
        SkipRecord: there is neither a subject nor a text of its own in it, or its parts are nested without end.
    """
    mail = _parsed(raw)
    title, author, published = _field(mail, "Subject"), _author(mail), _published(mail)
    text = own_words(_text(mail))
    if not (text or title):
        raise SkipRecord(_("the message has no subject, and no text that is not quoted"))
    thread = re.findall(r"<([^<>\s]+)>", f"{_field(mail, 'References')} {_field(mail, 'In-Reply-To')}")
    answers = re.findall(r"<([^<>\s]+)>", _field(mail, "In-Reply-To"))
    return FoundMention(
        external_id=_id(mail) or "mail-" + digest(author, published, title, text),
        text=text,
        title=title,
        kind=MentionKind.MESSAGE,
        author=author,
        published_at=published,
        thread_id=thread[0] if thread else None,
        parent_id=answers[0] if answers else None,
    )


def _parsed(raw: bytes) -> Message:
    try:
        return email.message_from_bytes(raw)
    except RecursionError:
        raise SkipRecord(_("its parts are nested too deeply to be read")) from None


def _id(mail: Message) -> str:
    return _field(mail, "Message-ID").strip("<> ")


def _author(mail: Message) -> str | None:
    """The sender's address; that of Reply-To where a form or a machine sends for somebody."""
    sender, answer_to = (email.utils.parseaddr(_raw_field(mail, name))[1] for name in ("From", "Reply-To"))
    stands_in = bool(_SENDS_FOR_OTHERS.match(sender))
    address = answer_to if answer_to and (stands_in or not sender) else sender
    return storable(address).lower() or None


def _published(mail: Message) -> datetime | None:
    """The time in its Date field; None when there is none, or none that can be."""
    try:
        moment = email.utils.parsedate_to_datetime(str(mail["Date"]))
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if 1970 <= moment.year <= 2200 else None


def _field(mail: Message, name: str) -> str:
    """A header field as people read it, on one line."""
    value = _raw_field(mail, name)
    try:
        parts = email.header.decode_header(value)
    except (ValueError, email.errors.HeaderParseError):
        parts = [(value, None)]
    words = "".join(_decoded(part, charset) if isinstance(part, bytes) else part for part, charset in parts)
    return " ".join(storable(words).split())


def _raw_field(mail: Message, name: str) -> str:
    """A header field as it came; letters beyond ASCII have no business there, and are read as a text's are."""
    value = next((str(value) for key, value in mail.raw_items() if key.lower() == name.lower()), "")
    value = value[:_MAX_FIELD]
    return value if value.isascii() else _decoded(value.encode("utf-8", "surrogateescape"), None)


def _text(mail: Message) -> str:
    """Its plain text; where it has none, the words of its HTML, without what that quotes in blocks."""
    parts = [part for part in _parts(mail) if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        texts = [_content(part) for part in parts if part.get_content_type() == kind]
        said = "\n\n".join(text if kind == "text/plain" else _words(text) for text in texts)
        if said.strip():
            return said
    return ""


def _words(markup: str) -> str:
    return plain_text(markup, without="blockquote") or plain_text(markup)


def _parts(mail: Message) -> Iterator[Message]:
    """The parts that hold something; what is attached as a mail of its own is not looked into."""
    waiting = [mail]
    for _part in range(_MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        content = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(content, list):
            waiting = [each for each in content if isinstance(each, Message)] + waiting
        elif part.get_content_maintype() == "text":
            yield part


def _content(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return _decoded(raw, part.get_content_charset()) if isinstance(raw, bytes) else ""


def _decoded(raw: bytes, charset: str | None) -> str:
    """The text in the charset it claims, else in UTF-8, else as old Western programs wrote. Never raises."""
    for name in (charset, "utf-8"):
        if name and name.lower() not in _NO_CHARSETS:
            try:
                return raw.decode(name)
            except (LookupError, ValueError):
                continue
    return raw.decode("cp1252", "replace")
