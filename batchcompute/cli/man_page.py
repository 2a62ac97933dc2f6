"""The manual page of the command, made of the parsers of all commands: `make man` writes it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from batchcompute.cli.catalogue import COMMANDS
from batchcompute.cli.main import parser_of

_BEGINNING: Final = r""".TH BATCHCOMPUTE 1 "" "batchcompute 3" "User Commands"
.SH NAME
batchcompute \- jobs, logs, clusters and objects from a shell
.SH SYNOPSIS
.B batchcompute
.I COMMAND
.RI [ OPTIONS ]
.SH DESCRIPTION
Speaks the BatchCompute API, of a service on this machine or elsewhere.
.B last
stands for the job that was created last.
.SH COMMANDS
"""
_END: Final = r""".SH EXIT STATUS
.TP
.B 0
Done; of a wait: the jobs finished.
.TP
.B 1
An error, which is said in one sentence.
.TP
.B 2
A command line that makes no sense.
.TP
.B 3
Of a wait: a job failed.
.TP
.B 4
Of a wait: a job was stopped.
.TP
.B 5
There is no such job, task, instance, object or file.
.TP
.B 6
The key is not known, or not allowed to do it.
.TP
.B 124
The time that \-\-timeout allows is over; the job goes on.
.TP
.B 130
Interrupted by Ctrl-C; the job goes on.
.TP
.B 141
Nobody reads the output any more.
.SH ENVIRONMENT
.TP
.BR BATCHCOMPUTE_ENDPOINT ", " BATCHCOMPUTE_REGION
Where requests go; without them, to the service that runs on this machine.
.TP
.BR ALIBABA_CLOUD_ACCESS_KEY_ID ", " ALIBABA_CLOUD_ACCESS_KEY_SECRET
The access key.
.TP
.BR OSS_ENDPOINT ", " OSS_ACCESS_KEY_ID ", " OSS_ACCESS_KEY_SECRET
Where objects are, and the access key for them.
.TP
.B BATCHCOMPUTE_BUCKET
The bucket for logs and packages that nobody names a place for.
.TP
.B NO_COLOR
No colours, whatever is in it.
.SH FILES
.TP
.I ~/.config/batchcompute/config.toml
The same settings as in the environment, which comes before it.
.TP
.I ~/.local/state/batchcompute
The data of the service of this machine.
"""


def page() -> str:
    """Return the manual page, as man reads it."""
    parts = [_BEGINNING]
    for command in COMMANDS:
        parser = parser_of(command)
        parts.append(f".SS {_text(command.name)}\n")
        parts += _about(command.name, f"{command.summary[0].upper()}{command.summary[1:]}.", parser)
    return "".join([*parts, _END])


def _about(name: str, summary: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    known = _arguments(parser)
    inner = next((one for one in known if one.nargs == argparse.PARSER), None)
    operands = [] if inner is not None else [_operand(one) for one in known if _is_operand(one)]
    options = [one for one in known if one.option_strings and one.dest != "help"]
    yield f".B batchcompute {_text(name)}\n"
    if options:
        yield ".RI [ OPTIONS ]\n"
    if operands:
        yield f".I {_text(' '.join(operands))}\n"
    yield f".PP\n{_text(summary)}\n"
    for one in options:
        value = "" if one.nargs == 0 else f" {_value(one)}"
        names = ", ".join(f"\\fB{_text(each)}\\fR" for each in one.option_strings)
        shown = f"\\fI{_text(value)}\\fR" if value else ""
        yield f".TP\n{names}{shown}\n{_text(_help(one))}\n"
    if parser.epilog:
        yield f".PP\n.nf\n{_text(parser.epilog)}\n.fi\n"
    if inner is None:
        return
    parsers: Any = inner
    helps = {one.dest: one.help or "" for one in parsers._choices_actions}
    for action, parser_of_action in parsers.choices.items():
        yield ".PP\n"
        yield from _about(f"{name} {action}", _sentence(helps.get(action, "")), parser_of_action)


def _arguments(parser: argparse.ArgumentParser) -> Sequence[argparse.Action]:
    # argparse has no public way to ask a parser what it takes.
    return parser._actions  # pyright: ignore[reportPrivateUsage]


def _is_operand(action: argparse.Action) -> bool:
    return not action.option_strings and action.help != argparse.SUPPRESS


def _operand(action: argparse.Action) -> str:
    name = _value(action)
    return f"[{name}]" if action.nargs in ("*", "?") else name


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices is not None:
        return "|".join(str(choice) for choice in action.choices)
    return action.dest.upper()


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % vars(action)
    return _sentence(" ".join(text.split()))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""


def _text(text: str) -> str:
    """Return a text that man shows as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    text = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in text)
    lines = (f"\\&{line}" if line.startswith(".") else line for line in text.split("\n"))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
