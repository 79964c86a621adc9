"""What a run has to do: which source of which brand, and what they look for."""

import json
from dataclasses import dataclass

from earful.configfile import Configuration
from earful.errors import ConfigError, nearest
from earful.query import Query, parse_query
from earful.settings import Brand, Settings, SourceSettings
from earful.text import digest, whole
from earful.values import FoundMention
from flows.steps.themes import own_themes
from sentiment.reader import reader_named

_NOT_OF_THE_CURSOR = {"name", "expect_every", "credentials", "about"}


@dataclass(frozen=True, slots=True)
class Job:
    """One source of one brand to be read."""

    brand: Brand
    source: SourceSettings

    @property
    def fingerprint(self) -> str:
        """Changes with whatever makes an old cursor meaningless: the source's settings and the query."""
        settings = self.source.model_dump(mode="json", exclude=_NOT_OF_THE_CURSOR)
        return digest(json.dumps(settings, sort_keys=True), str(self.query))

    @property
    def query(self) -> Query:
        """What to look for at the source: the brand, or one of its competitors."""
        searches = [self.brand.search, *(rival.search for rival in self.brand.competitors)]
        return parse_query(" OR ".join(f"({search})" for search in searches) if len(searches) > 1 else searches[0])


class Subjects:
    """Says whom a found mention is about: the brand, one of its competitors, or nobody we listen for."""

    def __init__(self, job: Job) -> None:
        self._source = job.source
        self._brand = job.brand.name
        self._queries = [(job.brand.name, parse_query(job.brand.search))]
        self._queries += [(rival.name, parse_query(rival.search)) for rival in job.brand.competitors]

    def of(self, found: FoundMention) -> str | None:
        """The brand's or a competitor's name; None when the source is searched and neither is named."""
        if self._source.about:
            return self._source.about
        if self._source.match == "all":
            return self._brand
        text = whole(found.title, found.text)
        about = {"author": found.author, "language": found.language, "source": self._source.type, "url": found.url}
        return next((name for name, query in self._queries if query.matches(text, **about)), None)


def jobs(settings: Settings, brand: str | None = None, source: str | None = None) -> list[Job]:
    """The sources to read, all or those asked for.

    Raises:
        ConfigError: there is no such brand or source, or nothing to read at all; the message says what there is.
    """
    brands = [settings.brand(brand)] if brand else settings.brands
    found = [Job(one, each) for one in brands for each in one.sources if source in (None, each.name)]
    if not found:
        raise ConfigError(_nothing_to_read(list(brands), source))
    return found


def _nothing_to_read(brands: list[Brand], source: str | None) -> str:
    names = [each.name for brand in brands for each in brand.sources]
    if source and names:
        return f'there is no source "{source}"{nearest(source, names)}'
    listed = ", ".join(f'"{brand.name}"' for brand in brands)
    return f"there is nothing to read for {listed}: add a [[brands.sources]] table, or use `earful import`"


def check_ahead(config: Configuration) -> None:
    """Find the reader and the themes once, so that a mistake in them is told before anything runs.

    Raises:
        ConfigError: no reader has the name that is set, or a line of the themes can't be used.
    """
    reader_named(config.settings.reader)
    own_themes(config.settings)
