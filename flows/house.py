"""What every flow stands on: the configuration and the database of the process that runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from connectors.registry import source_types
from earful.configfile import Configuration, load
from earful.configplace import find
from models.database import Database


class House(NamedTuple):
    """A configuration and its open database."""

    config: Configuration
    database: Database


@contextmanager
def opened() -> Iterator[House]:
    """The configuration that `EARFUL_CONFIG` names in this process, and its database with today's schema.

    Raises:
        ConfigError: the configuration is missing or has mistakes.
        StoreError: the database can't be used; says what to do.
    """
    config = load(find(), source_types())
    with Database(config.settings.store_url) as database:
        database.upgrade()
        yield House(config, database)
