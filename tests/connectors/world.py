"""One world for each source to be read in: served on loopback, or lying in a folder."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.base import Ask, Connector, Page, Parsed
from earful.query import parse_query
from earful.secrets import Secrets
from earful.values import Delivery
from tests.connectors.mailserver import PASSWORD, MailServer
from tests.connectors.served import LOOKUPS, PAGES, Item, json_reply
from tests.connectors.server import Asked, Fake, Reply

SECRETS = {
    "EARFUL_REDDIT_CLIENT_ID": "an-app",
    "EARFUL_REDDIT_CLIENT_SECRET": "its-secret",
    "EARFUL_BLUESKY_HANDLE": "us.example",
    "EARFUL_BLUESKY_APP_PASSWORD": "an-app-password",
    "EARFUL_YOUTUBE_KEY": "a-key",
    "EARFUL_TRUSTPILOT_API_KEY": "a-key",
    "EARFUL_GOOGLEBUSINESS_CLIENT_ID": "a-client",
    "EARFUL_GOOGLEBUSINESS_CLIENT_SECRET": "its-secret",
    "EARFUL_GOOGLEBUSINESS_REFRESH_TOKEN": "a-refresh-token",
    "EARFUL_WEBHOOK_TOKEN": "its-token",
    "EARFUL_WEBHOOK_SECRET": "its-key",
    "EARFUL_MAILBOX_PASSWORD": PASSWORD,
}
LOGINS = ("/access_token", "/token", ".createSession", ".refreshSession")  # how the paths end where tokens are granted
TOKEN = Reply(json.dumps({"access_token": "t", "expires_in": 3600, "token_type": "bearer", "scope": "*"}).encode())
SESSION = json_reply({"accessJwt": "a", "refreshJwt": "r", "did": "did:plc:us", "handle": "us.example"})
SETTINGS: dict[str, dict[str, Any]] = {
    "reddit": {"base_url": "{url}", "subreddits": ["fjordair"], "listen": ["new"]},
    "hackernews": {"base_url": "{url}", "items_url": "{url}"},
    "rss": {"url": "{url}/feed.xml"},
    "file": {"path": "export.csv"},
    "bluesky": {"base_url": "{url}"},
    "youtube": {"base_url": "{url}", "videos": ["v" * 11], "terms_accepted": "2026-01-01"},
    "folder": {"path": "drop", "settle": "0s"},
    "mailbox": {"host": "127.0.0.1", "security": "none", "user": "kari", "first": "400d"},
    "webhook": {},
    "mastodon": {"base_url": "{url}", "tags": ["fjordair"]},
    "appstore": {"base_url": "{url}", "app_id": "123456789"},
    "steam": {"base_url": "{url}", "app_id": 42},
    "stackexchange": {"base_url": "{url}"},
    "discourse": {"base_url": "{url}"},
    "trustpilot": {"base_url": "{url}", "business_unit_id": "0123456789abcdef01234567"},
    "googlebusiness": {
        "base_url": "{url}",
        "token_url": "{url}/token",
        "locations": {"Bergen": "accounts/1/locations/2"},
    },
    "googleplay": {"base_url": "{url}", "token_url": "{url}/token", "package_name": "com.fjordair.app"},
    "appstoreconnect": {"base_url": "{url}", "app_id": "123456789", "key_id": "ABCDEFGH12"},
}


@cache
def _keys() -> dict[str, str]:
    """Keys made for this test run."""
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(*pem).decode()
    plain = rsa.generate_private_key(65537, 2048).private_bytes(*pem).decode()
    account = {"client_email": "reader@brygvell.example", "private_key": plain, "private_key_id": "k1"}
    return {"EARFUL_GOOGLEPLAY_KEY": json.dumps(account), "EARFUL_APPSTORECONNECT_KEY": elliptic}


def secrets(folder: Path) -> Secrets:
    """All that any source asks for."""
    return Secrets(folder, SECRETS | _keys())


class World:
    """One source to be read: served on loopback, or lying in a folder."""

    def __init__(self, connector: Connector, fake: Fake, folder: Path, mails: MailServer) -> None:
        self.connector, self.fake, self.folder, self.mails = connector, fake, folder, mails
        self.delivered: list[Delivery] = []
        self.page: Callable[[list[Item]], bytes] = PAGES[connector.name]

    def serve(self, reply: Reply | bytes, login: Reply | None = None) -> None:
        whole = not isinstance(reply, Reply)  # not a fault, which would befall everything it is asked
        reply = reply if isinstance(reply, Reply) else Reply(reply)
        if self.connector.name in {"file", "folder"}:
            (self.folder / "drop").mkdir(exist_ok=True)
            (self.folder / ("drop" if self.connector.name == "folder" else "") / "export.csv").write_bytes(reply.body)
        if self.connector.name == "mailbox" and whole:
            self.mails.deliver(*reply.body.split(b"\0"))
        elif self.connector.name == "mailbox":
            self.mails.fault = "html"  # whatever answers at its port, it is no mail server
        self.delivered = [Delivery(7, reply.body.decode(errors="replace"))]
        self.fake.reply = lambda asked: self.here(beside(asked, login) or (whole and elsewhere(asked)) or reply)

    def hold(self, items: list[Item]) -> None:
        """Answer by id for these items; the source no longer has others."""
        self.fake.reply = lambda asked: self.here(beside(asked) or LOOKUPS[self.connector.name](asked, items))

    def here(self, reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b"{url}", self.fake.url.encode()))

    def ask(self, cursor: Mapping[str, Any] | None = None, query: str = "fjordair", **settings: Any) -> Ask:
        own = {**SETTINGS[self.connector.name], **settings}
        own = {
            key: value.replace("{url}", self.fake.url) if isinstance(value, str) else value
            for key, value in own.items()
        }
        if self.connector.name == "mailbox":
            own = {"port": self.mails.port, **own}
        source = self.connector.settings.model_validate({"type": self.connector.name, "name": "it", **own})
        return Ask(source, parse_query(query), cursor or {}, secrets(self.folder), None, self.folder, self._uncollected)

    def _uncollected(self, after: int) -> list[Delivery]:
        return [each for each in self.delivered if each.id > after]

    def read(self, ask: Ask | None = None) -> tuple[list[Page], Parsed]:
        """All pages, and all that is in them."""
        return self._whole(list(self.connector.fetch(ask or self.ask())))

    def _whole(self, pages: list[Page]) -> tuple[list[Page], Parsed]:
        whole = Parsed()
        missed: list[Any] = []
        notes: list[str] = []
        repeated = 0
        for page in pages:
            parsed = self.connector.parse(page)
            whole.found.extend(parsed.found)
            whole.rejected.extend(parsed.rejected)
            missed += [*page.missed, *parsed.missed]
            notes += parsed.notes
            repeated += parsed.repeated
        return pages, Parsed(whole.found, whole.rejected, tuple(missed), tuple(notes), repeated)

    def look_again(self, ids: list[str]) -> tuple[list[Page], Parsed]:
        """The same of a re-check."""
        return self._whole(list(self.connector.recheck(self.ask(), ids)) if self.connector.recheck else [])


def is_login(asked: Asked) -> bool:
    """Whether a token is asked for."""
    return asked.path.endswith(LOGINS)


def beside(asked: Asked, login: Reply | None = None) -> Reply | None:
    """What a source answers beside its pages: the login."""
    if not is_login(asked):
        return None
    return login or (SESSION if asked.path.endswith("Session") else TOKEN)


def elsewhere(asked: Asked) -> Reply | None:
    """What a source answers when it is asked for more than its one listing: nothing more."""
    return json_reply({"items": []}) if re.search(r"/2\.3/(search/excerpts|posts/.*/comments)$", asked.path) else None
