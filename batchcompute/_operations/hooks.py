"""Quirks of single operations that no contract can state. The contract names the functions here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchcompute._models.warnings import warn
from batchcompute.exceptions import FieldError


def job_variant(content: Mapping[str, Any]) -> str:
    """Return the kind of a job, from its description.

    It is the type that it names; of another or no type, one with an App and no DAG is an app job.
    """
    if content.get("Type") in ("App", "DAG"):
        return str(content["Type"])
    return "App" if "App" in content and "DAG" not in content else "DAG"


def image_type(type_: Any) -> str:
    """Return the type of images to ask for: the service was only ever asked for `System`."""
    if type_ not in ("", "Self", "System", None):
        warn(f"list_images has no type {type_!r}; it is ignored. It has: System, Self")
    return "System" if type_ == "System" else ""


def app_scope(scope: Any) -> str:
    """Return the scope of an app.

    Raises:
        FieldError: The scope is neither `Private` nor `Public`.
    """
    if scope not in ("Private", "Public"):
        raise FieldError(f"scope must be Private or Public, not {scope!r}")
    return str(scope)
