"""Proves that a delivery comes from who knows the secret: HMAC-SHA256 over its time and its body."""

import hashlib
import hmac
from datetime import datetime, timedelta

from earful.secrets import secret_name

WINDOW = timedelta(minutes=5)  # how far a delivery's time may be from ours, either way
TIMESTAMP_HEADER = "Earful-Timestamp"
SIGNATURE_HEADER = "Earful-Signature"


def secret_names(credentials: str | None) -> tuple[str, str]:
    """The names of a webhook's two secrets: the token in its address, and the key it signs with."""
    token, secret = (secret_name(credentials, "EARFUL_WEBHOOK", name) for name in ("TOKEN", "SECRET"))
    return token, secret


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature: hex digits of HMAC-SHA256 over `timestamp.body`; the timestamp is seconds since 1970."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_genuine(secret: str, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether this signature was made with the secret, for this body, within the window around now.

    Takes as long for a wrong signature as for a right one.
    """
    expected = sign(secret, timestamp, body)
    same = hmac.compare_digest(expected.encode(), signature.strip().lower().removeprefix("sha256=").encode())
    return same and _is_near(timestamp, now)


def _is_near(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= WINDOW.total_seconds()
