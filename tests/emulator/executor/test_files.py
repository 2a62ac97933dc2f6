"""Packages, mappings and logs."""

from __future__ import annotations

import io
import itertools
import os
import tarfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchcompute.server.executors.attempt.worlds.isolation import Isolation
from batchcompute.server.executors.embedded import EmbeddedExecutor
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import open_store
from tests.emulator.executor.conftest import Events, wait_until

if TYPE_CHECKING:
    from tests.emulator.executor.conftest import Bench

PACKAGE = "oss://b/worker.tar.gz"


def _member(name: str, content: bytes = b"x", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    return member, content


def _put_package(bench: Bench, *members: tuple[tarfile.TarInfo, bytes]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    bench.objects.put_bytes(buffer.getvalue(), PACKAGE)


def test_package_is_unpacked_into_the_working_directory(shared: Bench) -> None:
    _put_package(
        shared,
        _member("main.sh", b"#!/bin/sh\ncat lib/data\n", mode=0o755),
        _member("lib/data", b"from the package\n"),
        _member("link", b"", type=tarfile.SYMTYPE, linkname="lib/data"),
    )
    assert shared.run("a.1", "./main.sh && cat link", package=PACKAGE).exit_code == 0
    assert shared.stdout("a.1") == "from the package\n" * 2


_UNSAFE = {
    "parent": _member("../outside"),
    "hidden parent": _member("a/../../outside"),
    "absolute link": _member("link", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "relative link": _member("link", b"", type=tarfile.SYMTYPE, linkname="../../lock"),
    "hard link": _member("link", b"", type=tarfile.LNKTYPE, linkname="../lock"),
    "device": _member("null", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    "pipe": _member("pipe", b"", type=tarfile.FIFOTYPE),
}


def _is_gone(path: Path) -> bool:
    return not path.exists()


def test_package_with_an_unsafe_member_is_refused(shared: Bench) -> None:
    for number, (kind, member) in enumerate(_UNSAFE.items()):
        _put_package(shared, _member("first"), member)
        name = f"a.{number}"
        receipt = shared.run(name, "true", package=PACKAGE)
        assert (receipt.reason, receipt.exit_code) == ("failed", 0), kind
        assert receipt.error_code == "InvalidPackagePath", kind
        assert receipt.error_message.startswith(f"PackagePath {PACKAGE}: the member "), kind
        assert repr(member[0].name) in receipt.error_message, kind
        wait_until(partial(_is_gone, shared.work(name).parent), "the shim has cleaned up")
        assert not list(shared.data_dir.rglob("outside")), kind


def test_absolute_member_stays_in_the_working_directory(shared: Bench) -> None:
    _put_package(shared, _member("/absolute/outside", b"in\n"))
    assert shared.run("a.1", "cat absolute/outside", package=PACKAGE).exit_code == 0
    assert not Path("/absolute").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such object"), (b"not a tar", "gzip"), (b"\x1f\x8b\x08\x00half", "gzip")],
)
def test_unusable_package_fails_with_its_address(
    shared: Bench, content: bytes | None, words: str
) -> None:
    if content is not None:
        shared.objects.put_bytes(content, PACKAGE)
    receipt = shared.run("a.1", "true", package=PACKAGE)
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidPackagePath")
    assert PACKAGE in receipt.error_message
    assert words in receipt.error_message


def _place(bench: Bench, tmp_path: Path, name: str) -> str:
    """Return a path that programs can be given; in a namespace also one that the host lacks."""
    return f"/home/{name}" if bench.isolation == "namespace" else str(tmp_path / "places" / name)


def _pair(field: str, local: str, address: str) -> dict[str, dict[str, str]]:
    if field == "InputMapping":
        return {"input_mapping": {address: local}}
    return {field.replace("M", "_m").lower(): {local: address}}


def test_inputs_are_seen_and_protected(shared: Bench, tmp_path: Path) -> None:
    shared.objects.put_bytes(b"one\n", "oss://b/in/one")
    shared.objects.put_bytes(b"two\n", "oss://b/in/deep/two")
    folder, file = _place(shared, tmp_path, "in"), _place(shared, tmp_path, "file")
    mapping = {"oss://b/in/": f"{folder}/", "oss://b/in/one": file, "oss://none/": "input/"}
    receipt = shared.run(
        "a.1", f"cat {folder}/one {folder}/deep/two {file}; ls -A input", input_mapping=mapping
    )
    assert receipt.exit_code == 0
    assert shared.stdout("a.1") == "one\ntwo\none\n"
    if shared.isolation == "namespace":
        shared.run("a.2", f"echo x > {folder}/one; echo x > {folder}/new", input_mapping=mapping)
        assert shared.stderr("a.2").count("Read-only") == 2
    else:
        assert not os.path.lexists(folder)
        assert not os.path.lexists(tmp_path / "places")
    assert shared.objects.read_range("oss://b/in/one") == b"one\n"


_CHANGES = (
    "echo changed > $IN/one; echo changed > $FILE",
    "echo changed | tee $IN/deep/two",
    "sed -i s/o/x/ $IN/one $FILE",
    "rm -rf $IN/one $IN/deep $FILE",
    "mv $IN/deep $IN/moved",
    "echo new > $IN/new; mkdir $IN/deep/new && echo new > $IN/deep/new/er",
    "chmod -R 0 $IN $FILE",
)


@pytest.mark.parametrize("inside", [True, False])
def test_program_cannot_change_its_inputs_in_the_store(
    shared: Bench, tmp_path: Path, inside: bool
) -> None:
    for key in ("one", "deep/two", "file"):
        shared.objects.put_bytes(key.encode(), f"oss://b/in/{key}")
    modes = {path: path.stat().st_mode for path in (shared.buckets() / "b").rglob("*")}
    folder = "data" if inside else _place(shared, tmp_path, "in")
    file = "single" if inside else _place(shared, tmp_path, "file")
    for number, change in enumerate(_CHANGES):
        receipt = shared.run(
            f"a.{number}",
            f"cat $IN/one $IN/deep/two $FILE; {change}; true",
            environment={"IN": folder, "FILE": file},
            input_mapping={"oss://b/in/": f"{folder}/", "oss://b/in/file": file},
        )
        assert (receipt.reason, receipt.exit_code) == ("exited", 0), change
        assert shared.stdout(f"a.{number}").startswith("onedeep/twofile"), change
        found = {
            info.address: shared.objects.read_range(info.address).decode()
            for info in shared.objects.list_prefix("oss://b/")
        }
        assert found == {f"oss://b/in/{key}": key for key in ("one", "deep/two", "file")}, change
        assert {path: path.stat().st_mode for path in modes} == modes, change


def test_inputs_are_as_on_a_mount(shared: Bench, tmp_path: Path) -> None:
    shared.objects.put_bytes(b"#!/bin/sh\necho bytes\n", "oss://b/in/bytes")
    (tmp_path / "script").write_text("#!/bin/sh\necho file\n")
    shared.objects.put_file(tmp_path / "script", "oss://b/in/file")
    shared.objects.copy("oss://b/in/file", "oss://b/in/copy")
    place = _place(shared, tmp_path, "in")
    # What is found can be read and executed.
    command = f"cd {place} && ./bytes && ./file && ./copy"
    mapping = {"oss://b/in/": f"{place}/"}
    receipt = shared.run("a.1", command, input_mapping=mapping)
    assert receipt.exit_code == 0, shared.stderr("a.1")
    assert shared.stdout("a.1") == "bytes\nfile\nfile\n"
    if shared.isolation == "process-group":
        # In a copy nothing but its mode says that it is not to be written to; new files may be.
        command = f"cd {place} && stat --format %A file && echo more > new && cat new"
        assert shared.run("a.2", command, input_mapping=mapping).exit_code == 0
        assert shared.stdout("a.2") == "-r-xr-xr-x\nmore\n"


def test_input_that_is_missing_fails_with_its_field(shared: Bench, tmp_path: Path) -> None:
    place = _place(shared, tmp_path, "file")
    receipt = shared.run("a.1", "true", input_mapping={"oss://b/none": place})
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidInputMapping")
    assert receipt.error_message.startswith(f"InputMapping {place} (oss://b/none): ")


def test_outputs_are_uploaded_after_success_only(shared: Bench, tmp_path: Path) -> None:
    folder, file = _place(shared, tmp_path, "out"), _place(shared, tmp_path, "result")
    command = (
        f"mkdir -p {folder}/deep own; echo 1 > {folder}/deep/a; echo 2 > {file}.new;"
        f"mv {file}.new {file}; echo 3 > own/c; ln -s c own/d"
    )
    mapping = {f"{folder}/": "oss://b/out/", file: "oss://b/result", "own/": "oss://b/own/"}
    assert shared.run("a.1", f"{command}; exit 1", output_mapping=mapping).exit_code == 1
    assert shared.objects.list_prefix("oss://b/") == []
    receipt = shared.run("a.2", command, output_mapping=mapping)
    assert (receipt.reason, receipt.exit_code, receipt.error_message) == ("exited", 0, "")
    found = {info.address: shared.objects.read_range(info.address) for info in
             shared.objects.list_prefix("oss://b/")}  # fmt: skip
    assert found == {
        "oss://b/out/deep/a": b"1\n",
        "oss://b/own/c": b"3\n",
        "oss://b/own/d": b"3\n",
        "oss://b/result": b"2\n",
    }


def test_input_inside_an_output_is_not_uploaded(shared: Bench) -> None:
    shared.objects.put_bytes(b"one\n", "oss://b/in/one")
    receipt = shared.run(
        "a.1",
        "cp out/one out/two",
        input_mapping={"oss://b/in/one": "out/one"},
        output_mapping={"out/": "oss://b/out/"},
    )
    assert (receipt.reason, receipt.exit_code, receipt.error_message) == ("exited", 0, "")
    assert [info.address for info in shared.objects.list_prefix("oss://b/out/")] == [
        "oss://b/out/two"
    ]


def test_output_that_is_missing_is_told_and_is_no_failure(shared: Bench, tmp_path: Path) -> None:
    place = _place(shared, tmp_path, "result")
    mapping = {place: "oss://b/result", f"{place}-2": "oss://b/result-2"}
    receipt = shared.run("a.1", f"echo 2 > {place}-2", output_mapping=mapping)
    assert (receipt.reason, receipt.exit_code, receipt.error_code) == ("exited", 0, "")
    assert receipt.detail == f"The program did not leave these outputs: {place} (oss://b/result)"
    assert shared.objects.read_range("oss://b/result-2") == b"2\n"


def test_output_folder_that_cannot_be_read_is_not_left_out(shared: Bench) -> None:
    """Its path is longer than paths can be, so that nobody can name what is in it."""
    step = "a" * 250
    command = f"mkdir out; cd out; for n in {'n ' * 20}; do mkdir {step}; cd -P {step}; done; true"
    receipt = shared.run("a.1", command, output_mapping={"out/": "oss://b/out/"})
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidOutputMapping")
    assert "cannot be read: File name too long" in receipt.error_message


@pytest.mark.parametrize("link", ["/etc/passwd", "../../lock", "nothing"])
def test_output_link_that_leads_out_is_refused(shared: Bench, link: str) -> None:
    receipt = shared.run(
        "a.1", f"mkdir out; ln -s {link} out/link", output_mapping={"out/": "oss://b/out/"}
    )
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidOutputMapping")
    assert "'link' is a symbolic link" in receipt.error_message
    assert shared.objects.list_prefix("oss://b/") == []


@pytest.mark.parametrize("place", ["out", "outer/out"])
def test_output_directory_that_became_a_link_uploads_nothing_of_others(
    shared: Bench, place: str
) -> None:
    shared.objects.put_bytes(b"secret", "oss://secrets/in")
    root = shared.objects.folder
    top = place.partition("/")[0]
    receipt = shared.run(
        "a.1",
        f"rm -r {top}; ln -s {root if top == place else Path(str(root)).parent} {top}",
        output_mapping={f"{place}/": "oss://b/out/", f"{place}/secrets/in": "oss://b/one"},
    )
    assert receipt.exit_code == 0
    assert shared.objects.list_prefix("oss://b/") == []


@pytest.mark.parametrize("end", ["exit 0", "exit 7", "kill -SEGV $$"])
def test_logs_are_uploaded_after_every_end(shared: Bench, tmp_path: Path, end: str) -> None:
    place = _place(shared, tmp_path, "app.log")
    folder = os.path.dirname(place)
    shared.run(
        "a.1",
        f"mkdir -p {folder}; echo line > {place}; echo own > own.log; {end}",
        log_mapping={place: "oss://b/log", "own.log": "oss://b/own", "none.log": "oss://b/none"},
    )
    assert shared.objects.read_range("oss://b/log") == b"line\n"
    assert shared.objects.read_range("oss://b/own") == b"own\n"
    assert len(shared.objects.list_prefix("oss://b/")) == 2


@pytest.mark.parametrize(
    ("local", "address", "words"),
    [
        ("/proc/in/", "oss://b/in/", "needed by the system"),
        ("/", "oss://b/in/", "needed by the system"),
        ("/x/in", "oss://b/../in", "segment"),
        ("/x/in", "b/in", "starts with"),
    ],
)
def test_impossible_mapping_fails_with_its_field(
    shared: Bench, local: str, address: str, words: str
) -> None:
    for name, field in (("a.1", "input_mapping"), ("a.2", "output_mapping")):
        pair = (address, local) if field == "input_mapping" else (local, address)
        receipt = shared.run(name, "true", **{field: dict([pair])})
        label = "InputMapping" if field == "input_mapping" else "OutputMapping"
        assert (receipt.reason, receipt.error_code) == ("failed", f"Invalid{label}")
        assert receipt.error_message.startswith(f"{label} ")
        assert words in receipt.error_message


def test_mapping_into_a_directory_of_the_host_keeps_the_rest_of_it(shared: Bench) -> None:
    if shared.isolation != "namespace":
        pytest.skip("without namespaces this would write to the host")
    shared.objects.put_bytes(b"one\n", "oss://b/in")
    receipt = shared.run(
        "a.1",
        "cat /usr/input && echo 2 > /usr/output/x && echo 3 > /result && ls /usr/bin/env",
        input_mapping={"oss://b/in": "/usr/input"},
        output_mapping={"/usr/output/": "oss://b/out/", "/result": "oss://b/result"},
    )
    assert (receipt.reason, receipt.exit_code) == ("exited", 0), shared.stderr("a.1")
    assert shared.objects.read_range("oss://b/out/x") == b"2\n"
    assert shared.objects.read_range("oss://b/result") == b"3\n"
    assert not Path("/usr/output").exists()
    assert not Path("/result").exists()


def test_taken_place_fails_without_namespaces(shared: Bench, tmp_path: Path) -> None:
    if shared.isolation == "namespace":
        pytest.skip("in a namespace every place is free")
    (tmp_path / "taken").write_text("mine")
    shared.objects.put_bytes(b"one\n", "oss://b/in")
    receipt = shared.run("a.1", "true", input_mapping={"oss://b/in": str(tmp_path / "taken")})
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidInputMapping")
    assert "something is in its place" in receipt.error_message
    assert (tmp_path / "taken").read_text() == "mine"


def test_attempts_with_the_same_place_do_not_disturb_each_other(
    shared: Bench, tmp_path: Path
) -> None:
    place = _place(shared, tmp_path, "out")
    for number in range(4):
        shared.start(
            f"a.{number}",
            f"echo {number} > {place}/x; sleep 0.05",
            worker_id=f"vm-{number}",
            output_mapping={f"{place}/": f"oss://b/{number}/"},
        )
    for number in range(4):
        assert shared.events.receipt(f"a.{number}").exit_code == 0
        assert shared.objects.read_range(f"oss://b/{number}/x") == f"{number}\n".encode()


_NEEDED = (
    *(("InputMapping", f"{place}/") for place in ("/usr", "/bin", "/lib", "/lib64")),
    *(("OutputMapping", f"{place}/") for place in ("/usr", "/bin/../usr/bin", "/usr/lib")),
    *((field, "/bin/sh") for field in ("InputMapping", "OutputMapping", "LogMapping")),
)


def test_mapping_onto_what_a_command_needs_is_refused(shared: Bench) -> None:
    for number, (field, place) in enumerate(_NEEDED):
        end = "/" if place.endswith("/") else ""
        receipt = shared.run(f"a.{number}", "true", **_pair(field, place, f"oss://b/in{end}"))
        assert (receipt.reason, receipt.error_code) == ("failed", f"Invalid{field}")
        named = f"{field} {os.path.normpath(place)} (oss://b/in{end})"
        assert receipt.error_message.startswith(named)
        assert "needed by the system" in receipt.error_message
        assert os.path.exists("/bin/sh")


def test_mapping_into_the_data_of_the_service_is_refused(
    isolation: Isolation, visible: Path
) -> None:
    # As with a folder of the objects that is a link to another disk.
    objects = open_store(visible / "disk")
    data = visible / "data"
    executor = EmbeddedExecutor(
        data / "executor", objects, boot_seconds=0.0, isolation=isolation, private=data
    )
    events = Events()
    executor.open(events)
    try:
        executor.request_workers("pool", {"vm": True})
        places = ("data", "data/credentials", "disk/b")
        fields = ("InputMapping", "OutputMapping", "LogMapping")
        for number, (below, field) in enumerate(itertools.product(places, fields)):
            pair = _pair(field, f"{visible}/{below}/", "oss://b/in/")
            name = f"a.{number}"
            executor.start([Attempt(name, "pool", "vm", "true", **pair)])  # type: ignore[arg-type]
            receipt = events.receipt(name)
            assert (receipt.reason, receipt.error_code) == ("failed", f"Invalid{field}")
            assert receipt.error_message == (
                f"{field} {visible}/{below} (oss://b/in/): the service's own data are there"
            )
            assert not (visible / "data" / "credentials").exists()
    finally:
        executor.close(stop_attempts=True)


def test_input_around_the_working_directory_leaves_it_visible(shared: Bench) -> None:
    shared.objects.put_bytes(b"one\n", "oss://b/in/one")
    place = shared.data_dir.parent
    receipt = shared.run(
        "a.1",
        f"ls {place}; echo out > file; cat {place}/one file",
        input_mapping={"oss://b/in/": f"{place}/"},
    )
    if shared.isolation == "namespace":
        assert (receipt.reason, receipt.exit_code) == ("exited", 0), receipt
        assert shared.stdout("a.1") == "data\none\none\nout\n"
        return
    assert (receipt.reason, receipt.error_code) == ("failed", "InvalidInputMapping")
    assert receipt.error_message.startswith(f"InputMapping {place} (oss://b/in/): ")
    assert "something is in its" in receipt.error_message


def test_sandbox_that_cannot_be_built_is_no_exit_code(shared: Bench) -> None:
    if shared.isolation != "namespace":
        pytest.skip("there is no sandbox")
    shared.objects.put_bytes(b"one\n", "oss://b/usr/one")
    receipt = shared.run("a.1", "true", input_mapping={"oss://b/usr/": f"/home/{'x' * 300}/"})
    assert (receipt.reason, receipt.exit_code) == ("failed", 0)
    assert receipt.error_code == "SandboxFailed"
    assert "bwrap" in receipt.detail


def test_input_without_a_slash_is_the_object_or_else_the_directory(
    shared: Bench, visible: Path
) -> None:
    shared.objects.put_bytes(b"one ", "oss://b/object")
    shared.objects.put_bytes(b"two", "oss://b/folder/file")
    file, folder = str(visible / "object"), str(visible / "folder")
    mapping = {"oss://b/object": file, "oss://b/folder": folder}
    receipt = shared.run("a.1", f"cat {file} {folder}/file", input_mapping=mapping)
    assert (receipt.exit_code, receipt.error_message) == (0, "")
    assert shared.stdout("a.1") == "one two"
