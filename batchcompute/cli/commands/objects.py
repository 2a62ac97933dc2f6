"""`batchcompute ls`, `cat` and `cp`: objects at `oss://` addresses."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batchcompute._logs.outputs import Output
from batchcompute.cli import exit_codes
from batchcompute.cli.failures import CommandError, UsageError
from batchcompute.cli.outputs import Printer
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import FORMATS, Column, show

_SCHEME = "oss://"


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    if name == "ls":
        parser.epilog = (
            "examples:\n  batchcompute ls\n  batchcompute ls oss://bucket/logs/ -o wide\n"
            "  batchcompute ls -r oss://bucket/logs/ -o ids"
        )
        parser.add_argument("address", nargs="?", default=_SCHEME, metavar="ADDRESS")
        parser.add_argument("-r", "--recursive", action="store_true", help="all below it")
        parser.add_argument("-o", dest="format", choices=FORMATS, default="table", metavar="FORMAT")
    elif name == "cat":
        parser.epilog = "examples:\n  batchcompute cat oss://bucket/result.json | jq ."
        parser.add_argument("addresses", nargs="+", metavar="ADDRESS")
    else:
        parser.epilog = (
            "examples:\n  batchcompute cp data.csv oss://bucket/in/\n"
            "  batchcompute cp -r oss://bucket/out/ results\n"
            "  batchcompute cp - oss://bucket/in/words.txt < words.txt"
        )
        parser.add_argument("source", metavar="FROM", help="a file, oss://…, or - for the input")
        parser.add_argument("target", metavar="TO", help="oss://…, a file, a folder, or -")
        parser.add_argument(
            "-r", "--recursive", action="store_true", help="a folder with all in it"
        )
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    if options.command == "ls":
        return _list(options, session)
    if options.command == "cat":
        for address in options.addresses:
            _print(session, _object(address))
        return exit_codes.OK
    return _copy(options, session)


def _path(address: str) -> str:
    if not address.startswith(_SCHEME):
        raise UsageError(f"an address is oss://bucket/key, not {address!r}")
    return address.removeprefix(_SCHEME)


def _object(address: str) -> str:
    path = _path(address)
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise UsageError(f"the address of an object is oss://bucket/key, not {address!r}")
    return address


def _list(options: argparse.Namespace, session: Session) -> int:
    path = _path(options.address)
    files = session.objects
    if options.recursive:
        if not path:
            raise UsageError("name a bucket to list all of it: batchcompute ls -r oss://bucket/")
        found: list[Any] = files.find(path, detail=True)
    else:
        found = files.ls(path)
        if not found and path.strip("/").count("/"):
            # Not a folder: perhaps the object itself.
            found = [files.info(path)]
    columns: list[Column[Any]] = [
        Column("SIZE", lambda item: "" if _is_folder(item) else item["size"], right=True),
        Column("MODIFIED", lambda item: item.get("LastModified", "")),
        Column("ADDRESS", _address),
    ]
    if options.format in ("json", "jsonl"):
        found = [
            {"Address": _address(item), "Size": item["size"], "Modified": _modified(item)}
            for item in found
        ]
    show(session.screen, options.format, found, columns, _address, none="nothing there")
    return exit_codes.OK


def _is_folder(item: Any) -> bool:
    return bool(item["type"] == "directory")


def _address(item: Any) -> str:
    return f"{_SCHEME}{item['name']}{'/' if _is_folder(item) else ''}"


def _modified(item: Any) -> str:
    return str(item.get("LastModified", ""))


def _print(session: Session, address: str) -> None:
    session.objects.info(_path(address))  # an object that is not there is an error here
    printer = Printer(session.screen, "")
    for piece in Output(session.objects, address).new():
        printer.write(piece)
    printer.close()


def _copy(options: argparse.Namespace, session: Session) -> int:
    source, target = str(options.source), str(options.target)
    sends, fetches = target.startswith(_SCHEME), source.startswith(_SCHEME)
    if sends == fetches:
        raise UsageError("one of FROM and TO is oss://bucket/key, and the other is a file")
    if sends:
        _send(session, source, target, recursive=options.recursive)
    elif target == "-":
        _print(session, _object(source))
    elif options.recursive:
        _fetch_folder(session, source, Path(target))
    else:
        session.screen.say(
            f"{session.client.download(_object(source), target, storage=session.objects)}"
        )
    return exit_codes.OK


def _send(session: Session, source: str, target: str, *, recursive: bool) -> None:
    client, files = session.client, session.objects
    if source == "-":
        files.pipe_file(_path(_object(target)), sys.stdin.buffer.read())
        session.screen.say(target)
        return
    path = Path(source)
    if path.is_dir():
        if not recursive:
            raise UsageError(f"{source} is a folder: say -r to copy all in it")
        for address, file in folder_as_objects(path, target):
            session.screen.say(client.upload(file, address, storage=files))
        return
    bucket, _, key = _path(target).partition("/")
    if not bucket or not (key or target.endswith("/")):
        raise UsageError(f"write {target}/ to copy into the bucket itself, or {target}/key")
    session.screen.say(client.upload(path, target, storage=files))


def folder_as_objects(folder: Path, target: str) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder, each with the address that it gets.

    Args:
        folder: The folder.
        target: `oss://bucket/prefix/`.
    """
    base = target.rstrip("/")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield f"{base}/{file.relative_to(folder).as_posix()}", file


def _fetch_folder(session: Session, source: str, target: Path) -> None:
    prefix = _path(source).rstrip("/") + "/"
    found = session.objects.find(prefix)
    if not found:
        raise CommandError(f"there is nothing below {source}", exit_codes.NOT_FOUND)
    root = os.path.realpath(target)
    for name in found:
        if name == prefix:
            continue
        file = Path(os.path.realpath(target / name.removeprefix(prefix)))
        if not str(file).startswith(root + os.sep):
            raise CommandError(f"{_SCHEME}{name} would be written outside of {target}")
        if name.endswith("/"):
            # An object without content, by which some clients show a folder.
            file.mkdir(parents=True, exist_ok=True)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        session.objects.get_file(name, file)
        session.screen.say(str(file))
