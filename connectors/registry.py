"""Every type of source there is, in one place: adding one is its module and its line here."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors import (
    appstore,
    appstoreconnect,
    bluesky,
    discourse,
    file,
    folder,
    googlebusiness,
    googleplay,
    hackernews,
    mailbox,
    mastodon,
    reddit,
    rss,
    stackexchange,
    steam,
    trustpilot,
    webhook,
    youtube,
)
from connectors.base import Connector
from earful.errors import ConfigError, nearest
from earful.settings import SourceSettings

_ALL = (
    file.CONNECTOR,
    folder.CONNECTOR,
    mailbox.CONNECTOR,
    webhook.CONNECTOR,
    rss.CONNECTOR,
    hackernews.CONNECTOR,
    reddit.CONNECTOR,
    mastodon.CONNECTOR,
    bluesky.CONNECTOR,
    youtube.CONNECTOR,
    appstore.CONNECTOR,
    steam.CONNECTOR,
    stackexchange.CONNECTOR,
    discourse.CONNECTOR,
    trustpilot.CONNECTOR,
    googlebusiness.CONNECTOR,
    googleplay.CONNECTOR,
    appstoreconnect.CONNECTOR,
)  # fmt: skip

CONNECTORS: Mapping[str, Connector] = MappingProxyType({each.name: each for each in _ALL})


def connector(name: str) -> Connector:
    """The connector of this type.

    Raises:
        ConfigError: there is none; the message lists the nearest.
    """
    try:
        return CONNECTORS[name]
    except KeyError:
        raise ConfigError(f'there is no source type "{name}"{nearest(name, list(CONNECTORS))}') from None


def source_types() -> Mapping[str, type[SourceSettings]]:
    """The settings of each type, for reading `earful.toml`."""
    return {name: each.settings for name, each in CONNECTORS.items()}
