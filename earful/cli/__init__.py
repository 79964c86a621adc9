"""The front door: `earful` and its commands, one module a group of verbs.

Exit codes: 0 all well, 1 unexpected, 2 usage or configuration, 3 some source was not fully read.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from earful import __version__
from earful.cli.context import say
from earful.errors import EarfulError

app = App(
    name="earful",
    help="Hear what customers say about your brand, put the bad experiences right in time, let the happy ones speak.",
    help_epilogue=f"{__doc__.split(chr(10), 2)[2].strip() if __doc__ else ''}",
    version=__version__,
    version_flags=["--version"],
)

# One line a module of commands; each is imported only when one of its commands is used.
app.command("earful.cli.setup:init", name="init")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is said on stderr. Returns the exit code."""
    try:
        code = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return 2
    except EarfulError as error:
        say(f"earful: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("earful: stopped; what was stored so far is whole")
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`earful … | head`): not an error, and nothing more to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0
