"""`earful themes`: what mentions are about: how often each theme comes, and new ones for a person to take or refuse."""

import sys
from dataclasses import asdict
from shlex import quote
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from earful import clock
from earful.cli.context import configuration, duration, emit, put, say, stored
from earful.cli.options import AsJsonLines, OnlyBrand
from earful.cli.plain import plain
from earful.values import Proposed
from flows.steps import propose as proposing
from flows.steps import themes as own
from sentiment.themes import Stage

Language = Annotated[str, Parameter(help="the language of the words, as in en, no, bg")]
Words = Annotated[str, Parameter(help='words, beginnings ("charg*") and, between bars, phrases ("| flat battery")')]


def listed(
    *,
    brand: OnlyBrand = None,
    last: Annotated[str, Parameter(help="count mentions of so long a time")] = "90d",
    json: AsJsonLines = False,
) -> None:
    """List the themes, the stage of the customer's journey each belongs to, and how many mentions touch it.

    Example: `earful themes list --brand Brygvell --last 30d`
    """
    config = configuration()
    since = clock.now() - duration("--last", last)
    with stored(config) as database:
        found = proposing.counted(database, config, brand, since)
    if json:
        for one in found:
            emit(asdict(one))
        return
    table = Table("theme", "stage", box=None, pad_edge=False, header_style="bold")
    for name in ("mentions", "negative"):
        table.add_column(name, justify="right")
    for one in found:
        called = Text(plain(one.theme) + (" (own)" if one.own else ""))
        table.add_row(called, one.stage, str(one.mentions), str(one.negative))
    Console(file=sys.stdout, highlight=False).print(table)


def propose(*, brand: OnlyBrand = None, json: AsJsonLines = False) -> None:
    """Propose themes for what no theme was found in, with words and example posts; you take or refuse each.

    Needs the extra `themes` (scikit-learn) and some dozens of mentions in a language.

    Example: `earful themes propose --brand Brygvell`
    """
    config = configuration()
    with stored(config) as database:
        found = proposing.propose(database, config, brand)
    if json:
        for one in found:
            emit({**asdict(one), "examples": [{"mention_id": key, "text": text} for key, text in one.examples]})
    elif not found:
        say("Nothing to propose: too few mentions without a theme, or they have nothing in common.")
    else:
        for one in found:
            _show(one)


def _show(one: Proposed) -> None:
    words = quote(" ".join(one.words))
    put(f"{plain(one.brand)}, {one.language}, {one.mentions} mentions: {', '.join(one.words)}")
    for key, text in one.examples:
        put(f"  #{key:<6}{plain(text)}")
    put(f"  earful themes accept {quote(one.words[0])} --stage use --language {one.language} --words {words}")
    put(f"  earful themes refuse --language {one.language} --words {words}\n")


def accept(
    name: Annotated[str, Parameter(help="what to call the theme; one that there is gets the words added")],
    /,
    *,
    language: Language,
    words: Words,
    stage: Annotated[Stage | None, Parameter(help="where in a customer's journey a new theme belongs")] = None,
) -> None:
    """Take a theme, under a name of your choice, into your own themes. What is read from then on is looked at for it.

    Example: `earful themes accept battery --stage use --language en --words "batter* charg* | runs flat"`
    """
    config = configuration()
    heading = own.accept(config, name.strip(), stage, language, words)
    put(f"{heading} stands in {config.settings.themes}; edit it there.")
    if "|" not in words and len(words.split()) > 1:
        say(f"Each of these words counts by itself; a bar before them makes them a phrase: {quote(f'| {words}')}")
    say("`earful read --again` tells what it changes of what is read already; with --yes it is read again.")


def refuse(*, language: Language, words: Words) -> None:
    """Keep words from being proposed as a theme again.

    Example: `earful themes refuse --language en --words "monday coffee"`
    """
    config = configuration()
    own.refuse(config, language, words)
    put(f"Not proposed again; it stands under [refused] in {config.settings.themes}.")
