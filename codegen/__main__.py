"""`python -m codegen generate|check`: the only way to write batchcompute/_generated/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codegen import derived, lint
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
    parser.add_argument("--output", type=Path, default=_ROOT / "batchcompute" / "_generated")
    given = parser.parse_args(arguments)
    problems = lint.run(given.spec)
    for problem in problems:
        print(f"{given.spec}: {problem}", file=sys.stderr)
    if problems:
        return 2
    # Another folder is for a look at what a specification gives; the package itself stays.
    whole = given.output.resolve() == _ROOT / "batchcompute" / "_generated"
    try:
        if given.command == "generate":
            generate(given.spec, given.output)
            if whole:
                derived.write()
            print(f"generated {given.output} from {given.spec}")
            return 0
        found = [
            *differences(given.spec, given.output),
            *(derived.differences() if whole else ()),
        ]
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
