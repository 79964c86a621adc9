"""Keeps what a person entrusts to the inbox sealed in the database, with a key that is not in it."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from earful.secrets import Secrets
from earful.speech import N_, _

KEY = "EARFUL_KEY"
_WHY = N_("what people entrust to the inbox is sealed with it; any 32 random characters will do")


def seal(secrets: Secrets, text: str) -> str:
    """The text as nobody reads it without the key, which is made where there is none yet.

    Raises:
        ConfigError: there is no key, and none can be kept in the secrets folder.
    """
    return _box(secrets.require_or_make(KEY, _(_WHY))).encrypt(text.encode()).decode("ascii")


def unseal(secrets: Secrets, sealed: str) -> str | None:
    """The text again; None where it was sealed with another key.

    Raises:
        ConfigError: there is no key.
    """
    try:
        return _box(secrets.require(KEY, _(_WHY))).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"earful.sealing\x00" + key.encode()).digest()))
