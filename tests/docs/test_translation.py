"""README.zh-CN.md says what README.md says: neither can be changed in form without the other.

Words cannot be compared, so the form is: headings and their levels, code blocks, the shape of
tables, list items, links, and everything in backquotes, paragraph by paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def _read(name: str) -> str:
    return (_ROOT / name).read_text(encoding="utf-8")


def _sections(text: str) -> list[str]:
    return re.split(r"^(?=#+ )", _without_code(text), flags=re.MULTILINE)


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def _code(text: str) -> list[str]:
    return re.findall(r"```.*?```", text, flags=re.DOTALL)


def _headings(text: str) -> list[int]:
    return [len(level) for level in re.findall(r"^(#+) ", _without_code(text), re.MULTILINE)]


def _table_rows(text: str) -> list[int]:
    return [line.count("|") for line in _without_code(text).splitlines() if line.startswith("|")]


def _items(section: str) -> int:
    return len(re.findall(r"^- ", section, re.MULTILINE))


def _paragraphs(section: str) -> int:
    return len([block for block in re.split(r"\n\s*\n", section) if block.strip()])


def _links(section: str) -> Counter[str]:
    targets = re.findall(r"\]\(([^)]+)\)", section)
    # Each names the other, a heading's anchor is its own translation, and so are some pages.
    return Counter(
        target.replace(".zh-CN.md", ".md")
        for target in targets
        if not re.match(r"#|README(\.zh-CN)?\.md$", target)
    )


def _names(section: str) -> Counter[str]:
    return Counter(re.findall(r"`([^`\n]+)`", section))


def _differences(english: str, chinese: str) -> list[str]:
    """Return in which respects two texts differ."""
    whole = [
        compare.__name__
        for compare in (_headings, _code, _table_rows)
        if compare(english) != compare(chinese)
    ]
    return whole + [
        f"{compare.__name__} in section {number}"
        for number, pair in enumerate(zip(_sections(english), _sections(chinese), strict=False))
        for compare in (_items, _paragraphs, _links, _names)
        if compare(pair[0]) != compare(pair[1])
    ]


def test_translation_has_the_form_of_the_readme() -> None:
    assert _differences(_read("README.md"), _read("README.zh-CN.md")) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("## Limits\n", "## Limits\n\n- **New**: a limit.\n", "_items"),
        ("make demo", "make demos", "_code"),
        ("## Install", "## Install it\n\n## Install", "_headings"),
        ("| encryption |", "| more | a | b |\n| encryption |", "_table_rows"),
        ("`--host`", "`--hosts`", "_names"),
        ("(examples/quickstart.py)", "(examples/demo.py)", "_links"),
        ("## Install\n", "## Install\n\nA new paragraph.\n", "_paragraphs"),
    ],
)
def test_change_of_one_language_is_noticed(old: str, new: str, found: str) -> None:
    english = _read("README.md")
    assert old in english

    differences = _differences(english.replace(old, new, 1), _read("README.zh-CN.md"))
    assert any(difference.startswith(found) for difference in differences)
