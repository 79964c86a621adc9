"""The front door: `earful` and its commands, one module a group of verbs.

Exit codes: 0 all well, 1 unexpected, 2 usage or configuration, 3 some source was not fully read,
4 no source could be read, 130 stopped by Ctrl-C or SIGTERM.
"""

import os
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from cyclopts import App, CycloptsError

from earful import __version__
from earful.cli.context import say
from earful.errors import ConfigError, EarfulError

# One line a command: its words, where it is, what it does. A module is imported only when its command is used.
COMMANDS = (
    ("init", "setup:init", "Write a commented earful.toml to start from."),
    ("check", "setup:check", "Prove configuration, database and one page of each source; store nothing."),
    ("run", "run:run", "Collect from every source, read what came, flag what needs a person."),
    ("up", "up:up", "Run the schedules and serve the inbox, until Ctrl-C."),
    ("import", "run:import_file", "Read a file of mentions or reviews once."),
    ("score", "score:score", "Read texts from standard input and print what each says."),
    ("evaluate", "evaluate:evaluate", "Measure the reader on what people decided, or on a labelled file."),
    ("calibrate", "learn:calibrate", "Learn from what the team decided; keep it only if held-out labels improve."),
    ("read", "learn:read", "Read and flag what waits; --again: read again what an older reader read."),
    ("recheck", "tidy:recheck", "Ask the sources again about open cases; forget what was deleted there."),
    ("cleanup", "tidy:cleanup", "Forget what is past its retention."),
    ("cases", "cases:cases", "List flagged mentions, worst and newest first."),
    ("mentions", "cases:mentions", "List everything that was heard, newest first."),
    ("report", "report:report", "Tell what was heard, and whether promises were kept."),
    ("sources", "setup:sources", "List the types of source: what each reads and needs."),
    ("docs", "setup:docs", "List the pages of the documentation, or print one."),
    ("rejected list", "rejected:list_kept", "List the records that could not be used, with their reasons."),
    ("rejected retry", "rejected:retry", "Parse them again with today's settings, and store what can be used now."),
    ("query test", "query:matching", "Show which rows of a file a query matches, and why."),
    ("query try", "query:try_changed", "Tell what a changed query would gain and lose of what is stored."),
    ("rules list", "rules:list_rules", "List the rules that count, in their order."),
    ("rules try", "rules:try_rules", "Tell what other rules would flag more and fewer of all that is stored."),
    ("themes list", "themes:listed", "List the themes, their stage of the journey, and how often each comes."),
    ("themes propose", "themes:propose", "Propose themes for what no theme was found in."),
    ("themes accept", "themes:accept", "Take a theme into your own ones."),
    ("themes refuse", "themes:refuse", "Keep words from being proposed as a theme again."),
    ("consent grant", "consent:grant", "Record that an author allows to be quoted, with its proof."),
    ("consent revoke", "consent:revoke", "Record that an author allows it no longer."),
    ("consent show", "consent:show", "Show who allowed what, and when."),
    ("export testimonials", "export:testimonials", "Write the positive mentions whose authors allow it."),
    ("export mentions", "export:mentions", "Write everything that was heard."),
    ("user add", "user:add", "Give somebody an account, and print the link with which they choose a password."),
    ("user list", "user:listed", "List who has an account."),
    ("user role", "user:role", "Change what somebody may do."),
    ("user rename", "user:rename", "Call somebody something else."),
    ("user change", "user:change", "Change somebody's mail address, or how they are shown."),
    ("user disable", "user:disable", "Shut somebody out, everywhere and at once."),
    ("user enable", "user:enable", "Let somebody in again."),
    ("user reset", "user:reset", "Print a link with which somebody chooses a new password."),
    ("token add", "token:add", "Make a token for a program, and print it once."),
    ("token list", "token:listed", "List the tokens of programs."),
    ("token revoke", "token:revoke", "End a token, at once."),
    ("db upgrade", "setup:db_upgrade", "Make the database's tables, or bring them up to date."),
    ("db status", "setup:db_status", "Tell where the database is and whether it is up to date."),
)
STOPPED = 130  # exit code
NARROWING = ("--brand", "--source")
GROUPS = {
    "rejected": "The records that could not be used: list them, parse them again.",
    "query": "Try a query: on a file, or on what is stored.",
    "rules": "What a team flags, leaves and sorts: list, try.",
    "themes": "What mentions are about: list, propose, accept, refuse.",
    "consent": "Who allowed to be quoted: grant, revoke, show.",
    "export": "Write testimonials or mentions to files.",
    "user": "Who may open the inbox: add, list, role, rename, change, disable, enable, reset.",
    "token": "What programs show to use the JSON API: add, list, revoke.",
    "db": "Make the database's tables, or tell how they stand.",
}
ENDS = (__doc__ or "").partition("\n\n")[2].strip()


def build(arguments: Sequence[str]) -> App:
    """The application. A command that `arguments` name explains itself; the others are listed, and not imported."""
    app = App(
        name="earful",
        help="Hear what customers say, put bad experiences right in time, and let the happy ones speak.",
        help_epilogue=ENDS,
        version=__version__,
        suppress_keyboard_interrupt=False,  # it would end the process without a word
    )
    groups = {name: App(name=name, help=said) for name, said in GROUPS.items()}
    for words, place, said in COMMANDS:
        group, _, name = words.rpartition(" ")
        named = list(arguments[: len(words.split())]) == words.split()
        parent = groups[group] if group else app
        parent.command(f"earful.cli.{place}", name=name, **({} if named else {"help": said}))
    for each in groups.values():
        app.command(each)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    _stand_in_for_closed_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is told to end says and stores so as well
    sys.exit(ended(arguments))


def _stand_in_for_closed_streams() -> None:
    """Whoever starts us without one of the standard streams (`>&-`, some daemons) has nothing to say, or to hear."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end


def ended(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is said on stderr. Returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _refuse_empty(given)
        code = build(given)(given, exit_on_error=False, print_error=True, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError:
        return 2
    except EarfulError as error:
        say(f"earful: {error}")
        return error.exit_code
    except KeyboardInterrupt as stopped:
        say(str(stopped) or "Stopped. What was stored so far is whole.")
        return STOPPED
    except BrokenPipeError:
        _stop_writing()  # the reader of our output went away (`earful … | head`): not an error
        return 0
    except OSError as error:  # a full disk, a device that fails
        _stop_writing()
        say(f"earful: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return 1
    return code if isinstance(code, int) else 0


def _refuse_empty(given: Sequence[str]) -> None:
    """A brand or source that was meant and came out empty (`--brand "$UNSET"`) must not become all of them."""
    for name, value in pairwise([*given, "-"]):
        option, equals, said = name.partition("=")
        if option in NARROWING and not (said if equals else value).strip():
            raise ConfigError(f"{option} is empty; name one, or leave it out for all")


def _stop_writing() -> None:
    """Let what is not written yet go nowhere: writing it again at the end would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
