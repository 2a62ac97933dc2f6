"""`python -m codegen generate|check`: the only way to write generated/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codegen.document import SpecError
from codegen.tree import differences, generate

_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line without the program's name; None takes the real one.

    Returns:
        0 if all is well; 1 if `check` found differences; 2 if nothing could be generated.
    """
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("command", choices=("generate", "check"))
    parser.add_argument("--spec", type=Path, default=_ROOT / "spec" / "openapi.yaml")
    parser.add_argument("--output", type=Path, default=_ROOT / "generated")
    given = parser.parse_args(arguments)
    try:
        if given.command == "generate":
            generate(given.spec, given.output)
            print(f"generated {given.output} from {given.spec}")
            return 0
        found = list(differences(given.spec, given.output))
    except SpecError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for difference in found:
        print(difference)
    if found:
        print(f'{len(found)} difference(s): run "make generate" and commit the result')
        return 1
    print(f"{given.output} is what {given.spec} gives")
    return 0


if __name__ == "__main__":
    sys.exit(main())
