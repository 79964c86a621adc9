"""Asks a JSON API that wants credentials: an expired token is renewed once, a refusal is told in the API's words."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Page
from connectors.http import Answer, get, json_of
from connectors.lookup import MOST_FAILURES, Held, look_up
from connectors.tokens import Credential
from earful.errors import SourceError, SourceIll, SourceRefused
from earful.speech import _
from earful.text import excerpt, storable
from earful.values import MissedReason

AT_ONCE = 20  # items that are judged together
_SAYING = frozenset({400, 401, 403, 404, 410})
_QUOTA = frozenset({"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"})


@dataclass(frozen=True, slots=True)
class Got:
    """What an API answered; the value is None when it says that there is no such thing."""

    value: Any
    requests: int


class Api:
    """One API: where it is, what lets us in, and what to do when it refuses."""

    def __init__(self, base_url: str, credential: Credential, remedy: str) -> None:
        self._base = base_url.rstrip("/")
        self._credential = credential
        self._remedy = remedy

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Got:
        """The JSON at a path.

        Raises:
            SourceIll: it is ill, its quota is used up, or the answer is empty, `null`, cut, or no JSON.
            SourceRefused: it refuses us, knows no such thing, or answers with a web page.
        """
        got = self.look_up(path, params)
        if got.value is None:
            raise SourceRefused(
                _("%(host)s knows no %(path)s; %(remedy)s", host=self._host, path=path, remedy=self._remedy)
            )
        return got

    def look_up(self, path: str, params: Mapping[str, str | int] | None = None) -> Got:
        """The same for what may be gone: only when the API itself says so, in JSON, the value is None.

        Raises:
            SourceIll, SourceRefused: as `get`.
        """
        before = self._credential.requests
        answer = self._asked(path, params)
        requests = answer.requests
        if answer.status == 401 and self._credential.renew():
            answer = self._asked(path, params)
            requests += answer.requests
        return Got(self._value(answer), requests + self._credential.requests - before)

    @property
    def _host(self) -> str:
        return urlsplit(self._base).netloc

    def _asked(self, path: str, params: Mapping[str, str | int] | None) -> Answer:
        headers = {"accept": "application/json", **self._credential.headers()}
        return get(f"{self._base}/{path}", params, named=self._base, headers=headers, also=_SAYING)

    def _value(self, answer: Answer) -> Any:
        if answer.status not in _SAYING:
            return json_of(answer)
        said = _said(answer.body)
        if answer.status in {404, 410} and said is not None:
            return None
        raise self._refusal(answer.status, said)

    def _refusal(self, status: int, said: "_Said | None") -> SourceIll | SourceRefused:
        if said and said.reasons & _QUOTA:
            return SourceIll(
                _(
                    "%(host)s's quota is used up (HTTP %(status)s): %(said)s",
                    host=self._host,
                    status=status,
                    said=said.message,
                ),
                reason=MissedReason.QUOTA,
            )
        words = f": {said.message}" if said and said.message else ""
        return SourceRefused(
            _(
                "%(host)s does not let us read (HTTP %(status)s)%(said)s; %(remedy)s",
                host=self._host, status=status, said=words, remedy=self._remedy,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """What an API says of its refusal."""

    message: str
    reasons: frozenset[str]


def _said(body: bytes) -> _Said | None:
    """Its words, in the forms that Google, Apple and Trustpilot have for it; None when it is no JSON of theirs."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    errors = [each for each in (value.get("error"), value.get("fault"), *_list(value.get("errors")), value) if each]
    inner = [deep for each in errors if isinstance(each, dict) for deep in _list(each.get("errors"))]
    records = [each for each in (*errors, *inner) if isinstance(each, dict)]
    words = [each.get(name) for each in records for name in ("detail", "message", "faultstring", "title")]
    message = next((word for word in words if isinstance(word, str) and word.strip()), "")
    return _Said(excerpt(storable(message), 200), frozenset(str(each.get("reason")) for each in records))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# -------------------------------------------------------------------------------------------------------- re-checking


def look_again(ids: Sequence[str], ask: Callable[[str], Got], most: int) -> Iterator[Page]:
    """Look up items that can only be asked for one by one, `most` of them.

    They are judged some at a time: an API that suddenly knows none of them has rather mislaid the app or the business.

    Raises:
        SourceIll, SourceRefused: as `connectors.lookup.look_up`.
    """
    wanted = list(dict.fromkeys(ids))[:most]
    yield from look_up(wanted, AT_ONCE, lambda some: _held(some, ask))


def _held(some: Sequence[str], ask: Callable[[str], Got]) -> Held:
    """What is still there. One item that the API trips over hides no other; several are a failure of the API."""
    found: dict[str, Got] = {}
    unsaid: list[str] = []
    for name in some:
        try:
            found[name] = ask(name)
        except SourceError as error:
            unsaid.append(name)
            if len(unsaid) == min(MOST_FAILURES, len(some)) or getattr(error, "retry_after", None) is not None:
                raise
    items = {name: got.value for name, got in found.items() if got.value is not None}
    return Held(items, sum(got.requests for got in found.values()), unsaid)
