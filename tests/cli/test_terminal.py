"""What a person sees: tables of any width, colours, live views, hostile text, Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchcompute import Client
from batchcompute.server import LocalServer
from tests.cli.conftest import Run
from tests.cli.terminals import Terminal
from tests.emulator.wire import Wire


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_tables_fit_the_terminal(environ: dict[str, str], failed_job: str, columns: int) -> None:
    for arguments in (["jobs"], ["instances", failed_job], ["show", failed_job], ["images"]):
        with Terminal(*arguments, environ=environ, columns=columns, lines=60) as terminal:
            assert terminal.end() == 0, terminal.text
        assert terminal.scrolled == 0
        # A line that is too wide would be two on the screen.
        shown = terminal.raw.count(b"\r\n")
        if arguments[0] != "show":
            assert len([line for line in terminal.text.splitlines() if line]) == shown, arguments
        if arguments == ["jobs"] and columns >= 60:
            assert failed_job in terminal.text


def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], run: Run, failed_job: str
) -> None:
    with Terminal("jobs", environ=environ) as terminal:
        terminal.end()
    assert b"\x1b[32mFinished" in terminal.raw
    with Terminal("jobs", environ={**environ, "NO_COLOR": "1"}) as terminal:
        terminal.end()
    assert terminal.raw
    assert b"\x1b" not in terminal.raw
    assert "\x1b" not in run("jobs").stdout
    assert "\x1b[32m" in run("jobs", env={"CLICOLOR_FORCE": "1"}).stdout


def test_hostile_output_is_shown_and_not_obeyed(
    environ: dict[str, str], run: Run, submitted: Callable[..., str]
) -> None:
    line = r"printf '\033]0;title\007\033[2J\033[31mred\033[0m\001\n'"
    job = submitted(line, "--wait")

    with Terminal("logs", job, environ=environ) as terminal:
        assert terminal.end() == 0
    assert r"\x1b]0;title\x07\x1b[2Jred\x01" in terminal.text
    assert b"\x1b[31mred" in terminal.raw
    # A pipe gets what was printed.
    assert run("logs", job).stdout == "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x01\n"


def test_bar_that_was_drawn_over_itself_is_shown_as_it_ended(
    environ: dict[str, str], submitted: Callable[..., str]
) -> None:
    job = submitted(r"printf '10%%\r55%%\r100%%\r\n'", "--wait")

    with Terminal("logs", job, environ=environ) as terminal:
        assert terminal.end() == 0
    assert terminal.text.splitlines()[0] == "100%"


def test_watch_shows_a_job_until_it_ends(environ: dict[str, str], run: Run) -> None:
    job = run("submit", "-n", "2", "--name", "seen", "--", "sleep 600").stdout.strip()

    with Terminal("watch", job, environ=environ) as terminal:
        terminal.until(lambda text: "0 of 2 finished, 2 running" in text)
        assert "seen" in terminal.text
        assert "main" in terminal.text
        assert run("stop", job).returncode == 0
        assert terminal.end() == 4
    assert f"{job} stopped" in terminal.text
    assert "2 stopped" in terminal.text


def test_watch_left_by_ctrl_c_leaves_the_job(
    environ: dict[str, str], run: Run, client: Client
) -> None:
    job = run("submit", "--", "sleep 600").stdout.strip()

    with Terminal("watch", job, environ=environ) as terminal:
        terminal.until(lambda text: "1 running" in text)
        terminal.press(b"\x03")
        assert terminal.end() == 130
    assert f"{job} goes on" in terminal.text
    assert client.get_job(job).State == "Running"
    assert run("rm", "--force", job).returncode == 0


@pytest.mark.parametrize(("columns", "lines"), [(40, 12), (80, 24), (200, 60)])
def test_watch_of_2000_tasks_fits_one_screen(
    environ: dict[str, str], large_job: str, columns: int, lines: int
) -> None:
    with Terminal("watch", large_job, environ=environ, columns=columns, lines=lines) as terminal:
        text = terminal.until(lambda text: "Running" in text and "more tasks" in text)
        assert terminal.scrolled == 0
    assert "first" in text
    assert "Running" in text


@pytest.fixture(scope="module")
def large_job(run: Run, service: LocalServer) -> Any:
    """A job of 2,000 tasks, of which the first one runs and the others wait for it."""
    cluster = run("clusters", "create", "of-large").stdout.strip()
    # As short as can be: a request has a size, and the SDK would fill in what is usual.
    first, other = (
        {"ClusterId": cluster, "Parameters": {"Command": {"CommandLine": line}}}
        for line in ("sleep 600", "true")
    )
    others = [f"t{number}" for number in range(1999)]
    job = {
        "Name": "large",
        "Type": "DAG",
        "Priority": 0,
        "DAG": {
            "Tasks": {"first": first, **dict.fromkeys(others, other)},
            "Dependencies": {"first": others},
        },
    }
    wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
    made = wire.create("/jobs", job)
    wire.close()
    yield made
    assert run("rm", "--force", made).returncode == 0
    assert run("clusters", "rm", cluster).returncode == 0


def test_watch_in_a_pipe_says_each_change_in_a_line(run: Run) -> None:
    job = run("submit", "--", "true").stdout.strip()

    done = run("watch", job)

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith("Finished: 1 of 1 finished")
    assert "\x1b" not in done.stdout


def test_deletion_of_many_asks_on_a_terminal(
    environ: dict[str, str], run: Run, submitted: Callable[..., str]
) -> None:
    job = submitted("true", "--name", "asked", "--wait")
    with Terminal("rm", "--all", "--name", "asked", environ=environ) as terminal:
        terminal.until(lambda text: "rm 1 job? [y/N]" in text)
        terminal.press(b"n\n")
        assert terminal.end() == 0
    assert "nothing was done" in terminal.text
    with Terminal("rm", "--all", "--name", "asked", environ=environ) as terminal:
        terminal.until(lambda text: "rm 1 job? [y/N]" in text)
        terminal.press(b"y\n")
        assert terminal.end() == 0
    assert run("show", job).returncode == 5
