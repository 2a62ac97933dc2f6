"""The parsers of the service's command line, and what their help says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batchcompute._option_parser import OptionParser
from batchcompute.server.commands.agent_options import add_agent_options
from batchcompute.server.commands.keys_options import add_keys_parser
from batchcompute.server.commands.printing import program
from batchcompute.server.commands.serve_options import add_serve_options


def serve_options() -> Iterator[tuple[str, str]]:
    """Yield the options of `serve` with what their help says."""
    _, serve = parsers()
    return _described(serve)


def command_options() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the other commands: name, purpose, and their arguments with what their help says."""
    parser, serve = parsers()
    waiting: list[tuple[str, str, argparse.ArgumentParser]] = [("", "", parser)]
    while waiting:
        name, purpose, found = waiting.pop(0)
        action = _sub_commands(found)
        if action is not None:
            purposes = {each.dest: each.help or "" for each in action._choices_actions}
            waiting += [
                (f"{name} {word}".strip(), purposes.get(word, ""), each)
                for word, each in action.choices.items()
            ]
        elif found is not serve:
            yield name, purpose, list(_described(found))


def _described(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if action.dest == "help" or action.help == argparse.SUPPRESS:
            continue
        value = str(action.metavar or action.dest.upper().replace("_", "-"))
        if action.choices is not None:
            value = "|".join(str(choice) for choice in action.choices if choice)
        if action.option_strings:
            value = action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")
        yield value, (action.help or "") % {"default": action.default}


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of one command.

    Args:
        name: Name of the command.
    """
    parser, _ = parsers()
    found: argparse.ArgumentParser = _sub_commands(parser).choices[name]
    return found


def _sub_commands(parser: argparse.ArgumentParser) -> Any:
    """Return the argument whose choices are the parsers of sub-commands, or None."""
    return next((each for each in parser._actions if isinstance(each.choices, dict)), None)


def parsers() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Return the parser of the whole command line, and the one of `serve`."""
    parser = OptionParser(prog=program(), description="The command line of the service.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser(
        "serve",
        help="run the service until SIGTERM, SIGINT or SIGHUP",
        description="Run the service until Ctrl-C (or SIGTERM or SIGHUP).",
        usage=f"{program()} serve [OPTIONS]",
    )
    keeping = add_serve_options(serve)
    _add_checks(commands)
    env = commands.add_parser("env", help="print what to set in a shell to use the service")
    backup, restored = _add_copies(commands)
    agent = commands.add_parser("agent", help="run programs for a service on another machine")
    add_agent_options(agent)
    certificates = commands.add_parser(
        "certificates", help="make a certificate for the port that agents join"
    )
    certificates.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="host name or address of this machine for others; may be repeated",
    )
    keys = add_keys_parser(commands)
    others: tuple[argparse.ArgumentParser, ...] = (env, backup, restored, certificates, *keys)
    for each in (keeping, *others):
        each.add_argument(
            "--data",
            type=Path,
            metavar="FOLDER",
            # The same words on every machine, as they are also in the manual.
            help="data folder (default: $BATCHCOMPUTE_DATA, else batchcompute in $XDG_STATE_HOME "
            "or in ~/.local/state)",
        )
    for each in (*others, agent):
        each.set_defaults(config=None)
    agent.set_defaults(data=None)
    return parser, serve


def _add_checks(commands: Any) -> None:
    checks = commands.add_parser("config", help="check a configuration file, or show what holds")
    actions = checks.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="say whether the service would take a file")
    check.add_argument("config", type=Path, metavar="FILE")
    show = actions.add_parser("show", help="print all options as they hold, and where from")
    show.add_argument("config", type=Path, metavar="FILE", nargs="?")
    pools = commands.add_parser("pools", help="try whether engines would take agents")
    of_pools = pools.add_subparsers(dest="action", required=True, metavar="ACTION")
    tried = of_pools.add_parser(
        "check", help="make a dry run with the engine of each pool, and start nothing"
    )
    tried.add_argument("config", type=Path, metavar="FILE", help="a configuration file")
    # Without a default, it would be said to be missing.
    tried.add_argument(
        "pool", nargs="*", default=[], metavar="POOL", help="its pools (default: all)"
    )


def _add_copies(commands: Any) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    backup = commands.add_parser("backup", help="copy all data, also while the service runs")
    backup.add_argument("copy", type=Path, metavar="FOLDER", help="a new folder for the copy")
    backup.add_argument(
        "--without-objects", action="store_true", help="leave the objects out, which may be large"
    )
    restored = commands.add_parser("restore", help="make a new data folder from a copy")
    restored.add_argument("copy", type=Path, metavar="FOLDER", help="what `backup` has made")
    for command in (backup, restored):
        command.add_argument(
            "--database", default="", metavar="URL", help="as that of serve (default: SQLite)"
        )
    return backup, restored
