"""Passwords: which are good enough, how they are kept (argon2id), and how they are compared at one cost for all."""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from earful.speech import _

SHORTEST = 10
LONGEST = 200
HASHER = PasswordHasher()  # RFC 9106, second choice: 64 MiB, three passes
_TURNS = threading.BoundedSemaphore(2)  # at 64 MiB each, a flood of sign-ins must not take the machine's memory


def weakness(password: str, *known: str) -> str | None:
    """What is wrong with a password that somebody chooses, of whom others know these words; None when it will do."""
    if len(password) < SHORTEST:
        return _(
            "the password is too short; take %(least)s characters or more, a few words for example", least=SHORTEST
        )
    if len(password) > LONGEST:
        return _("the password is too long; take %(most)s characters or fewer", most=LONGEST)
    if len(set(password)) < 4:
        return _("the password is one that is quickly guessed; take a few words for example")
    if any(len(word) > 3 and word.casefold() in password.casefold() for word in known):
        return _("the password holds your name or address; take one that nobody can guess from them")
    return None


def hashed(password: str) -> str:
    """The password as it is stored."""
    with _TURNS:
        return HASHER.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. Takes as long for one who has none or does not exist: `stored` is None then."""
    with _TURNS:
        try:
            HASHER.verify(stored or nobodys(), _normal(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with weaker settings than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def nobodys() -> str:
    """What a password is compared with where there is none: it fits nothing, and costs the same."""
    return HASHER.hash(secrets.token_hex())


def _normal(password: str) -> bytes:
    # The same letters typed on another system may be other code points.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
