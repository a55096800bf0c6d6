"""The command line as a whole: all commands, and what becomes of their errors."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer

from latentsync_studio import __version__
from latentsync_studio.cli.exit_codes import (
    BAD_INPUT,
    DONE,
    INTERNAL,
    INTERRUPTED,
    USAGE,
    exit_code,
)
from latentsync_studio.cli.output import (
    READER_GONE,
    abandon,
    prepare_streams,
    print_error,
    print_json,
    print_lines,
    say,
    told_warnings,
)
from latentsync_studio.core.errors import Cancelled, InternalError, to_studio_error

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "latentsync-studio"
KEYBOARD_INTERRUPT = 130  # what Typer turns a Ctrl-C outside of a job into
# Command -> its module in this package, in the order of the help; `add_COMMAND` adds it.
COMMANDS: Final = {
    "demo": "demo",
    "render": "render",
    "preflight": "preflight",
    "new": "new",
    "import": "import_timeline",
    "synthesize": "synthesize",
    "export": "export",
    "score": "score",
    "compare": "compare",
    "probe": "probe",
    "faces": "faces",
    "engines": "engines",
    "benchmark": "benchmark",
    "doctor": "doctor",
    "presets": "presets",
    "models": "models",
    "jobs": "jobs",
    "cache": "cache",
}


def build(command: str = "") -> typer.Typer:
    """Make the program out of its commands, or of the one that is asked for alone: it is sooner."""
    app = typer.Typer(
        name=NAME,
        help="A clip of someone talking, new speech, and a mouth that follows it.",
        no_args_is_help=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback(invoke_without_command=True)
    def start(
        context: typer.Context,
        version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    ) -> None:
        if version:
            print_lines([f"{NAME} {__version__}"])
        elif context.invoked_subcommand is None:
            print_lines([context.get_help()])

    for name in (command,) if command in COMMANDS else COMMANDS:
        module = import_module(f"latentsync_studio.cli.{COMMANDS[name]}")
        getattr(module, f"add_{name}")(app)
    return app


def run(argv: Sequence[str]) -> int:
    """Run one command; every error becomes a message and an exit code, never a traceback."""
    prepare_streams()
    with told_warnings(as_json="--json" in argv):
        return execute(argv)


def execute(argv: Sequence[str]) -> int:
    """Run one command within `run`."""
    as_json = "--json" in argv
    try:
        program = build(argv[0] if argv else "")
        told = program(list(argv), prog_name=NAME, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        told = KEYBOARD_INTERRUPT
    except SystemExit as left:  # Typer leaves so when it meets a broken pipe
        cause = left.__context__
        reason = cause if isinstance(cause, OSError) else InternalError(f"Exit {left.code}.")
        return _failed(reason, argv, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the outermost boundary must not lose one
        return _failed(error, argv, as_json=as_json)
    if told == KEYBOARD_INTERRUPT:
        stopped = Cancelled("Stopped.", remedy="Run the same command again to go on.")
        print_error(stopped, as_json=as_json)
        return INTERRUPTED
    return told if isinstance(told, int) else DONE


def _failed(error: Exception, argv: Sequence[str], *, as_json: bool) -> int:
    usage = _usage_message(error)
    if usage:
        if as_json:
            print_json(
                {"error": "usage", "message": usage, "remedy": _help_of(error), "problems": []}
            )
        else:
            say(f"Error: {usage}")
            say(f"  -> {_help_of(error)}")
        return USAGE
    if isinstance(error, OSError) and "--help" in argv:
        return _help_failed(error)
    known = to_studio_error(error)
    code, log = exit_code(known), ""
    if code == INTERNAL:
        from latentsync_studio.cli.faults import log_fault

        log = str(log_fault(known, argv) or "")
    print_error(known, as_json=as_json, log=log)
    return code


def _help_failed(error: OSError) -> int:
    """Typer prints the help itself, so that only here an error of stdout is met."""
    abandon(sys.stdout)
    if error.errno in READER_GONE:
        return DONE
    say(f"Error: The help cannot be printed: {error.strerror}.")
    return BAD_INPUT


def _usage_message(error: Exception) -> str:
    """The message of a mistake on the command line, else ''.

    Told by its shape: Typer moved its click classes between packages more than once.
    """
    message = getattr(error, "format_message", None)
    if message is None:
        return ""
    told = str(message()).replace("Value error, ", "")  # how some of its versions begin
    context = getattr(error, "ctx", None)
    known = getattr(getattr(context, "command", None), "commands", None)
    if known and told.startswith("Missing command"):
        return f"{told.rstrip('.')}: one of {', '.join(known)}."
    return told


def _help_of(error: Exception) -> str:
    """Where the command is explained on whose line the mistake was made."""
    path = str(getattr(getattr(error, "ctx", None), "command_path", "") or NAME)
    return f"See: {path} --help"
