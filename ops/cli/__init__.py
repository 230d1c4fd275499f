"""The command line. Results go to standard output, everything else to standard error.

Ends with 0, with 1 where the work failed, with 2 where it was called wrongly.
"""

from __future__ import annotations

import io
import sys

import typer

from crawler.errors import RoutewireError, WrongCall
from ops.cli import asking, digests, fetching, living, monitoring, reading, referring, running, watching
from ops.cli.common import Failed, tell

app = typer.Typer(
    name="routewire",
    help="Reads the connectivity press and the routing table, and checks one against the other.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (running, reading, watching, fetching, living, referring, asking, digests, monitoring):
    module.register(app)


def main() -> None:
    """Runs one command; an expected failure is one line on standard error, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # half a character in somebody's JSON is no reason to end
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except Failed:
        sys.exit(1)
    except RoutewireError as error:
        tell(str(error))
        sys.exit(2 if isinstance(error, WrongCall) else 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing is left to say, and the interpreter must not try
        sys.exit(1)
    except OSError as error:  # a full or failing disk, wherever it was met
        tell(f"{error.filename or 'input or output'}: {error.strerror or error}; make room or name another folder")
        sys.exit(1)
