"""Mappings and mounts as the vendor's examples and its command line write them."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.wire import Wire, task

COUNT = {"ImageId": "img-ubuntu", "ResourceType": "OnDemand"}


@pytest.fixture(scope="module")
def cluster(wire: Wire) -> str:
    return wire.cluster(4)


def _finish(wire: Wire, described: dict[str, Any]) -> Any:
    """Run a job of one task to its end, and return its instance."""
    job = wire.job({"t": described})
    ended = wire.ended(job)
    instance = wire.instances(job, "t")[0]
    assert ended["State"] == "Finished", instance
    return {**instance, "Job": job}


def _stored(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _stdout(bucket: Path, instance: Any) -> str:
    address: str = instance["StdoutRedirectPath"]
    return (bucket / address.removeprefix("oss://bucket/")).read_text()


def test_first_example_of_the_vendor(wire: Wire, bucket: Path, prefix: str, cluster: str) -> None:
    """Count words: a directory in and a directory out, with a slash in the store only."""
    (bucket / "count").mkdir()
    (bucket / "count" / "log.txt").write_text("INFO a\nWARN b\nINFO c\n")
    command = f"grep -c INFO {prefix}/home/input/log.txt > {prefix}/home/output/result.json"
    described = task(command, cluster)
    described["InputMapping"] = {"oss://bucket/count/": f"{prefix}/home/input"}
    described["OutputMapping"] = {f"{prefix}/home/output": "oss://bucket/count/"}
    _finish(wire, described)
    assert (bucket / "count" / "result.json").read_text() == "2\n"


@pytest.mark.parametrize(("ours", "theirs"), [("/", ""), ("", "/"), ("/", "/"), ("", "")])
def test_directories_with_and_without_a_slash(
    wire: Wire, bucket: Path, prefix: str, cluster: str, ours: str, theirs: str
) -> None:
    name = f"d{len(ours)}{len(theirs)}"
    (bucket / name / "deep").mkdir(parents=True)
    (bucket / name / "deep" / "file").write_text("in\n")
    local = f"{prefix}/home/{name}"
    described = task(
        f"mkdir -p {local}-out/new {local}-log; cat {local}/deep/file > {local}-out/new/file;"
        f"echo logged > {local}-log/a.log",
        cluster,
    )
    described["InputMapping"] = {f"oss://bucket/{name}{theirs}": f"{local}{ours}"}
    described["OutputMapping"] = {f"{local}-out{ours}": f"oss://bucket/{name}-out{theirs}"}
    described["LogMapping"] = {f"{local}-log{ours}": f"oss://bucket/{name}-log{theirs}"}
    job = _finish(wire, described)["Job"]
    assert _stored(bucket / f"{name}-out") == {"new/file": "in\n"}
    logs = {f"{name}-log.{job}.t.0/a.log": "logged\n"}
    assert _stored(bucket / f"{name}-log") == logs


def test_files_without_a_slash(wire: Wire, bucket: Path, prefix: str, cluster: str) -> None:
    (bucket / "single.txt").write_text("in\n")
    local = f"{prefix}/home/single"
    described = task(f"cp {local}.txt {local}.out", cluster)
    described["InputMapping"] = {"oss://bucket/single.txt": f"{local}.txt"}
    described["OutputMapping"] = {f"{local}.out": "oss://bucket/single.out"}
    _finish(wire, described)
    assert (bucket / "single.out").read_text() == "in\n"


@pytest.mark.parametrize("of", ["cluster", "task", "automatic cluster"])
def test_mounts_of_the_command_line(wire: Wire, bucket: Path, prefix: str, of: str) -> None:
    (bucket / "in" / "deep").mkdir(parents=True, exist_ok=True)
    (bucket / "in" / "deep" / "file").write_text("mounted\n")
    entry = {"Source": "oss://bucket/in/", "Destination": f"{prefix}/home/in"}
    more = {"Source": "oss://bucket/in/", "Destination": f"{prefix}/home/also"}
    none = {"Source": "oss://bucket/none", "Destination": f"{prefix}/home/none"}
    entries = [{**each, "WriteSupport": True} for each in (entry, more, none)]
    mounts = {"Mounts": {"Entries": entries}}
    command = f"cat {prefix}/home/in/deep/file {prefix}/home/also/deep/file; ls {prefix}/home/none"
    if of == "automatic cluster":
        described = task(command, AutoCluster={**COUNT, "Configs": mounts})
    else:
        made = wire.cluster(1, Configs=mounts if of == "cluster" else {})
        described = task(command, made)
    if of == "task":
        described.update(mounts)
    instance = _finish(wire, described)
    assert _stdout(bucket, instance) == "mounted\n" * 2


def test_mount_of_a_task_stands_before_that_of_its_cluster(
    wire: Wire, bucket: Path, prefix: str
) -> None:
    for name in ("mine", "theirs"):
        (bucket / name).mkdir()
        (bucket / name / "name").write_text(name)
    local = f"{prefix}/home/both"
    entries = [{"Source": "oss://bucket/theirs/", "Destination": f"{local}/"}]
    made = wire.cluster(1, Configs={"Mounts": {"Entries": entries}})
    described = task(f"cat {local}/name", made)
    described["InputMapping"] = {"oss://bucket/mine/": local}
    instance = _finish(wire, described)
    assert _stdout(bucket, instance) == "mine"


@pytest.mark.parametrize("how", ["task", "entry"])
def test_folder_to_write_to_with_an_output_in_it(
    wire: Wire, bucket: Path, prefix: str, cluster: str, how: str
) -> None:
    share = bucket / f"share-{how}"
    (share / "x" / "output").mkdir(parents=True)
    (share / "data").write_text("data\n")
    (share / "x" / "output" / "before").write_text("before\n")
    before = {path: path.stat().st_mode for path in share.rglob("*")}
    local = f"{prefix}/share/oss"
    described = task(
        f"cd {local} && cat data x/output/before && mkdir -p x/work/deep && echo 1 > x/work/deep/1"
        " && mv x/work/deep/1 x/output/result && ln -s result x/output/last"
        " && echo changed > data && rm x/output/before && mkdir new && echo 2 > new/file",
        cluster,
    )
    source = f"oss://bucket/{share.name}"
    if how == "task":
        described["WriteSupport"] = True
        described["InputMapping"] = {f"{source}/": f"{local}/"}
    else:
        entry = {"Source": f"{source}/", "Destination": f"{local}/", "WriteSupport": True}
        described["Mounts"] = {"Entries": [entry]}
    described["OutputMapping"] = {f"{local}/x/output/": f"{source}/x/output/"}
    _finish(wire, described)
    assert _stored(share) == {
        "data": "data\n",
        "x/output/before": "before\n",
        "x/output/last": "1\n",
        "x/output/result": "1\n",
    }
    assert {path: path.stat().st_mode for path in before} == before


def test_output_in_an_input_that_is_read_only(
    wire: Wire, bucket: Path, prefix: str, cluster: str, isolation: str
) -> None:
    (bucket / "read" / "old").mkdir(parents=True)
    (bucket / "read" / "old" / "file").write_text("old\n")
    local = f"{prefix}/home/read"
    described = task(
        f"cd {local}; echo 1 > new/deep/file; echo 2 > old/more; echo 3 > other; ls old", cluster
    )
    described["InputMapping"] = {"oss://bucket/read/": local}
    described["OutputMapping"] = {
        f"{local}/new/deep": "oss://bucket/read-new/",
        f"{local}/old": "oss://bucket/read-old/",
    }
    instance = _finish(wire, described)
    assert _stored(bucket / "read") == {"old/file": "old\n"}
    assert _stored(bucket / "read-new") == {"file": "1\n"}
    assert _stored(bucket / "read-old") == {"file": "old\n", "more": "2\n"}
    stderr = Path(bucket.parent, instance["StderrRedirectPath"].removeprefix("oss://"))
    assert ("Read-only" in stderr.read_text()) == (isolation == "namespace")


def test_result_that_is_the_directory_it_was_read_from(
    wire: Wire, bucket: Path, prefix: str, cluster: str
) -> None:
    (bucket / "both").mkdir()
    for name in ("kept", "changed"):
        (bucket / "both" / name).write_text("old\n")
    kept = (bucket / "both" / "kept").stat()
    local = f"{prefix}/home/both"
    described = task(f"echo new > {local}/changed; echo new > {local}/made", cluster)
    described["WriteSupport"] = True
    described["InputMapping"] = {"oss://bucket/both/": local}
    described["OutputMapping"] = {local: "oss://bucket/both/"}
    _finish(wire, described)
    assert _stored(bucket / "both") == {"changed": "new\n", "kept": "old\n", "made": "new\n"}
    # Another instance may have written it meanwhile.
    assert (bucket / "both" / "kept").stat().st_ino == kept.st_ino


def test_file_that_is_changed_in_its_place(
    wire: Wire, bucket: Path, prefix: str, cluster: str
) -> None:
    (bucket / "table").write_text("1\n")
    local = f"{prefix}/home/tables/table"
    described = task(f"echo 2 >> {local}; sed -i s/1/0/ {local}", cluster)
    described["InputMapping"] = {"oss://bucket/table": local}
    described["OutputMapping"] = {local: "oss://bucket/table-2"}
    _finish(wire, described)
    assert (bucket / "table").read_text() == "1\n"
    assert (bucket / "table-2").read_text() == "0\n2\n"


def test_inputs_are_files_that_can_be_read_run_and_copied(
    wire: Wire, bucket: Path, prefix: str, cluster: str
) -> None:
    folder = bucket / "tools"
    folder.mkdir()
    # Put there by any other means than the service, which knows no modes.
    for path in (folder / "run.sh", bucket / "alone.sh"):
        path.write_text("#!/bin/sh\necho ran\n")
        path.chmod(0o600)
    local, alone = f"{prefix}/home/tools", f"{prefix}/home/alone/script.sh"
    command = (
        f"set -e; test -f {alone}; test ! -L {alone}; test ! -L {local};"
        f"{alone}; {local}/run.sh; cp -rf {alone} copy.sh; cp -rf {alone} copy.sh; ./copy.sh;"
        f"cp -rf {local} tools; tools/run.sh; find {local} -name '*.sh' -type f -perm -u+x | wc -l"
    )
    for _ in range(2):
        described = task(command, cluster)
        described["InputMapping"] = {
            "oss://bucket/tools/": local,
            "oss://bucket/alone.sh": alone,
        }
        instance = _finish(wire, described)
        assert _stdout(bucket, instance) == "ran\n" * 4 + "1\n"
    assert (folder / "run.sh").stat().st_mode & 0o777 == 0o600


def test_links_of_a_program_lead_where_it_thinks(
    wire: Wire, bucket: Path, prefix: str, cluster: str
) -> None:
    (bucket / "linked").write_text("in\n")
    local = f"{prefix}/home/links"
    described = task(
        f"cd {local}; echo 1 > one; ln -s $PWD/one absolute; ln -s {prefix}/home/linked input;"
        "ln -s ../links/one around",
        cluster,
    )
    described["InputMapping"] = {"oss://bucket/linked": f"{prefix}/home/linked"}
    described["OutputMapping"] = {local: "oss://bucket/links/"}
    _finish(wire, described)
    assert _stored(bucket / "links") == {
        "absolute": "1\n",
        "around": "1\n",
        "input": "in\n",
        "one": "1\n",
    }


def test_output_that_is_a_link_to_a_file_beside_it(
    wire: Wire, bucket: Path, prefix: str, cluster: str
) -> None:
    local = f"{prefix}/home/beside"
    described = task(f"cd {local}; echo 1 > real; ln -s real relative; ln -s $PWD/real it", cluster)
    described["OutputMapping"] = {
        f"{local}/{name}": f"oss://bucket/beside/{name}" for name in ("relative", "it", "none")
    }
    instance = _finish(wire, described)
    assert _stored(bucket / "beside") == {"it": "1\n", "relative": "1\n"}
    assert instance["Result"]["Detail"] == (
        f"The program did not leave these outputs: {local}/none (oss://bucket/beside/none)"
    )


@pytest.mark.parametrize("kind", ["script", "compressed", "archive"])
def test_package_that_is_one_file(wire: Wire, bucket: Path, cluster: str, kind: str) -> None:
    package = bucket / "packages" / kind
    package.parent.mkdir(exist_ok=True)
    command = "./script"
    if kind == "script":
        package.write_text("\n#!/bin/bash\necho ran\n")
    elif kind == "compressed":
        package.write_bytes(gzip.compress(b"ran\n"))
        command = "zcat < compressed"
    else:
        # By its content, whatever its name.
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            member = tarfile.TarInfo("inner.sh")
            member.size, member.mode = 8, 0o755
            tar.addfile(member, io.BytesIO(b"echo ran"))
        package.write_bytes(buffer.getvalue())
        command = "./inner.sh"
    described = task(command, cluster)
    described["Parameters"]["Command"]["PackagePath"] = f"oss://bucket/packages/{kind}"
    instance = _finish(wire, described)
    assert _stdout(bucket, instance) == "ran\n"
