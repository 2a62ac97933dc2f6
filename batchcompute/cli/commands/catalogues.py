"""`batchcompute images` and `apps`: what there is to run on, and to run."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from batchcompute.cli import exit_codes
from batchcompute.cli.session import Session, add_connection
from batchcompute.cli.tables import Column, add_format, json_text, show
from batchcompute.cli.times import local


def configure(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the command's options.

    Args:
        parser: The parser.
        name: Name of the command.
    """
    if name == "images":
        parser.epilog = "examples:\n  batchcompute images\n  batchcompute images img-ubuntu"
        parser.add_argument("which", nargs="?", metavar="ID", help="show this one, as JSON")
        parser.add_argument("--type", choices=("System", "Self"), help="default: both")
    else:
        parser.epilog = "examples:\n  batchcompute apps\n  batchcompute apps --public -o ids"
        parser.add_argument("which", nargs="?", metavar="NAME", help="show this one, as JSON")
        parser.add_argument("--public", action="store_true", help="those that everybody may use")
    add_format(parser, of="id")
    add_connection(parser)


def run(options: argparse.Namespace, session: Session) -> int:
    """Carry out the command.

    Args:
        options: The parsed command line.
        session: What it works with.
    """
    images = options.command == "images"
    if options.which:
        found: Any = (
            session.client.get_image(options.which)
            if images
            else session.client.get_app(options.which, "Public" if options.public else "Private")
        )
        session.screen.write(json_text(found))
        return exit_codes.OK
    show(
        session.screen,
        options.format,
        _images(options, session) if images else _apps(options, session),
        _image_columns() if images else _app_columns(),
        lambda item: str(item.Id if images else item.Name),
        none="no images" if images else "no Apps",
    )
    return exit_codes.OK


def _images(options: argparse.Namespace, session: Session) -> Iterator[Any]:
    kinds: list[Any] = [options.type] if options.type else ["System", "Self"]
    for kind in kinds:
        yield from session.client.list_images("", 100, kind).all()


def _apps(options: argparse.Namespace, session: Session) -> Iterator[Any]:
    return iter(session.client.list_apps("Public" if options.public else "Private", "", 100).all())


def _image_columns() -> list[Column[Any]]:
    return [
        Column("IMAGE", lambda image: image.Id),
        Column("NAME", lambda image: image.Name, flexible=True),
        Column("TYPE", lambda image: image.Type),
        Column("PLATFORM", lambda image: image.Platform, drop=2),
        Column("DESCRIPTION", lambda image: image.Description, flexible=True, drop=3),
        Column("ECS IMAGE", lambda image: image.EcsImageId, wide=True),
        Column("CREATED AT", lambda image: local(image.created_at), wide=True),
    ]


def _app_columns() -> list[Column[Any]]:
    return [
        Column("APP", lambda app: app.Name),
        Column("DESCRIPTION", lambda app: app.Description, flexible=True),
        Column("COMMAND", lambda app: app.CommandLine, flexible=True),
        Column("INPUTS", lambda app: ", ".join(app.InputParameters or ()), wide=True),
        Column("OUTPUTS", lambda app: ", ".join(app.OutputParameters or ()), wide=True),
        Column("CREATED AT", lambda app: local(app.created_at), wide=True),
    ]
