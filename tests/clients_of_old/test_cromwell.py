"""One call of a workflow, as Cromwell's backend for this API makes it: the same call, twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.raw import JAVA, OLD_JAVA, RawClient
from tests.emulator.wire import Wire

#: What is sent as the package: one file, whose first line is empty.
_WORKER = """
#!/bin/bash
export script=$cwd/$(basename $exec)
export rc=$cwd/rc

(
cp -rf $exec $script
cd $cwd
/bin/bash -c $script
)
"""

#: What the worker runs: the command with its bookkeeping, and the files that match a pattern.
_SCRIPT = """#!/bin/bash

cd {cwd}
tmpDir=$(mkdir -p "{cwd}/tmp.3f2c" && echo "{cwd}/tmp.3f2c")
chmod 777 "$tmpDir"
export TMPDIR="$tmpDir"
(
cd {cwd}
{command}
) > "{cwd}/stdout" 2> "{cwd}/stderr"
echo $? > {cwd}/rc.tmp
(
cd {cwd}
mkdir {cwd}/glob-1
echo "This file is not for you" > {cwd}/glob-1/cromwell_glob_control_file
( ln -L part-*.txt {cwd}/glob-1 2> /dev/null ) || ( ln part-*.txt {cwd}/glob-1 )
ls -1 {cwd}/glob-1 | grep -v cromwell_glob_control_file > {cwd}/glob-1.list
)
mv {cwd}/rc.tmp {cwd}/rc
"""


def _short(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()[:8]


class _Call:
    """A call of the task `count`, whose files are below `oss://bucket/wf/`."""

    def __init__(self, bucket: Path, prefix: str, name: str) -> None:
        self.bucket = bucket
        self.flow = f"wf/{name}"
        self.root = f"{self.flow}/call-count"
        self.cwd = f"{prefix}/cromwell_root/bucket/{self.root}"
        self.inputs = f"{prefix}/cromwell_inputs"
        self.disk = f"{prefix}/home/data/"
        # The script is written anew for every attempt, as a text file: the store knows no modes.
        self.exec = f"{self.inputs}/{_short(f'/bucket/{self.root}')}/script"

    def write(self, command: str) -> None:
        folder = self.bucket / self.root
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "worker").write_text(_WORKER)
        (folder / "script").write_text(_SCRIPT.format(cwd=self.cwd, command=command))
        reads = self.bucket / "data" / "reads.txt"
        reads.parent.mkdir(exist_ok=True)
        reads.write_text("a\nb\nc\n")

    @property
    def reads(self) -> str:
        return f"{self.inputs}/{_short('/bucket/data')}/reads.txt"

    @property
    def shared(self) -> str:
        """The folder of the workflow, with what other calls have left there."""
        return f"{self.inputs}/bucket/{self.flow}"

    def description(self) -> dict[str, Any]:
        """Return the job: the library leaves out whatever is zero, false or not set."""
        root = f"oss://bucket/{self.root}"
        outputs = ["rc", "stdout", "stderr", "count.txt", "sometimes.txt", "glob-1.list"]
        return {
            "Name": "cromwell_3f2c1b7e_count",
            "Description": "wf.count:NA:1",
            "Type": "DAG",
            "DAG": {
                "Tasks": {
                    "cromwell": {
                        "TaskName": "cromwell",
                        "Parameters": {
                            "Command": {
                                "CommandLine": "./worker",
                                "PackagePath": f"{root}/worker",
                                "EnvVars": {
                                    "cwd": self.cwd,
                                    "exec": self.exec,
                                    "stdout": f"{self.cwd}/stdout",
                                    "stderr": f"{self.cwd}/stderr",
                                },
                            },
                            "StdoutRedirectPath": f"{root}/bcs-stdout/",
                            "StderrRedirectPath": f"{root}/bcs-stderr/",
                        },
                        "InstanceCount": 1,
                        "Timeout": 600,
                        "AutoCluster": {
                            "ImageId": "img-ubuntu-vpc",
                            "InstanceType": "ecs.sn1.medium",
                            "ResourceType": "OnDemand",
                            "Configs": {
                                "Disks": {
                                    "SystemDisk": {"Type": "cloud", "Size": 40},
                                    "DataDisk": {
                                        "Type": "cloud",
                                        "Size": 250,
                                        "MountPoint": self.disk,
                                    },
                                },
                                "Networks": {
                                    "VPC": {"CidrBlock": "172.16.16.0/20", "VpcId": "vpc-test"}
                                },
                            },
                        },
                        "InputMapping": {
                            "oss://bucket/data/reads.txt": self.reads,
                            f"{root}/script": self.exec,
                            f"oss://bucket/{self.flow}/": f"{self.shared}/",
                        },
                        "OutputMapping": {
                            **{f"{self.cwd}/{name}": f"{root}/{name}" for name in outputs},
                            f"{self.cwd}/glob-1/": f"{root}/glob-1/",
                        },
                        # A single file of the folder that is mounted as a whole.
                        "Mounts": {
                            "Entries": [
                                {
                                    "Source": f"{root}/script",
                                    "Destination": f"{self.shared}/call-count/script",
                                },
                                {
                                    "Source": f"oss://bucket/{self.flow}/",
                                    "Destination": f"{self.shared}/",
                                    "WriteSupport": True,
                                },
                                {
                                    "Source": "oss://bucket/data/reads.txt",
                                    "Destination": f"{self.shared}/call-count/inputs/reads.txt",
                                },
                            ]
                        },
                    }
                }
            },
        }

    def results(self) -> dict[str, str]:
        """Return what the call has left in the store, without its streams."""
        folder = self.bucket / self.root
        return {
            str(path.relative_to(folder)): path.read_text()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "bcs-std" not in str(path)
        }


@pytest.fixture
def call(bucket: Path, prefix: str, request: pytest.FixtureRequest) -> _Call:
    return _Call(bucket, prefix, _short(request.node.nodeid))


@pytest.fixture
def run(wire: Wire) -> Callable[[_Call, RawClient], Any]:
    """Return how to run a call as Cromwell does: create, poll, fetch, delete."""

    def run_call(call: _Call, client: RawClient) -> Any:
        made = client.send("POST", "/jobs", call.description())
        assert made.status == 201, made.body
        job = made.json["Id"]
        ended = wire.ended(job)
        instance = wire.instances(job, "cromwell")[0]
        assert ended["State"] == "Finished", instance
        assert client.send("DELETE", f"/jobs/{job}").status == 204
        return instance

    return run_call


@pytest.mark.parametrize("habits", [JAVA, OLD_JAVA], ids=lambda habits: habits.name)
def test_the_same_call_works_twice(
    call: _Call, wire: Wire, run: Callable[[_Call, RawClient], Any], habits: Any
) -> None:
    client = RawClient(wire, habits)
    other = call.bucket / call.flow / "call-before" / "table.txt"
    for number in (1, 2):
        call.write(
            f"test ! -e left-over && touch left-over && wc -l < {call.reads} > count.txt\n"
            f"cat {call.shared}/call-before/table.txt\n"
            # Whatever a mapped folder holds can be written to, moved and made anew.
            f"echo changed > {call.shared}/call-before/table.txt\n"
            f"mkdir {call.shared}/call-count/made && cat {call.shared}/call-count/inputs/reads.txt"
            f" > {call.shared}/call-count/made/copy\n"
            f"echo {number} > part-a.txt; echo {number} > part-b.txt\n"
            f"echo on disk > {call.disk}file && cat {call.disk}file && exit 3"
        )
        other.parent.mkdir(exist_ok=True)
        other.write_text("of another call\n")
        before = {path: path.stat().st_mode for path in (other, call.bucket / call.root / "script")}

        instance = run(call, client)

        assert instance["Result"]["ExitCode"] == 0
        assert f"{call.cwd}/sometimes.txt" in instance["Result"]["Detail"]
        script = (call.bucket / call.root / "script").read_text()
        assert call.results() == {
            "count.txt": "3\n",
            "glob-1.list": "part-a.txt\npart-b.txt\n",
            "glob-1/cromwell_glob_control_file": "This file is not for you\n",
            "glob-1/part-a.txt": f"{number}\n",
            "glob-1/part-b.txt": f"{number}\n",
            "rc": "3\n",
            "script": script,
            "stderr": "",
            "stdout": "of another call\non disk\n",
            "worker": _WORKER,
        }
        assert other.read_text() == "of another call\n"
        assert {path: path.stat().st_mode for path in before} == before


def test_nothing_of_a_call_is_left_on_the_machine(
    call: _Call,
    wire: Wire,
    run: Callable[[_Call, RawClient], Any],
    prefix: str,
) -> None:
    call.write("touch count.txt part-1.txt; mkdir -p deep/er && touch deep/er/file")
    run(call, RawClient(wire, JAVA))
    assert not Path(prefix, "cromwell_root").exists()
    assert not Path(prefix, "cromwell_inputs").exists()
