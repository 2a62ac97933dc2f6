"""`python -m codegen.lint [SPECIFICATION]`: print one line per problem; exit 1 if there is any."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from codegen.lint.engine import RULES, run
from codegen.lint.reading import read
from codegen.lint.spec import Spec


def main(arguments: Sequence[str]) -> int:
    """Check one specification and report on standard output.

    Args:
        arguments: The path of the specification; `spec/openapi.yaml` if there is none.

    Returns:
        The exit code: 0 if the specification is clean, 1 if not, 2 for wrong usage.
    """
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        sys.stderr.write("usage: python -m codegen.lint [SPECIFICATION]\n")
        return 2
    path = arguments[0] if arguments else "spec/openapi.yaml"
    problems = run(path)
    for problem in problems:
        sys.stdout.write(f"{path}: {problem}\n")
    sys.stdout.write(f"{path}: {_summary(path, len(problems))}\n")
    return 1 if problems else 0


def _summary(path: str, problems: int) -> str:
    if problems:
        return f"{problems} problem{'s' if problems > 1 else ''}."
    spec = Spec(read(path)[0], path)
    return (
        f"clean: {len(list(spec.operations()))} operations, {len(spec.components('schemas'))} "
        f"schemas and {len(list(spec.examples()))} examples pass {len(RULES)} rules."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
