"""The command line of the service."""

from __future__ import annotations

import argparse
import os
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from batchcompute.server.commands import keys_command, serve_command
from batchcompute.server.commands.parsers import parsers
from batchcompute.server.commands.printing import READER_HAS_GONE, Answers, program, say
from batchcompute.server.commands.serve_checks import check_packages, check_together
from batchcompute.server.model.clock import SystemClock
from batchcompute.server.model.errors import StartError
from batchcompute.server.process.config_file import (
    SERVICE,
    ConfigFile,
    option_values,
    read_config,
    shown,
)
from batchcompute.server.process.data_folder import DataFolder, default_data_folder
from batchcompute.server.process.pools_file import (
    POOLS,
    check_pools,
    has_agents,
    has_pools,
    load_pools,
)
from batchcompute.server.process.types_file import MACHINE, TYPES, read_types

#: The tables of a configuration file that somebody reads.
_TABLES = (SERVICE, POOLS, TYPES, MACHINE)


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line.

    Args:
        arguments: What stands behind the program's name.

    Returns:
        0 after a good end, 1 if the service cannot do what was asked, 141 if nobody has read what
        it printed.
    """
    answers = Answers()
    code = _run(arguments, answers)
    return READER_HAS_GONE if answers.are_lost and code == 0 else code


def _run(arguments: Sequence[str], answers: Answers) -> int:
    parser, serve = parsers()
    options = parser.parse_args(arguments)
    try:
        config = None if options.config is None else read_config(options.config, _TABLES)
        if config is not None:
            serve.set_defaults(**option_values(config, serve))
            # Once more, so that the command line is on top.
            options = parser.parse_args(arguments)
        types = read_types(config)
        if options.command == "config" and options.action == "check":
            _check_config(parser.parse_args(["serve"]), config)
            say(f"{options.config} is in order")
            return 0
        if options.command == "config":
            for line in shown(serve, config):
                answers(line)
            return 0
        if options.command == "pools":
            return _check_pools(options, config)
        data = options.data or default_data_folder(os.environ)
        if options.command == "env":
            return _environment(data, answers)
        if options.command == "agent":
            from batchcompute.server.commands.agent_process import run_agent

            return run_agent(options)
        if options.command == "certificates":
            return _certificates(options, data)
        if options.command == "keys":
            return keys_command.run(options, DataFolder(data), answers, say)
        if options.command in ("backup", "restore"):
            return _copy(options, data)
        check_together(options)
        return serve_command.run(options, data, config, types)
    except StartError as error:
        say(f"error: {error}")
        return 1


def _certificates(options: argparse.Namespace, data: Path) -> int:
    from batchcompute.server.process.certificates import AUTHORITY, make_certificates

    folder = DataFolder(data).agents
    make_certificates(folder, options.name)
    say(f"agents are to trust {folder / AUTHORITY}")
    return 0


def _environment(data: Path, answers: Answers) -> int:
    folder = DataFolder(data)
    where = folder.announced()
    key = folder.stored_key()
    if where is None or key is None:
        raise StartError(
            f"no server is running on the data folder {folder.path}; "
            f"start one: {program()} serve --data {shlex.quote(str(data))}"
        )
    for name, value in where.environment(key).items():
        answers(f"export {name}={shlex.quote(value)}")
    return 0


def _copy(options: argparse.Namespace, data: Path) -> int:
    # Not needed for anything else, and slow to load.
    from batchcompute.server.process.backup import back_up, restore

    folder = DataFolder(data)
    if options.command == "backup":
        back_up(
            folder,
            options.copy,
            database=options.database,
            objects=not options.without_objects,
            say=say,
        )
    else:
        now = SystemClock().now()
        restore(options.copy, folder, database=options.database, now=now, say=say)
    return 0


def _check_config(options: argparse.Namespace, config: ConfigFile | None) -> None:
    """Refuse what `serve` would refuse.

    Args:
        options: Those of `serve`, with the values of the file.
        config: The file.

    Raises:
        StartError: It would not start with it.
    """
    check_together(options)
    if config is not None and has_pools(config):
        load_pools(config, Path())
    with_agents = bool(options.agents) or has_agents(config)
    data = options.data or default_data_folder(os.environ)
    check_packages(options, data, with_agents=with_agents)


def _check_pools(options: argparse.Namespace, config: ConfigFile | None) -> int:
    assert config is not None
    with tempfile.TemporaryDirectory() as folder:
        return 0 if check_pools(config, Path(folder), say, options.pool) else 1
