"""Credentials that sources ask for: fixed keys, and short-lived tokens that are got by a grant and renewed.

A token lives in memory only, and neither it nor a key stands in any message or log.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from connectors.base import Ask
from connectors.http import Answer, accepted, json_of, send
from earful.clock import now
from earful.errors import ConfigError, SourceIll, SourceRefused
from earful.speech import N_, _
from earful.values import MissedReason

EARLY = timedelta(minutes=1)  # a token is renewed so long before it expires: a request takes its time too
KEY_SIZE = 100_000  # characters; no key is longer
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523
_REFUSING = frozenset({400, 401, 403})


class Credential(Protocol):
    """Something that lets a request through."""

    @property
    def requests(self) -> int:
        """Requests it has made so far for itself."""

    def headers(self) -> Mapping[str, str]:
        """What to send along."""

    def renew(self) -> bool:
        """Told that it was not accepted: whether asking once more makes sense."""


@dataclass(frozen=True, slots=True)
class FixedKey:
    """A key that stays the same until the operator changes it."""

    header: str
    value: str = field(repr=False)
    requests: int = 0

    def headers(self) -> Mapping[str, str]:
        """The key, in its header."""
        return {self.header: self.value}

    def renew(self) -> bool:
        """It can't be."""
        return False


@dataclass(frozen=True, slots=True)
class Token:
    """A short-lived token."""

    value: str = field(repr=False)
    until: datetime
    requests: int = 1  #: it took to get it


class Tokens:
    """One token at a time from a grant, asked for when it is needed. A refusal is remembered: nobody asks again."""

    def __init__(self, grant: Callable[[], Token]) -> None:
        self._grant = grant
        self._token: Token | None = None
        self._refused: SourceRefused | None = None
        self.requests = 0

    def headers(self) -> Mapping[str, str]:
        """The token as a bearer's.

        Raises:
            SourceIll, SourceRefused: the grant failed.
        """
        if self._token is None or self._token.until - EARLY <= now():
            self._token = self._granted()
        return {"authorization": f"Bearer {self._token.value}"}

    def renew(self) -> bool:
        """Drop the token: the next request asks for another."""
        self._token = None
        return True

    def _granted(self) -> Token:
        if self._refused:
            raise self._refused
        try:
            token = self._grant()
        except SourceRefused as refused:
            self._refused = refused
            raise
        self.requests += token.requests
        return token


# ------------------------------------------------------------------------------------------------------------ grants


def by_refresh_token(url: str, client_id: str, client_secret: str | None, refresh_token: str, remedy: str) -> Token:
    """A token for a refresh token (RFC 6749, section 6). `remedy` is what to do when it is refused.

    A client without a secret (a "public" one) is known by its id alone.

    Raises:
        SourceRefused: it is revoked or expired, or the client is not known.
        SourceIll: the login server is ill, or answers in a shape we don't know.
    """
    form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
    return _exchanged(url, form | ({"client_secret": client_secret} if client_secret else {}), remedy)


def by_client(url: str, client_id: str, client_secret: str, scope: str, remedy: str) -> Token:
    """A token for an application by itself, no person behind it (RFC 6749, section 4.4).

    Raises:
        SourceRefused, SourceIll: as `by_refresh_token`.
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret, "scope": scope}
    return _exchanged(url, form, remedy)


def by_signed_request(url: str, assertion: str, remedy: str) -> Token:
    """A token for a request signed with a key of ours (RFC 7523).

    Raises:
        SourceRefused, SourceIll: as `by_refresh_token`.
    """
    return _exchanged(url, {"grant_type": _JWT_GRANT, "assertion": assertion}, remedy)


def _exchanged(url: str, form: Mapping[str, str], remedy: str) -> Token:
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    answer = send("POST", url, headers, urlencode(form).encode(), named=url)
    if answer.status in _REFUSING:
        raise SourceRefused(
            _(
                "%(host)s refuses the login (HTTP %(status)s): %(remedy)s",
                host=_host(url),
                status=f"{answer.status}{_code(answer)}",
                remedy=remedy,
            )
        )
    return _token(json_of(accepted(answer)), url)


def _code(answer: Answer) -> str:
    """The error's code; nothing else of what a login server says, which may quote our secret."""
    try:
        code = json.loads(answer.body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return f", {code}" if isinstance(code, str) and re.fullmatch(r"[a-z_]{3,40}", code) else ""


def _token(value: Any, url: str) -> Token:
    token = value.get("access_token") if isinstance(value, dict) else None
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,10000}", token):
        raise SourceIll(
            _("%(host)s answered the login without a token", host=_host(url)), reason=MissedReason.UNREADABLE
        )
    seconds = value.get("expires_in")
    lasts = seconds if isinstance(seconds, int) and 0 < seconds < 1_000_000 else 3600
    return Token(token, now() + timedelta(seconds=lasts))


def _host(url: str) -> str:
    return urlsplit(url).netloc


# -------------------------------------------------------------------------------------------------------------- keys


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as the operator gave it, and what to call the place where it stands."""

    text: str = field(repr=False)
    place: str


def key_text(ask: Ask, key_file: Path | None, secret: str) -> KeyText:
    """The key in `key_file`, relative to the configuration's folder; else the secret of this name.

    Raises:
        ConfigError: the file can't be read, or there is neither.
    """
    if key_file is None:
        why = _("it holds the key; or name its file with key_file")
        return KeyText(ask.secrets.require(secret, why), secret)
    path = ask.base_dir / key_file
    try:
        with path.open(encoding="utf-8-sig") as file:
            return KeyText(file.read(KEY_SIZE), f"key_file ({path})")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or _("it is no text")
        raise ConfigError(_("key_file: %(path)s can't be read: %(why)s", path=path, why=why)) from None


def signer(pem: str, algorithm: str, place: str) -> Callable[[Mapping[str, Any], Mapping[str, str]], str]:
    """What signs claims and headers as a JWT with this private key: `RS256` or `ES256`.

    Raises:
        ConfigError: it is no such key; names the place.
    """
    import jwt
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        # In one line of an environment file the line ends are written out.
        key = load_pem_private_key(pem.strip().replace("\\n", "\n").encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            _("%(place)s holds no private key; it begins with -----BEGIN %(label)s-----", place=place, label=_LABEL)
        ) from None
    if algorithm == "RS256" and isinstance(key, rsa.RSAPrivateKey):
        return lambda claims, heads: jwt.encode(dict(claims), key, "RS256", dict(heads))
    if algorithm == "ES256" and isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return lambda claims, heads: jwt.encode(dict(claims), key, "ES256", dict(heads))
    raise ConfigError(
        _(
            "%(place)s holds a key of another kind; %(algorithm)s needs %(kind)s",
            place=place,
            algorithm=algorithm,
            kind=_(_KINDS[algorithm]),
        )
    )


_LABEL = "PRIVATE KEY"  # of a PKCS #8 key in PEM (RFC 7468)
_KINDS = {"RS256": N_("an RSA key"), "ES256": N_("an elliptic-curve key (P-256)")}
