"""Proposes themes for what the taxonomy leaves over, and tells how often each theme comes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import compress, islice

from earful.configfile import Configuration
from earful.settings import Brand
from earful.text import excerpt, whole
from earful.values import Counted, Label, Passage, Proposed
from flows.steps.names import Names
from flows.steps.readers import passages_of
from flows.steps.themes import own_themes
from models import themes
from models.database import Database
from models.similar import are_alike
from sentiment.proposals import Proposal, proposals
from sentiment.reader import Taught, reader_named
from sentiment.themes import Theme, overlaid

MOST = 5_000  #: mentions of a brand that are looked at: negative ones first, the newest first
EXAMPLES = 3
TRIED = 50  #: of a theme's mentions among which unlike examples are looked for
EXCERPT = 160


def propose(database: Database, config: Configuration, brand: str | None = None) -> list[Proposed]:
    """New themes from what the taxonomy leaves over, for each brand and language the most frequent first.

    Raises:
        ConfigError: there is no such brand, scikit-learn is not installed, or the team's file has a mistake.
    """
    brands = [config.settings.brand(brand)] if brand else config.settings.brands
    return [found for one in brands for found in _of_brand(database, config, one)]


def _of_brand(database: Database, config: Configuration, brand: Brand) -> list[Proposed]:
    own = own_themes(config.settings)
    refused = own.refused
    with database.read() as session:
        rows = themes.without_theme(session, brand.name, MOST)
    found: list[Proposed] = []
    for language, every in _by_language(rows).items():
        passages = passages_of(Names(brand), every)
        open_yet = [not touched for touched in themes_today(passages, language, own.themes)]
        some, texts = list(compress(every, open_yet)), [one.text for one in compress(passages, open_yet)]
        heavy = [row.label is Label.NEGATIVE for row in some]
        not_wanted = [" ".join(words) for words in refused.get(language, ())]
        found += [_told(brand, language, one, some) for one in proposals(texts, heavy, language, not_wanted)]
    return found


def themes_today(passages: Sequence[Passage], language: str, own: Sequence[Theme]) -> list[tuple[str, ...]]:
    """The themes of each of these texts by today's taxonomy: what was accepted since it was read counts at once."""
    reader = reader_named("default", [language], Taught(themes=own))
    said = [replace(one, language=language) for one in passages]
    return [reading.themes for reading in reader.read(said)]


def _by_language(rows: Sequence[themes.Themeless]) -> dict[str, list[themes.Themeless]]:
    found: dict[str, list[themes.Themeless]] = defaultdict(list)
    for row in rows:
        found[row.language].append(row)
    return found


def _told(brand: Brand, language: str, one: Proposal, rows: Sequence[themes.Themeless]) -> Proposed:
    told = ((row.id, excerpt(whole(row.title, row.text), EXCERPT)) for row in (rows[i] for i in one.places[:TRIED]))
    examples = tuple(islice(_unlike(told), EXAMPLES))
    return Proposed(brand.name, language, one.words, len(one.places), examples)


def _unlike(told: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Those whose text no earlier one nearly repeats: three copies of one post would show a person nothing more."""
    seen: list[str] = []
    for key, text in told:
        if not any(are_alike(text, other) for other in seen):
            seen.append(text)
            yield key, text


def counted(database: Database, config: Configuration, brand: str | None, since: datetime) -> list[Counted]:
    """Every theme with its stage, and how many mentions since then touched it; the most frequent first.

    Raises:
        ConfigError: there is no such brand, or the team's file has a mistake.
    """
    own = own_themes(config.settings).themes
    mine = {one.name for one in own}
    with database.read() as session:
        seen, bad = _counts(themes.themes_of(session, config.settings.brand(brand).name if brand else None, since))
    found = [Counted(one.name, one.stage, one.name in mine, seen[one.name], bad[one.name]) for one in overlaid(own)]
    return sorted(found, key=lambda one: (-one.mentions, one.theme))


def _counts(rows: Sequence[tuple[list[str], Label]]) -> tuple[Counter[str], Counter[str]]:
    seen, bad = Counter[str](), Counter[str]()
    for touched, label in rows:
        seen.update(touched)
        if label is Label.NEGATIVE:
            bad.update(touched)
    return seen, bad
