"""The languages of the console: English, which the pages are written in, and Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from batchcompute.server.explain import codes

#: A value in a sentence.
_VALUE: Final = re.compile(r"{(\w+)}")

#: English text -> Chinese.
_CHINESE = Path(__file__).resolve().parent / "chinese.json"

#: Kind of an explanation -> its sentences in Chinese, those with most values first.
_EXPLANATIONS: Final = Path(__file__).resolve().parent / "explanations.json"

#: Code of a language -> its own name.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文"}


def choose(accepted: str) -> str:
    """Return the language that a browser likes best, of those that there are.

    Args:
        accepted: Its `Accept-Language`.
    """
    liked: list[tuple[float, str]] = []
    for part in accepted.split(","):
        name, _, weight = part.partition(";q=")
        try:
            liked.append((-float(weight or 1), name.strip()[:2].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(liked) if name in LANGUAGES), "en")


def translate(english: str, language: str) -> str:
    """Return a text in a language; one without a translation, as a state that is new, stays."""
    return chinese().get(english, english) if language == "zh" else english


def explain(found: Mapping[str, Any], language: str) -> str:
    """Return an explanation in a language, with its numbers and names.

    Args:
        found: The explanation, as the API answers it.
        language: The language.

    Returns:
        The sentence; "" in English, and for a kind that is new: the explanation has its own.
    """
    if language != "zh":
        return ""
    values = {**{name: _number(one) for name, one in found["Details"].items()}, **found["Related"]}
    for sentence in explanations().get(found["Code"], ()):
        used = set(_VALUE.findall(sentence))
        if used <= values.keys():
            return f"{_before(found, values, used)}{sentence.format_map(values)}"
    return ""


def _before(found: Mapping[str, Any], values: Mapping[str, str], used: set[str]) -> str:
    """Return what an explanation says besides its kind: the task, and attempts that failed."""
    before = ""
    is_of_one_task = found["Code"] not in (codes.RUNNING, codes.STARTING)
    if is_of_one_task and "TaskName" in values and "TaskName" not in used:
        before += translate("Task {TaskName}: ", "zh").format_map(values)
    if found["State"] == "Waiting" and "AttemptCount" in values:
        tried = "Tried {AttemptCount} of {MaxAttemptCount} times; "
        before += translate(tried, "zh").format_map(values)
    return before


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


@lru_cache(maxsize=1)
def explanations() -> Mapping[str, Sequence[str]]:
    """Return the sentences in Chinese of every kind of explanation."""
    sentences: dict[str, list[str]] = json.loads(_EXPLANATIONS.read_text(encoding="utf-8"))
    return sentences


@lru_cache(maxsize=1)
def chinese() -> Mapping[str, str]:
    """Return the Chinese of every text."""
    texts: dict[str, str] = json.loads(_CHINESE.read_text(encoding="utf-8"))
    return texts
