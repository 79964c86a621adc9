"""Lets a source into Reddit: PRAW with the operator's credentials, its errors as ours."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connectors.base import Ask
from earful.errors import SourceIll, SourceRefused
from earful.secrets import secret_name
from earful.speech import N_, _
from earful.text import excerpt, storable
from earful.values import MissedReason

if TYPE_CHECKING:
    import praw

    from connectors.reddit_http import Tally

SITE = "https://www.reddit.com"
SECRET_NAMES = ("CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD")


class Closed(Exception):
    """This subreddit can't be read: it is private, banned, or there is no such."""


Get = Callable[[str, Mapping[str, Any]], Any]


@contextmanager
def session(ask: Ask) -> Iterator[tuple[Get, "Tally"]]:
    """A way to ask Reddit, and the count of requests; PRAW's errors come out as ours.

    Raises:
        SourceRefused: Reddit does not accept the credentials, or there are none.
    """
    from connectors.reddit_http import BadLogin, Tally

    tally = Tally()
    names = secret_names(ask.source.credentials)
    try:
        with _praw(ask, tally) as reddit:
            yield lambda path, params: _asked(reddit, path, params), tally
    except BadLogin as error:
        raise SourceRefused(
            _(
                "Reddit does not accept %(one)s and %(other)s (%(why)s); see the app's page",
                one=names[0],
                other=names[1],
                why=error,
            )
        ) from None


def secret_names(credentials: str | None) -> tuple[str, str, str, str]:
    """The names of the secrets a source uses: id and secret of the app, and name and password of an account."""
    first, second, third, fourth = (secret_name(credentials, "EARFUL_REDDIT", name) for name in SECRET_NAMES)
    return first, second, third, fourth


def _praw(ask: Ask, tally: "Tally") -> "praw.Reddit":
    import praw

    from connectors.reddit_http import GuardedRequestor

    settings = ask.source
    base = settings.base_url.rstrip("/") if settings.base_url else None
    return praw.Reddit(
        user_agent=settings.user_agent,
        reddit_url=base or SITE,
        oauth_url=base or "https://oauth.reddit.com",
        check_for_updates=False,
        requestor_class=GuardedRequestor,
        requestor_kwargs={"tally": tally},
        **_credentials(ask),
    )


def _credentials(ask: Ask) -> dict[str, str | None]:
    names = secret_names(ask.source.credentials)
    app, secret, user, password = (ask.secrets.get(name) for name in names)
    if not (app and secret):
        where = _("the environment, .env, or files in secrets/")
        raise SourceRefused(
            _(
                "%(one)s and %(other)s are not set; put them into %(where)s (docs/connectors/reddit.md)",
                one=names[0],
                other=names[1],
                where=where,
            )
        )
    if bool(user) != bool(password):
        raise SourceRefused(
            _(
                "%(one)s and %(other)s belong together; set both, or none to read as the app alone",
                one=names[2],
                other=names[3],
            )
        )
    return {"client_id": app, "client_secret": secret} | ({"username": user, "password": password} if user else {})


_WHY_FORBIDDEN = {
    "private": N_("it is private"),
    "banned": N_("it is banned"),
    "quarantined": N_("it is quarantined"),
    "gold_only": N_("it is gold only"),
}


def _why_forbidden(reason: str) -> str:
    """What Reddit calls the reason, as a clause of ours; another reason than those we know stays its own word."""
    return _(_WHY_FORBIDDEN[reason]) if reason in _WHY_FORBIDDEN else f"it is {reason.replace('_', ' ')}"


def _asked(reddit: "praw.Reddit", path: str, params: Mapping[str, Any]) -> Any:
    """One question to Reddit's API, its errors as ours."""
    from praw.exceptions import PRAWException
    from prawcore.exceptions import OAuthException, PrawcoreException, ResponseException

    try:
        return reddit.request(method="GET", path=path, params=dict(params))
    except OAuthException as error:
        raise SourceRefused(_("Reddit does not accept the account's name and password (%(why)s)", why=error)) from None
    except ResponseException as error:
        raise _of_status(error.response.status_code, error.response.text) from None
    except (PrawcoreException, PRAWException) as error:
        raise SourceIll(
            _("Reddit could not be read: %(why)s", why=getattr(error, "original_exception", error))
        ) from None


def _of_status(status: int, body: str) -> Exception:
    if status == 401:
        return SourceRefused(_("Reddit no longer accepts our login (HTTP 401); is the app still approved?"))
    if status == 200:
        return SourceIll(_("Reddit answered with broken JSON"), reason=MissedReason.UNREADABLE)
    if status >= 500:
        return SourceIll(_("Reddit is ill (HTTP %(status)s)", status=status))
    if status == 403:
        reason = re.search(r'"reason"\s*:\s*"(\w+)"', body)
        return Closed(_why_forbidden(reason[1]) if reason else _("access is forbidden (HTTP 403)"))
    if 300 <= status < 400 or status == 404:
        return Closed(_("there is no such subreddit, or it is banned (HTTP %(status)s)", status=status))
    return SourceRefused(
        _("Reddit refuses the request (HTTP %(status)s): %(said)s", status=status, said=excerpt(storable(body)))
    )
