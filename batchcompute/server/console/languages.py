"""The languages of the console: English, which the pages are written in, and Chinese."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

#: English text -> Chinese.
_CHINESE = Path(__file__).resolve().parent / "chinese.json"

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


@lru_cache(maxsize=1)
def chinese() -> Mapping[str, str]:
    """Return the Chinese of every text."""
    texts: dict[str, str] = json.loads(_CHINESE.read_text(encoding="utf-8"))
    return texts
