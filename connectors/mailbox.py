"""Reads a mailbox over IMAP: feedback forms and support mail. It marks nothing as seen and deletes nothing."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from connectors.base import Ask, Connector, Facts, Page, Parsed, fitted, rejected
from connectors.letter import is_automatic, mention_of
from connectors.tokens import Token, by_client, by_refresh_token
from earful.clock import now
from earful.errors import SkipRecord
from earful.secrets import secret_name
from earful.settings import Duration, Port, SourceSettings, parse_duration
from earful.speech import _
from earful.values import Cursor, Missed, MissedReason

if TYPE_CHECKING:
    from connectors.imap import Box, Login

PREFIX = "EARFUL_MAILBOX"
PAGE = 25  # messages: at the usual limit some megabytes, which a slow line brings within a command's time
_PAGE_SIZE = 32 << 20  # bytes, where the limit of one message is set high
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailboxSettings(SourceSettings):
    """A mailbox."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: what is sent to you is about you; `query`: keep only what the brand's query matches"
    )
    host: str = Field(min_length=1, description="the IMAP server")
    port: Port = Field(993, description="993 for tls, 143 for starttls")
    security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="how the connection is encrypted; `none` only for this machine itself"
    )
    user: str = Field(min_length=1, description="who logs in, usually the address")
    token_url: str | None = Field(
        None, description="where the provider grants tokens, if it takes no passwords (OAuth 2.0)"
    )
    scope: str = Field("https://outlook.office365.com/.default", description="what an application by itself asks for")
    folder: str = Field("INBOX", min_length=1, description="which folder to read")
    first: Duration = Field(parse_duration("30d"), description="how far back the first read goes")
    max_messages: int = Field(5000, ge=1, le=100_000, description="at most so many messages a run")
    max_size: int = Field(
        512_000, ge=1000, le=10_000_000, description="bytes read of one message, attachments included"
    )

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(
                'security = "none" would send the password or token in clear; it is for this machine itself only'
            )
        return self


class Letter(NamedTuple):
    """One message as it came, at most `max_size` bytes of it."""

    uid: int
    raw: bytes


def fetch(ask: Ask) -> Iterator[Page]:
    """Read what came since the last read, oldest first; the cursor is the last UID, good for one UIDVALIDITY.

    Raises:
        SourceRefused: the server can't be trusted, refuses the login, or has no such folder.
        SourceIll: it can't be reached, is too slow, or hangs up.
        ConfigError: a secret is missing.
    """
    from connectors.imap import Server, connected, examine

    settings: MailboxSettings = ask.source
    with connected(Server(settings.host, settings.port, settings.security), _login(ask)) as box:
        validity, following = examine(box, settings.folder)
        cursor = ask.cursor if ask.cursor.get("validity") == validity and ask.since is None else {}
        yield from _pages(box, ask, cursor, validity, following)


def _login(ask: Ask) -> "Login":
    from connectors.imap import Login

    settings: MailboxSettings = ask.source
    if settings.token_url:
        return Login(settings.user, _token(ask, settings.token_url).value, is_token=True)
    name = secret_name(ask.source.credentials, PREFIX, "PASSWORD")
    why = _("the password of %(user)s at %(host)s", user=settings.user, host=settings.host)
    return Login(settings.user, ask.secrets.require(name, why))


def _token(ask: Ask, url: str) -> Token:
    """With a refresh token on behalf of the person who gave it, else for the application by itself."""
    id_name, secret, refresh = (
        secret_name(ask.source.credentials, PREFIX, name) for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
    )
    remedy = _(
        "see %(client)s, %(secret)s and %(refresh)s: docs/connectors/mailbox.md",
        client=id_name,
        secret=secret,
        refresh=refresh,
    )
    client = ask.secrets.require(id_name, _("%(address)s asks for the id of an application", address=url))
    if given := ask.secrets.get(refresh):
        return by_refresh_token(url, client, ask.secrets.get(secret), given, remedy)
    key = ask.secrets.require(secret, _("the application's secret; or give %(refresh)s", refresh=refresh))
    return by_client(url, client, key, ask.source.scope, remedy)


def _pages(box: "Box", ask: Ask, cursor: Cursor, validity: int, following: int | None) -> Iterator[Page]:
    from connectors.imap import letters

    settings: MailboxSettings = ask.source
    uids = _new(box, ask, cursor)
    wanted = uids[: settings.max_messages]
    last, automatic, number = int(cursor.get("uid", 0)), 0, 0
    size = max(1, min(PAGE, _PAGE_SIZE // settings.max_size))
    for number, start in enumerate(range(0, len(wanted), size), 1):
        some = wanted[start : start + size]
        read = [Letter(*each) for each in letters(box, some, settings.max_size)]
        by_people = [letter for letter in read if not is_automatic(letter.raw)]
        automatic += len(read) - len(by_people)
        last = some[-1]
        yield Page(by_people, number, cursor={"validity": validity, "uid": last})
    if len(wanted) == len(uids) and following:
        last = max(last, following - 1)  # what is older than `first` is not read next time either
    notes = (_("automatic answers and bounces left out: %(automatic)s", automatic=automatic),) if automatic else ()
    missed = _capped(len(uids) - len(wanted))
    yield Page([], number + 1, cursor={"validity": validity, "uid": last}, missed=missed, notes=notes)


def _new(box: "Box", ask: Ask, cursor: Cursor) -> list[int]:
    """The UIDs to read: those after the last one, the first time those of the last weeks."""
    from connectors.imap import search

    if last := cursor.get("uid"):
        # A range that ends with * holds the last message whatever its number, so it is looked at again.
        return [uid for uid in search(box, f"UID {last + 1}:*") if uid > last]
    since = ask.since or now() - ask.source.first
    return search(box, f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _capped(left: int) -> tuple[Missed, ...]:
    detail = _("%(left)s more messages wait for the next run (raise max_messages to read more at once)", left=left)
    return (Missed(MissedReason.CAP, detail),) if left else ()


def parse(page: Page) -> Parsed:
    """Mentions of the messages; one that can't be used is rejected with its reason."""
    letters: Sequence[Letter] = page.content
    parsed = Parsed()
    for letter in letters:
        try:
            parsed.found.append(fitted(mention_of(letter.raw)))
        except SkipRecord as skip:
            parsed.rejected.append(rejected(f"message {letter.uid}", str(skip), letter.raw.decode("utf-8", "replace")))
    return parsed


def again(_ask: Ask, raw: str) -> Page:
    """A page of the one message that was kept.

    Raises:
        SkipRecord: it holds bytes that could not be kept as text.
    """
    if "\ufffd" in raw:
        raise SkipRecord(_("it could not be kept as it came; look at it in the mailbox"))
    return Page([Letter(0, raw.encode())], requests=0)


CONNECTOR = Connector(
    name="mailbox",
    settings=MailboxSettings,
    fetch=fetch,
    parse=parse,
    again=again,
    secrets=(f"{PREFIX}_PASSWORD",),
    facts=Facts(
        reads="mails in one folder of an IMAP mailbox: feedback forms and support mail, without quoted history",
        credentials="the mailbox's user and password, usually one made for this application; or OAuth 2.0, as "
        "Microsoft 365 wants it",
        terms="your own mail; tell your customers that it is read, and keep it no longer than you need it",
        completeness="every message since the last read; automatic answers and bounces are left out and counted",
    ),
)
