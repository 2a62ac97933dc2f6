"""Checks of the specification: valid OpenAPI first, then the conventions of spec/README.md."""

from codegen.lint.engine import RULES, run
from codegen.lint.problem import Problem

__all__ = ["RULES", "Problem", "run"]
