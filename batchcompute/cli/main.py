"""The entry point of the command `batchcompute`."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchcompute.cli import exit_codes
from batchcompute.cli.catalogue import COMMANDS, Command, find, overview
from batchcompute.cli.text import harmless

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from batchcompute.cli.session import Session

#: Ends the options, and begins a command to run.
_END = "--"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: What stands behind the program's name; by default what this process was given.

    Returns:
        The exit code, one of `batchcompute.cli.exit_codes`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_has_gone()
    except KeyboardInterrupt:
        _complain("interrupted")
        return exit_codes.INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else exit_codes.ERROR
    return code


def parser_of(command: Command) -> ArgumentParser:
    """Return the parser of a command, also of one that the service has.

    Args:
        command: The command.
    """
    from batchcompute.cli.parser import CommandParser

    module = import_module(f"batchcompute.cli.commands.{command.module}")
    if hasattr(module, "service_parser"):
        found: ArgumentParser = module.service_parser(command.name)
        return found
    summary = f"{command.summary[0].upper()}{command.summary[1:]}."
    parser = CommandParser(f"batchcompute {command.name}", summary)
    module.configure(parser, command.name)
    return parser


def _run(words: list[str]) -> int:
    if not words:
        _complain_with(overview())
        return exit_codes.USAGE
    name, rest = words[0], words[1:]
    if name in ("-h", "--help", "help"):
        if name == "help" and rest and find(rest[0]) is not None:
            return _run([rest[0], "--help"])
        sys.stdout.write(f"{overview()}\n")
        return exit_codes.OK
    if name in ("-V", "--version"):
        name = "version"
    command = find(name)
    if command is None:
        return _unknown(name)
    module = import_module(f"batchcompute.cli.commands.{command.module}")
    if hasattr(module, "hand_over"):
        code: int = module.hand_over(name, rest)
        return code
    return _carry_out(command, module, rest)


def _carry_out(command: Command, module: Any, words: list[str]) -> int:
    from batchcompute._models.values import WrongTypeError
    from batchcompute.cli.failures import CommandError, exit_code_of, sentence_of
    from batchcompute.cli.session import Session
    from batchcompute.exceptions import BatchComputeError, BatchComputeWarning

    parser = parser_of(command)
    program: list[str] | None = None
    if _END in words and getattr(module, "TAKES_PROGRAM", False):
        position = words.index(_END)
        words, program = words[:position], words[position + 1 :]
    actions: Sequence[str] = getattr(module, "ACTIONS", ())
    if actions and (not words or (words[0][0:1] == "-" and words[0] not in ("-h", "--help"))):
        words = [actions[0], *words]
    options = parser.parse_args(words)
    options.command, options.program = command.name, program
    with Session(options) as session, warnings.catch_warnings():
        # Their place in this program tells nobody anything.
        warnings.simplefilter("always", BatchComputeWarning)
        warnings.showwarning = partial(_say_warning, session)
        try:
            code: int = module.run(options, session)
            session.screen.flush()
        except BrokenPipeError:
            raise
        except (CommandError, BatchComputeError, OSError, WrongTypeError) as error:
            session.screen.say(f"error: {sentence_of(error)}")
            return exit_code_of(error)
        except KeyboardInterrupt:
            session.screen.say(session.interrupted)
            return exit_codes.INTERRUPTED
    return code


def _say_warning(session: Session, message: Warning | str, *_: Any) -> None:
    session.screen.say(f"warning: {message}")


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    near = get_close_matches(name, [command.name for command in COMMANDS], 1)
    hint = f"did you mean `{near[0]}`?" if near else "batchcompute --help lists them"
    if name.startswith("-"):
        hint = "options stand behind the command, as in `batchcompute jobs --endpoint URL`"
    _complain(f"error: there is no command {name!r}; {hint}")
    return exit_codes.USAGE


def _complain(text: str) -> None:
    _complain_with(harmless(text))


def _complain_with(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _reader_has_gone() -> int:
    """Return the exit code after a broken pipe, and let nothing else be written into it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exit_codes.BROKEN_PIPE
