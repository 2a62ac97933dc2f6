"""The configuration file of the service: TOML, with the command line on top.

The table `[service]` has the options of `serve` under their own names, so that an option that the
command line gets is in the file by itself. Other tables belong to those who read them.
"""

from __future__ import annotations

import argparse
import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from batchcompute.server.model.errors import StartError

#: The table with the options of `serve`.
SERVICE: Final = "service"

#: Options whose values are not for everybody's eyes.
_SECRET: Final = frozenset({"access-key"})

_HEADER = re.compile(r"\s*\[\[?(?P<name>[^\]]+)\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*(?P<name>[^=#\[]+?)\s*=")


class ConfigError(StartError):
    """A mistake in a configuration file; the text names the file and the line."""

    def __init__(self, path: Path, line: int, mistake: str) -> None:
        """Say where and what.

        Args:
            path: The file.
            line: The line, from 1; 0 if it is not known.
            mistake: What is wrong, and what would be right.
        """
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {mistake}")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file that could be read.

    Attributes:
        path: The file.
        tables: What it holds.
    """

    path: Path
    tables: Mapping[str, Any]
    _text: str

    def line_of(self, *path: str) -> int:
        """Return the line of a table or a value, from 1; 0 if there is no such line.

        Args:
            *path: Names of the tables, and of the value.
        """
        inside: tuple[str, ...] = ()
        for number, line in enumerate(self._text.splitlines(), 1):
            if found := _HEADER.match(line):
                inside = here = _parts(found["name"])
            elif found := _KEY.match(line):
                here = (*inside, *_parts(found["name"]))
            else:
                continue
            if here == path:
                return number
        return self.line_of(*path[:-1]) if path else 0

    def mistake(self, path: Collection[str], what: str) -> ConfigError:
        """Return the error for a value.

        Args:
            path: Names of the tables, and of the value.
            what: What is wrong, and what would be right.
        """
        return ConfigError(self.path, self.line_of(*path), f"{'.'.join(path)}: {what}")


def read_config(path: Path, known: Collection[str]) -> ConfigFile:
    """Read a file.

    Args:
        path: The file.
        known: Names of the tables that somebody reads.

    Raises:
        ConfigError: It cannot be read, is not TOML, or has a table that nobody reads.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(path, 0, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, 0, "it is not UTF-8") from error
    except RecursionError as error:
        raise ConfigError(path, 0, "its lists or tables are nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, 0, str(error)) from error
    except ValueError as error:
        # Python reads no number of so many digits; TOML has no limit.
        raise ConfigError(path, 0, "a number in it has too many digits") from error
    config = ConfigFile(path, tables, text)
    for name, table in tables.items():
        if name not in known:
            raise config.mistake([name], f"there is no such table{hint(name, known)}")
        if not isinstance(table, dict):
            raise config.mistake([name], f"it is a table: write [{name}]")
    return config


def option_values(config: ConfigFile, parser: argparse.ArgumentParser) -> dict[str, Any]:
    """Return what `[service]` says, as the defaults of a parser.

    Args:
        config: The file.
        parser: The parser of `serve`.

    Raises:
        ConfigError: There is no such option, or it cannot have this value.
    """
    options = dict(_options(parser))
    values: dict[str, Any] = {}
    table: Mapping[str, Any] = config.tables.get(SERVICE, {})
    for name, value in table.items():
        if name not in options:
            near = hint(name, options)
            raise config.mistake([SERVICE, name], f"there is no such option{near}")
        if name in _SECRET and config.path.stat().st_mode & 0o077:
            raise config.mistake(
                [SERVICE, name],
                f"other users may read this file: chmod 600 {config.path}, or leave the key out",
            )
        try:
            values[options[name].dest] = _value(options[name], value)
        except (argparse.ArgumentTypeError, ValueError) as error:
            raise config.mistake([SERVICE, name], str(error)) from None
    return values


def shown(parser: argparse.ArgumentParser, config: ConfigFile | None) -> Iterator[str]:
    """Yield the lines of a file that says what holds, each with where it comes from.

    Args:
        parser: The parser of `serve`, with the values of the file as its defaults.
        config: The file, if there is one.
    """
    said: Mapping[str, Any] = {} if config is None else config.tables.get(SERVICE, {})
    yield f"[{SERVICE}]"
    for name, action in _options(parser):
        value = said.get(name, action.default)
        if value is False and action.nargs == "?":
            value = None
        source = config.path.name if config is not None and name in said else "default"
        if value is None or value == "":
            yield f"# {name} is not set"
        elif name in _SECRET:
            yield f'# {name} = "…"  # {source}'
        else:
            yield f"{name} = {_toml(_masked(value))}  # {source}"


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        for option in action.option_strings:
            name = option.removeprefix("--")
            if option.startswith("--") and name not in ("help", "config"):
                yield name, action


def _value(action: argparse.Action, value: Any) -> Any:
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ValueError("it must be true or false, without quotes")
        return value
    if isinstance(action.default, list):
        if not isinstance(value, list):
            raise ValueError('it must be a list of strings, such as ["…"]')
        return [_single(action, each) for each in cast("list[object]", value)]
    return _single(action, value)


def _single(action: argparse.Action, value: Any) -> Any:
    if action.nargs == "?" and isinstance(value, bool):
        # On the command line it may stand without a value.
        return action.const if value else action.default
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("it must be a string or a number")
    converted = action.type(str(value)) if callable(action.type) else str(value)
    if action.choices is not None and converted not in action.choices:
        raise ValueError(f"it must be one of {', '.join(filter(None, map(str, action.choices)))}")
    return converted


def hint(name: str, known: Collection[str]) -> str:
    """Return the end of a sentence about a name that is not known: which one may be meant."""
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(sorted(known))}"


def _parts(name: str) -> tuple[str, ...]:
    """Return the parts of a dotted name; nothing if it is none."""
    try:
        found: Any = tomllib.loads(f"{name} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(found, dict):
        tables = cast("dict[str, Any]", found)
        part = next(iter(tables))
        parts.append(part)
        found = tables[part]
    return tuple(parts)


def _masked(value: Any) -> Any:
    """Return a value without the password of a URL."""
    if not isinstance(value, str):
        return value
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", value)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, cast('list[object]', value)))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
