"""The description of a job: read from a file, or made of a command and options."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, cast

from batchcompute.cli.commands.objects import folder_as_objects
from batchcompute.cli.failures import CommandError, UsageError
from batchcompute.cli.selection import find_cluster

if TYPE_CHECKING:
    from batchcompute.cli.session import Session

#: Name of the only task of a job that is a command.
TASK: Final = "main"
#: The VM image where nobody names one.
IMAGE: Final = "img-ubuntu"
#: The default instance type, where the service offers it.
_TYPE: Final = "ecs.sn1ne.large"
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME: Final = 64
_SCHEME: Final = "oss://"


def read(source: str) -> dict[str, Any]:
    """Read a description from a file, in JSON or YAML.

    Args:
        source: The file; "-" is standard input.

    Raises:
        CommandError: It is not a description.
        OSError: The file cannot be read.
    """
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    name = "the input" if source == "-" else source
    looks_like_json = text.lstrip().startswith(("{", "["))
    if source.endswith(".json") or looks_like_json:
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise CommandError(f"{name} is not JSON: {where}: {error.msg}") from None
    else:
        found = _yaml(text, name)
    if not isinstance(found, dict):
        raise CommandError(f'{name} is not a description, which is an object: {{"Name": …}}')
    return cast("dict[str, Any]", found)


def _yaml(text: str, name: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise CommandError(
            f"{name} is not JSON, and YAML needs PyYAML: pip install 'batchcompute[cli]'"
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CommandError(f"{name}: {error}") from None


def describe(
    options: argparse.Namespace, program: Sequence[str], session: Session
) -> dict[str, Any]:
    """Describe a job that runs a command.

    Args:
        options: The parsed command line.
        program: The command and its arguments; a single one is a line for the shell.
        session: What the command works with.

    Raises:
        UsageError: Options contradict each other.
        CommandError: There is no place for logs or packages.
    """
    line = program[0] if len(program) == 1 else shlex.join(program)
    name = options.name or _name_of(program)
    logs = options.logs or _logs(session)
    inputs = _inputs(options.input, name, session)
    command: dict[str, Any] = {
        "CommandLine": line,
        "PackagePath": _package(options.package, name, session),
        "EnvVars": _environment(options.env),
    }
    if options.container:
        command["Docker"] = {"Image": options.container}
    task: dict[str, Any] = {
        "InstanceCount": options.instances,
        "Parameters": {
            "Command": command,
            "StdoutRedirectPath": logs,
            "StderrRedirectPath": logs,
        },
        "InputMapping": inputs,
        "OutputMapping": dict(_output(text) for text in options.output),
        "MaxRetryCount": options.retries,
        **_where(options, session),
    }
    if options.time_limit is not None:
        task["Timeout"] = options.time_limit
    return {
        "Name": name,
        "Type": "DAG",
        "Priority": 0 if options.priority is None else options.priority,
        "JobFailOnInstanceFail": not options.keep_going,
        "DAG": {"Tasks": {TASK: task}, "Dependencies": {}},
    }


def _where(options: argparse.Namespace, session: Session) -> dict[str, Any]:
    if options.cluster:
        if options.image or options.type:
            raise UsageError("--cluster has its own image and type: leave out --image and --type")
        return {"ClusterId": find_cluster(session.client, options.cluster)}
    image, kind = options.image or IMAGE, options.type or offered_type(session)
    return {"AutoCluster": {"ImageId": image, "InstanceType": kind, "ResourceType": "OnDemand"}}


def offered_type(session: Session) -> str:
    """Return a small instance type that the service has.

    Args:
        session: What the command works with.
    """
    from batchcompute.exceptions import ClientError

    try:
        offered = session.client.get_quotas().AvailableClusterInstanceType
    except ClientError:
        return _TYPE
    return _TYPE if not offered or _TYPE in offered else str(offered[0])


def _name_of(program: Sequence[str]) -> str:
    """Return a name for a job: that of its program."""
    words = shlex.split(program[0]) if len(program) == 1 and _is_shell(program[0]) else program
    return name_from(PurePosixPath(words[0] if words else "").name)


def name_from(word: str) -> str:
    """Return a name that a job can have.

    Args:
        word: What it is made of.
    """
    name = _NOT_IN_NAMES.sub("-", word).strip("-")[:_LONGEST_NAME]
    return name if name and not name[0].isdecimal() else f"job-{name}"[:_LONGEST_NAME].rstrip("-")


def _is_shell(line: str) -> bool:
    try:
        return bool(shlex.split(line))
    except ValueError:
        return False


def _bucket(session: Session) -> str:
    bucket = session.bucket
    if not bucket:
        raise CommandError(
            "no bucket is known for logs and packages: set BATCHCOMPUTE_BUCKET, or name places in "
            "it with --logs oss://bucket/logs/"
        )
    return f"{_SCHEME}{bucket}"


def _logs(session: Session) -> str:
    return f"{_bucket(session)}/logs/"


def _package(source: str | None, name: str, session: Session) -> str:
    if source is None:
        return ""
    if source.startswith(_SCHEME):
        return source
    if not Path(source).exists():
        raise CommandError(f"there is no file or folder {source}, which --package names", 5)
    address = f"{_bucket(session)}/packages/{name}-{secrets.token_hex(4)}.tar.gz"
    return session.client.upload_package(source, address, storage=session.objects)


def _environment(given: Sequence[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not name:
            raise UsageError(f"--env is NAME=VALUE, or NAME alone, not {text!r}")
        if not separator and name not in os.environ:
            raise UsageError(f"--env {name}: it is not set here; write {name}=VALUE")
        made[name] = value if separator else os.environ[name]
    return made


def _mapping(text: str, option: str) -> tuple[str, str]:
    """Return both sides of `A=B` or `A:B`; B begins with a slash, or is an `oss://` address."""
    match = re.fullmatch(r"(.+?)(?:=|:(?=/(?!/)|oss://))(.+)", text)
    if match is None:
        example = "words/=/in/" if option == "--input" else "/out/=oss://bucket/out/"
        raise UsageError(f"{option} is FROM=TO, such as {example}, not {text!r}")
    return match[1], match[2]


def _inputs(given: Sequence[str], name: str, session: Session) -> dict[str, str]:
    made: dict[str, str] = {}
    for text in given:
        source, target = _mapping(text, "--input")
        if not target.startswith("/"):
            raise UsageError(f"--input {text}: a program finds it at an absolute path, as in =/in/")
        if not source.startswith(_SCHEME):
            source, target = _uploaded(source, target, name, session)
        made[source] = target
    return made


def _uploaded(source: str, target: str, name: str, session: Session) -> tuple[str, str]:
    """Upload a local file or folder; return its address, and where a program finds it."""
    path = Path(source)
    if not path.exists():
        raise CommandError(f"there is no file or folder {source}, which --input names", 5)
    place = f"{_bucket(session)}/inputs/{name}-{secrets.token_hex(4)}"
    client, files = session.client, session.objects
    if path.is_dir():
        for address, file in folder_as_objects(path, place):
            client.upload(file, address, storage=files)
        return f"{place}/", f"{target.rstrip('/')}/"
    address = client.upload(path, f"{place}/{path.name}", storage=files)
    return address, f"{target}{path.name}" if target.endswith("/") else target


def _output(text: str) -> tuple[str, str]:
    source, target = _mapping(text, "--output")
    if not source.startswith("/") or not target.startswith(_SCHEME):
        raise UsageError(f"--output {text}: write /what/the/program/leaves=oss://bucket/key")
    return source, target


def change(description: dict[str, Any], options: argparse.Namespace) -> Mapping[str, Any]:
    """Return a description from a file with what options say besides.

    Args:
        description: The description.
        options: The parsed command line.
    """
    changes: dict[str, Any] = {}
    if options.name:
        changes["Name"] = options.name
    if options.priority is not None:
        changes["Priority"] = options.priority
    stem = "" if options.file == "-" else name_from(Path(options.file).stem)
    return {"Name": stem or "job", "Priority": 0, **description, **changes}
