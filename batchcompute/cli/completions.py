"""Scripts that make shells complete the command, made of the parsers of all commands."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from batchcompute.cli.catalogue import COMMANDS
from batchcompute.cli.main import parser_of

SHELLS: Final = ("bash", "zsh", "fish")
#: Asks the service for the newest jobs; says nothing if it cannot.
_JOBS: Final = "batchcompute jobs -n 30 -o ids 2>/dev/null"


@dataclass(frozen=True, slots=True)
class _Option:
    """An option as shells need it."""

    names: tuple[str, ...]
    about: str
    takes_value: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """The words that may follow a command, or a command and its action."""

    command: str
    action: str
    about: str
    options: tuple[_Option, ...]
    actions: tuple[tuple[str, str], ...]
    takes_jobs: bool
    choices: tuple[str, ...]


def script(shell: str) -> str:
    """Return what a shell has to read.

    Args:
        shell: One of `SHELLS`.
    """
    words = list(_all_words())
    if shell == "bash":
        return _bash(words)
    return _zsh(words) if shell == "zsh" else _fish(words)


def _all_words() -> Iterator[_Words]:
    for command in COMMANDS:
        parser = parser_of(command)
        actions = _actions(parser)
        helps = {} if actions is None else _helps(actions)
        yield _words(parser, command.name, "", command.summary, tuple(helps.items()))
        if actions is not None:
            for name, inner in actions.choices.items():
                yield _words(inner, command.name, name, helps.get(name, ""), ())


def _actions(parser: argparse.ArgumentParser) -> Any:
    return next((one for one in _arguments(parser) if _is_subparsers(one)), None)


def _arguments(parser: argparse.ArgumentParser) -> Sequence[argparse.Action]:
    # argparse has no public way to ask a parser what it takes.
    return parser._actions  # pyright: ignore[reportPrivateUsage]


def _is_subparsers(action: argparse.Action) -> bool:
    return action.nargs == argparse.PARSER


def _helps(actions: Any) -> dict[str, str]:
    return {one.dest: one.help or "" for one in actions._choices_actions}


def _words(
    parser: argparse.ArgumentParser,
    command: str,
    action: str,
    about: str,
    actions: tuple[tuple[str, str], ...],
) -> _Words:
    options: list[_Option] = []
    jobs = False
    choices: tuple[str, ...] = ()
    for one in _arguments(parser):
        if one.option_strings:
            names = tuple(one.option_strings)
            options.append(_Option(names, _about(one), one.nargs != 0, _choices(one)))
        elif not _is_subparsers(one):
            jobs = jobs or "JOB" in str(one.metavar or "")
            choices = choices or _choices(one)
    return _Words(command, action, about, tuple(options), actions, jobs, choices)


def _about(action: argparse.Action) -> str:
    text = (action.help or "") % vars(action)
    return " ".join(text.split())


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(str(one) for one in cast("Sequence[object]", action.choices or ()) if one != "")


def _bash(all_words: Sequence[_Words]) -> str:
    lines = [
        "_batchcompute() {",
        '    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
        '    local command="${COMP_WORDS[1]}" words="" action="${COMP_WORDS[2]}"',
        "    COMPREPLY=()",
        '    if [ "$COMP_CWORD" -eq 1 ]; then',
        f"        words={_quoted(_names(all_words))}",
        "    else",
        '        case "$command $action $before" in',
    ]
    for words in all_words:
        for option in words.options:
            pattern = "|".join(_pattern(words, name) for name in option.names)
            if option.choices:
                lines.append(f"            {pattern}) words={_quoted(option.choices)};;")
            elif option.takes_value:
                files = 'COMPREPLY=($(compgen -f -- "$current"))'
                lines.append(f"            {pattern}) {files}; return;;")
    lines += [
        "        esac",
        '        if [ -z "$words" ]; then',
        '            case "$command $action" in',
    ]
    # The more specific ones come first.
    for words in sorted(all_words, key=lambda each: not each.action):
        known = [name for option in words.options for name in option.names]
        known += [name for name, _ in words.actions] + list(words.choices)
        pattern = f'"{words.command} {words.action}"' if words.action else f'"{words.command} "*'
        body = f'words="{" ".join(known)}"'
        if words.takes_jobs:
            # Asking takes a moment: only where no option was begun.
            body += f'; case "$current" in -*) ;; *) words="last $({_JOBS})";; esac'
        lines.append(f"                {pattern}) {body};;")
    lines += [
        "            esac",
        "        fi",
        "    fi",
        '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
        '    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))',
        "}",
        "complete -o filenames -F _batchcompute batchcompute",
        "",
    ]
    return "\n".join(lines)


def _pattern(words: _Words, option: str) -> str:
    action = words.action or "*"
    return f'"{words.command} "{action}" {option}"'


def _names(all_words: Sequence[_Words]) -> list[str]:
    return [words.command for words in all_words if not words.action]


def _quoted(words: Sequence[str]) -> str:
    return shlex.quote(" ".join(words))


def _zsh(all_words: Sequence[_Words]) -> str:
    lines = [
        "#compdef batchcompute",
        f'_batchcompute_jobs() {{ compadd -- last ${{(f)"$({_JOBS})"}} }}',
        "_batchcompute() {",
        "    local -a commands actions",
        "    if (( CURRENT == 2 )); then",
        "        commands=(",
    ]
    lines += [
        f"            {shlex.quote(f'{words.command}:{words.about}')}"
        for words in all_words
        if not words.action
    ]
    lines += [
        "        )",
        "        _describe command commands",
        "        return",
        "    fi",
        '    case "$words[2] $words[3]" in',
    ]
    for words in sorted(all_words, key=lambda each: not each.action):
        pattern = f'"{words.command} {words.action}"' if words.action else f'"{words.command} "*'
        lines.append(f"        {pattern})")
        if words.actions:
            lines.append("            actions=(")
            lines += [
                f"                {shlex.quote(f'{name}:{about}')}" for name, about in words.actions
            ]
            lines += [
                "            )",
                "            (( CURRENT == 3 )) && _describe action actions",
                "            ;;",
            ]
            continue
        skipped = 2 if words.action else 1
        lines.append(f"            shift {skipped} words; (( CURRENT -= {skipped} ))")
        lines.append("            _arguments \\")
        for option in words.options:
            lines += [f"                {spec} \\" for spec in _zsh_option(option)]
        rest = "*:job:_batchcompute_jobs" if words.takes_jobs else "*:file:_files"
        if words.choices:
            rest = f"*:word:({' '.join(words.choices)})"
        lines += [f"                {shlex.quote(rest)}", "            ;;"]
    lines += ["    esac", "}", "compdef _batchcompute batchcompute", ""]
    return "\n".join(lines)


def _zsh_option(option: _Option) -> Iterator[str]:
    about = "".join(f"\\{one}" if one in "[]:\\" else one for one in option.about)
    value = ""
    if option.takes_value:
        value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    for name in option.names:
        yield shlex.quote(f"*{name}[{about}]{value}")


def _fish(all_words: Sequence[_Words]) -> str:
    lines = ["complete -c batchcompute -f"]
    for words in all_words:
        seen = f"__fish_seen_subcommand_from {words.command}"
        if words.action:
            seen += f"; and __fish_seen_subcommand_from {words.action}"
        else:
            lines.append(
                f"complete -c batchcompute -n __fish_use_subcommand -a {words.command} "
                f"-d {_fish_quoted(words.about)}"
            )
        condition = _fish_quoted(seen)
        for name, about in words.actions:
            lines.append(
                f"complete -c batchcompute -n {condition} -a {name} -d {_fish_quoted(about)}"
            )
        for option in words.options:
            flags = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            value = " -r -F" if option.takes_value else ""
            if option.choices:
                value = f" -x -a {_fish_quoted(' '.join(option.choices))}"
            lines.append(
                f"complete -c batchcompute -n {condition} {flags}{value} "
                f"-d {_fish_quoted(option.about)}"
            )
        if words.takes_jobs:
            lines.append(f"complete -c batchcompute -n {condition} -a 'last ({_JOBS})'")
        elif words.choices:
            listed = _fish_quoted(" ".join(words.choices))
            lines.append(f"complete -c batchcompute -n {condition} -a {listed}")
        elif not words.actions:
            lines.append(f"complete -c batchcompute -n {condition} -F")
    return "\n".join([*lines, ""])


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
