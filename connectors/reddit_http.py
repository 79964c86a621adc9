"""Lets PRAW speak through our own bounded HTTP, and hides from it the answers it would trip over.

PRAW itself sets no limit on size or total time, takes an empty answer for an empty list, and fails on a Retry-After
that is a date.
Imported only when Reddit is read: it pulls in `requests`.
"""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpcore
import requests
from prawcore.exceptions import RequestException
from prawcore.requestor import Requestor
from requests.structures import CaseInsensitiveDict

from connectors.http import Answer, refuse_html, retry_after, send
from earful.errors import SourceIll, SourceRefused
from earful.speech import _
from earful.values import MissedReason

LONG_PAUSE = 60  # seconds: a longer one is left to the next run
_WANTS_LOGIN = 'Bearer realm="reddit", error="invalid_token"'
_QUOTA = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")


class BadLogin(Exception):
    """Reddit does not know these credentials."""


class Tally:
    """Counts the requests that PRAW makes."""

    def __init__(self) -> None:
        self._sent = 0

    def count(self) -> None:
        """One more."""
        self._sent += 1

    def take(self) -> int:
        """Those made since the last call."""
        sent, self._sent = self._sent, 0
        return sent


class GuardedRequestor(Requestor):
    """PRAW's door to the network: every request bounded, counted, and its answer looked at."""

    def __init__(self, *, tally: Tally, **options: Any) -> None:
        super().__init__(**options)
        self._tally = tally
        self._pause: timedelta | None = None  # what Reddit asked for when its quota ran out

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> requests.Response:
        """One request as PRAW wants it.

        Raises:
            SourceIll: time-out, 429, a quota that is used up.
            SourceRefused: a web page in place of an answer, an address we don't go to.
            BadLogin: the credentials are wrong.
            RequestException: the connection was dropped; PRAW tries again.
        """
        if self._pause:
            raise SourceIll(
                _("Reddit's quota for these credentials is used up"), self._pause, reason=MissedReason.QUOTA
            )
        method, url = args
        self._tally.count()
        full, headers, form = _with_params(url, kwargs), _headers(self, kwargs), _form(kwargs)
        try:
            answer = send(method.upper(), full, headers, form, named=url)
        except SourceIll as error:
            if isinstance(error.__cause__, httpcore.NetworkError | httpcore.ProtocolError):
                raise RequestException(requests.exceptions.ConnectionError(str(error)), args, kwargs) from None
            raise
        _refuse_early(answer)
        headers, self._pause = _quota(answer.headers)
        return _response(answer, headers)


def _with_params(url: str, kwargs: dict[str, Any]) -> str:
    params = {name: value for name, value in (kwargs.get("params") or {}).items() if value is not None}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url


def _headers(requestor: Requestor, kwargs: dict[str, Any]) -> dict[str, str]:
    headers = {name.lower(): value for name, value in (kwargs.get("headers") or {}).items()}
    headers["user-agent"] = str(requestor._http.headers["User-Agent"])  # noqa: SLF001 - the only place it is kept
    if auth := kwargs.get("auth"):
        headers["authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    if kwargs.get("data"):
        headers["content-type"] = "application/x-www-form-urlencoded"
    return headers


def _form(kwargs: dict[str, Any]) -> bytes:
    return urlencode(kwargs.get("data") or []).encode()


def _refuse_early(answer: Answer) -> None:
    """Raise for what PRAW would not understand."""
    if answer.status == 429:
        raise SourceIll(_("Reddit asks us to slow down (HTTP 429)"), _wait(answer.headers))
    if answer.status == 200:
        refuse_html(answer, _("Reddit's answer"))
    if urlsplit(answer.url).path.endswith("/access_token"):
        _check_token(answer)
    if answer.status == 403 and b"<html" in answer.body[:2000].lower():
        raise SourceRefused(
            _("Reddit blocks this program or this network (HTTP 403 with a web page); is its app approved?")
        )


def _wait(headers: Mapping[str, str]) -> timedelta | None:
    said = retry_after(headers)
    return retry_after({"retry-after": headers.get("x-ratelimit-reset", "")}) if said is None else said


def _check_token(answer: Answer) -> None:
    if answer.status in {400, 401}:
        raise BadLogin(f"HTTP {answer.status}")
    if 300 <= answer.status < 500:
        raise SourceRefused(
            _("Reddit's login answered HTTP %(status)s: blocked here, or base_url is wrong", status=answer.status)
        )
    if answer.status != 200:
        raise SourceIll(_("Reddit's login is ill (HTTP %(status)s)", status=answer.status))
    try:
        token = json.loads(answer.body)
    except ValueError:
        raise SourceIll(_("Reddit answered the login with broken JSON"), reason=MissedReason.UNREADABLE) from None
    if not isinstance(token, dict) or not ({"access_token", "error"} & token.keys()):
        raise SourceIll(_("Reddit answered the login without a token"), reason=MissedReason.UNREADABLE)


def _quota(headers: Mapping[str, str]) -> tuple[dict[str, str], timedelta | None]:
    """The headers with the quota as whole numbers or not at all; and the pause, when it is used up for long."""
    kept = {name: value for name, value in headers.items() if name not in _QUOTA and name != "content-encoding"}
    try:
        left, used, reset = (int(float(headers[name])) for name in _QUOTA)
    except (KeyError, ValueError, OverflowError):
        return kept, None
    if left <= 0 and reset > LONG_PAUSE:
        return kept, timedelta(seconds=reset)
    return kept | dict(zip(_QUOTA, map(str, (left, used, reset)), strict=True)), None


def _response(answer: Answer, headers: dict[str, str]) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(headers)
    response.headers.setdefault("location", "")  # PRAW looks for it, and for the next, without asking
    if answer.status == 401:
        response.headers["www-authenticate"] = _WANTS_LOGIN
    response.url = answer.url
    response.encoding = "utf-8"
    response._content = answer.body  # noqa: SLF001 - there is no other way to make one from bytes
    return response
