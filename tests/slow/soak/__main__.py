"""Keep a service busy and break it again and again; then say whether anything has grown or is lost.

python -m tests.slow.soak --seconds 600
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from tests.emulator.serving import KEY, Serve
from tests.emulator.wire import Wire
from tests.slow.resilience.disks import Disk
from tests.slow.shims import AGENT
from tests.slow.soak.faults import Faults, parts_of
from tests.slow.soak.measure import Life, count_files, look_at, size_of
from tests.slow.soak.work import ABANDONED, ENDS, NOT_WRITTEN, Work

#: Jobs that the service keeps; older ones are archived and leave.
_KEPT: Final = 200
#: MiB of the disk, and of it below which new programs wait.
_DISK, _RESERVE = 512, 64
#: Seconds between two looks at the processes.
_LOOK: Final = 2.0
#: Seconds that a process has to live for its growth to say something.
_LEAST_LIFE: Final = 60.0
#: How much something may grow in one life after its warm-up: memory in bytes or in proportion.
_MOST_MEMORY, _MOST_SHARE, _MOST_FILES, _MOST_THREADS = 8 << 20, 0.1, 10, 5
_PATIENCE: Final = 300.0


class Soak:
    """One run.

    Attributes:
        problems: What is not as it should be.
    """

    def __init__(self, folder: Path, seconds: float, rate: float, seed: int) -> None:
        """Name the parts; `run` starts them."""
        self.problems: list[str] = []
        self._folder = folder
        self._data = folder / "data"
        self._seconds = seconds
        self._rate = rate
        self._seed = seed
        self._clock = folder / "clock"
        self._clock.write_text("0")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self._disk: Disk | None = None
        self._server: Serve | None = None
        self._work: Work | None = None
        self._faults: Faults | None = None
        self._lives: list[Life] = []
        self._checked: dict[str, str] = {}
        self._abandoned = 0
        self._not_written: set[str] = set()
        self._sizes: list[tuple[float, int, int]] = []
        self._over = threading.Event()

    def run(self) -> None:
        """Run it all."""
        self._begin()
        try:
            work = self._work = Work(f"http://127.0.0.1:{self._port}", KEY)
            wire = work.wire()
            work.cluster = wire.cluster(4)
            wire.close()
            threads = [
                threading.Thread(target=work.submit, args=(self._rate / 2, self._seed)),
                threading.Thread(target=work.submit, args=(self._rate / 2, self._seed + 1)),
                threading.Thread(target=work.go_away, args=(self._seed,)),
            ]
            watching = threading.Thread(target=self._watch)
            for thread in (*threads, watching):
                thread.start()
            faults = self._break()
            work.stop.set()
            for thread in threads:
                thread.join()
            self._settle(work)
            self._over.set()
            watching.join()
            self._check(work)
            self._report(work, faults)
        finally:
            self._over.set()
            self._end()

    # -- the service ----------------------------------------------------------------------------

    def _begin(self) -> None:
        self._data.mkdir()
        try:
            self._disk = Disk(self._serve, self._data, f"{_DISK}m")
            self._server = self._disk.server
        except Exception as error:
            _say(f"no disk is filled, as this user may not mount one: {error}")
            self._server = self._serve()

    def _serve(self, *options: str, within: Any = ()) -> Serve:
        stepped = [sys.executable, "-m", "tests.slow.soak.stepped", str(self._clock)]
        return Serve(
            self._data,
            *("--port", str(self._port), "--isolation", "process-group"),
            *("--keep-jobs", str(_KEPT), "--keep-log-days", "1"),
            *("--archive-jobs", "oss://archive/jobs/", "--disk-reserve", str(_RESERVE)),
            *("--log-level", "warning"),
            *options,
            within=[*within, *stepped],
        )

    def _restart(self, number: int) -> None:
        assert self._server is not None
        self._server.wire.close()
        process = self._server.process
        process.send_signal(number)
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()
        if self._disk is None:
            self._server = self._serve()
        else:
            self._disk.start()
            self._server = self._disk.server

    def _end(self) -> None:
        self._stop()
        if self._disk is not None:
            self._disk.close()

    def _stop(self) -> None:
        if self._server is not None and self._server.process.poll() is None:
            self._server.end()

    @property
    def _seen(self) -> Path:
        """The data folder, as this process reaches it."""
        return self._data if self._disk is None else self._disk.folder

    # -- faults ---------------------------------------------------------------------------------

    def _break(self) -> Faults:
        disk = None if self._disk is None else self._disk.folder
        faults = self._faults = Faults(
            self._data, self._seen, self._clock, disk, _RESERVE << 20, self._restart, self._seed
        )
        total = self._seconds
        # Long lives of the server, so that what grows can be seen.
        plan: list[tuple[float, Any]] = []
        for every, fault in (
            (max(60.0, total / 4), faults.kill_server),
            (max(40.0, total / 6), faults.kill_agent),
            (15.0, faults.kill_part),
            (30.0, faults.step_clock),
            (50.0, lambda: faults.fill_disk(6.0, wholly=False)),
            (110.0, lambda: faults.fill_disk(3.0, wholly=True)),
        ):
            plan += [(at * every, fault) for at in range(1, int((total - 20) / every) + 1)]
        began = time.monotonic()
        for at, fault in sorted(plan, key=lambda each: each[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            fault()
        time.sleep(max(0.0, began + total - time.monotonic()))
        return faults

    def _watch(self) -> None:
        """Look at the processes, and read and remove what was archived."""
        current: dict[str, Life] = {}
        while not self._over.wait(_LOOK):
            server = self._server
            pids = {"server": server.process.pid if server is not None else 0}
            # The oldest is the one that stays, if another one is just being started.
            pids["agent"] = min(parts_of(self._data, AGENT), default=0)
            for name, pid in pids.items():
                if pid and (found := look_at(pid)) is not None:
                    life = current.get(name)
                    if life is None or life.process != pid:
                        life = current[name] = Life(name, pid)
                        self._lives.append(life)
                    life.add(found)
            with suppress(OSError):
                size = size_of(self._seen / "service.db")
                self._sizes.append((time.monotonic(), size, count_files(self._seen)))
            self._read_archive()

    def _read_archive(self) -> None:
        for path in self._seen.glob("objects/archive/jobs/*/*.jsonl"):
            with suppress(FileNotFoundError):
                lines = [json.loads(line) for line in path.read_text().splitlines()]
                self._look_at(lines[0], sum(line["Kind"] == "Instance" for line in lines))
                path.unlink()

    # -- the end --------------------------------------------------------------------------------

    def _settle(self, work: Work) -> None:
        """Wait until all jobs have ended, and as many are left as are kept."""
        deadline = time.monotonic() + _PATIENCE
        wire = work.wire()
        while True:
            found = [
                work.call(wire, "GET", f"/jobs?State={state}").json()["Items"]
                for state in ("Waiting", "Running")
            ]
            if not any(found) and len(list(self._jobs(work, wire))) <= _KEPT:
                break
            if time.monotonic() > deadline:
                self.problems.append(f"jobs go on: {[job for page in found for job in page][:3]}")
                break
            time.sleep(1)
        wire.close()

    def _jobs(self, work: Work, wire: Wire) -> Iterator[dict[str, Any]]:
        """Yield the jobs that are there."""
        marker = ""
        while True:
            page = work.call(wire, "GET", f"/jobs?MaxItemCount=100&Marker={marker}").json()
            yield from page["Items"]
            marker = page["NextMarker"]
            if not marker:
                return

    def _look_at(self, job: dict[str, Any], instances: int) -> None:
        """Check a job that has ended."""
        name, state = job["Name"], job["State"]
        if name == ABANDONED:
            self._abandoned += job["Id"] not in self._checked
        elif state != ENDS[name] and self._met_the_full_disk(job):
            self._not_written.add(job["Id"])
        elif state != ENDS[name]:
            self.problems.append(f"{job['Id']} ({name}) is {state}: {job['Message']}")
        counted = sum(job["InstanceMetrics"].values())
        if instances != counted:
            self.problems.append(f"{job['Id']} counts {counted} instances and has {instances}")
        self._checked[job["Id"]] = name

    def _met_the_full_disk(self, job: dict[str, Any]) -> bool:
        """Tell whether a job failed since it could not write, and that while the disk was full."""
        message = job["Message"]
        words = ("No space left", f"exited with code {NOT_WRITTEN}.")
        if self._work is None or self._faults is None or not any(map(message.count, words)):
            return False
        # A job whose answer was lost with a killed server is not known here.
        return self._work.accepted_at.get(job["Id"], 0.0) <= self._faults.last_full

    def _check(self, work: Work) -> None:
        self._read_archive()
        self.problems += work.errors
        wire = work.wire()
        kept: set[str] = set()
        for job in self._jobs(work, wire):
            tasks = work.call(wire, "GET", f"/jobs/{job['Id']}/tasks").json()["Items"]
            self._look_at(job, sum(sum(each["InstanceMetrics"].values()) for each in tasks))
            kept.add(job["Id"])
        wire.close()
        lost = set(work.accepted) - set(self._checked)
        if lost:
            self.problems.append(f"{len(lost)} jobs were lost: {sorted(lost)[:3]}")
        made = {job for job, name in self._checked.items() if name != ABANDONED}
        if made - set(work.accepted):
            self.problems.append(f"jobs that nobody has made: {sorted(made)[:3]}")
        # Nothing changes any more.
        self._stop()
        self._check_rows()
        self._check_files(kept)
        for life in self._lives:
            self._check_life(life)

    def _check_rows(self) -> None:
        # SQLite does not find its way into the mounts of another process.
        copy = self._folder / "copy.db"
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copy(self._seen / f"service.db{suffix}", f"{copy}{suffix}")
        with closing(sqlite3.connect(copy)) as connection:
            for table in (
                "tasks",
                "task_plans",
                "job_descriptions",
                "instances",
                "earlier_attempts",
                "logless_jobs",
            ):
                query = f"SELECT count(*) FROM {table} WHERE job_seq NOT IN (SELECT seq FROM jobs)"
                if (count := connection.execute(query).fetchone()[0]) != 0:
                    self.problems.append(f"{count} rows of {table} belong to no job")
            if (count := connection.execute("SELECT count(*) FROM attempts").fetchone()[0]) != 0:
                self.problems.append(f"{count} attempts are in flight, and nothing runs")

    def _check_files(self, kept: set[str]) -> None:
        logs = [path.name for path in (self._seen / "objects/bucket/logs").glob("*")]
        left = [name for name in logs if name.split(".")[1] not in kept]
        if left:
            self.problems.append(f"{len(left)} logs of jobs that are gone: {left[:3]}")
        attempts = [
            path for path in (self._seen / "executor").rglob("job-*") if path.name.count(".") == 3
        ]
        if attempts:
            self.problems.append(f"{len(attempts)} attempts are kept: {attempts[:3]}")

    def _check_life(self, life: Life) -> None:
        if life.seconds < _LEAST_LIFE:
            return
        memory = max(_MOST_MEMORY, _MOST_SHARE * life.typical("memory"))
        for what, most in (
            ("memory", memory),
            ("files", _MOST_FILES),
            ("threads", _MOST_THREADS),
        ):
            if (growth := life.growth(what)) > most:
                self.problems.append(
                    f"{what} of the {life.name} grew by {growth:.0f} within {life.seconds:.0f} s"
                )

    def _report(self, work: Work, faults: Faults) -> None:
        _say(
            f"jobs: {len(work.accepted)} accepted and checked, {self._abandoned} abandoned; "
            f"{len(self._not_written)} failed as they could not write"
        )
        _say(f"answers: {dict(sorted(work.answers.items()))}")
        _say(f"faults: {dict(sorted(faults.done.items()))}")
        for life in self._lives:
            if life.seconds >= _LEAST_LIFE:
                memory, growth = life.typical("memory") / 2**20, life.growth("memory") / 2**20
                _say(
                    f"{life.name}, {life.seconds:.0f} s: {memory:.1f} MiB ({growth:+.2f}), "
                    f"{life.typical('files'):.0f} files ({life.growth('files'):+.1f}), "
                    f"{life.typical('threads'):.0f} threads ({life.growth('threads'):+.1f}), "
                    f"{100 * life.processor / life.seconds:.1f} % of a processor"
                )
        third = len(self._sizes) // 3
        for name, part in (
            ("early", self._sizes[third : 2 * third]),
            ("late", self._sizes[-third:]),
        ):
            if part:
                size = max(each[1] for each in part) / 2**20
                files = max(each[2] for each in part)
                _say(f"{name}: database {size:.1f} MiB at the most, {files} files at the most")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=1.0, help="jobs per second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the data go; stays (default: gone)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as made:
        folder = options.folder or Path(made)
        folder.mkdir(exist_ok=True)
        soak = Soak(folder, options.seconds, options.rate, options.seed)
        began = time.monotonic()
        soak.run()
    _say(f"{time.monotonic() - began:.0f} s, {len(soak.problems)} problems")
    for problem in soak.problems[:50]:
        _say(f"  {problem}")
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
