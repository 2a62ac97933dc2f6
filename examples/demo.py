"""Runs quickstart.py, unchanged, against an embedded service, and shows what its instances wrote.

`make demo` runs this, with a folder in which the service keeps what it did. On a terminal the
service goes on afterwards, so that a person can look at the job; elsewhere it says how to start it
again.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from batchcompute.server import LocalServer

PROGRAM = Path(__file__).with_name("quickstart.py")


def main() -> int:
    """Run the example and return its exit code; 1 if an output is missing."""
    with ExitStack() as stack:
        if len(sys.argv) > 1:
            data = sys.argv[1]
            if not make_room(data):
                print(f"A demo still waits on {data}: press Enter there first.")
                return 1
        else:
            made = tempfile.TemporaryDirectory(prefix="batchcompute-demo-")
            data = stack.enter_context(made)
        server = stack.enter_context(LocalServer(data, console_port=0))
        print(f"The embedded service listens on {server.endpoint}")
        print(f"Running {PROGRAM.name} against it:\n")
        environment = {**os.environ, **server.environment(), "PYTHONUNBUFFERED": "1"}
        program = subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert program.stdout is not None
        outputs = []
        for line in program.stdout:
            print(f"  {line}", end="", flush=True)
            outputs += re.findall(r"oss://\S+", line)
        exit_code = program.wait()
        if exit_code or len(outputs) != 3:
            print(f"\nThe example failed (exit code {exit_code}).")
            return exit_code or 1
        print("\nWhat the three instances printed:\n")
        for number, address in enumerate(outputs):
            print(f"  {number}: {server.read_object(address).decode().rstrip()}")
        return look(data)


def make_room(data: str) -> bool:
    """Remove what a former demo has kept in a folder; return False if it still runs."""
    asked = command("env", "--data", data)
    if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
        return False
    if Path(data, "identity.json").exists():
        shutil.rmtree(data)
    return True


def look(data: str) -> int:
    """Show how to look at the job, in a browser and in a shell, and wait until that was done."""
    show, console = (command(word, "last", "--data", data) for word in ("show", "console"))
    if sys.stdin.isatty():
        asked = [*console, "--no-browser"]
        link = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=False)
        if link.returncode:
            return link.returncode
        print("\nLook at the job in a browser, by this link, which works once:\n")
        print(f"  {link.stdout}\nor from another shell:\n")
        print(f"  {shlex.join(show)}\n  {shlex.join(console)}\n")
        input("The service runs until you press Enter here. ")
        return 0
    print(f"\nLook at the job with:\n\n  {shlex.join(show)}\n", flush=True)
    code = subprocess.run(show, check=False).returncode
    if len(sys.argv) > 1:
        again = command("serve", "--console", "--port", "0", "--data", data)
        print("\nThe service has ended, and its data are kept. This starts it again, and prints a")
        print(f"link to look at the job in a browser:\n\n  {shlex.join(again)}")
    return code


def command(*words: str) -> list[str]:
    """Return a command line of `batchcompute`, as short as it can be."""
    script = Path(sys.executable).with_name("batchcompute")
    program = [str(script)] if script.exists() else [sys.executable, "-m", "batchcompute"]
    return [os.path.relpath(program[0]), *program[1:], *words]


if __name__ == "__main__":
    sys.exit(main())
