"""How Sphinx makes the site of the documentation: `make docs-site`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT))

from batchcompute import __version__  # noqa: E402
from docs.references import write_references  # noqa: E402

project = "BatchCompute"
author = "the batchcompute authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"BatchCompute {release}"
html_static_path: list[str] = []
html_show_copyright = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": False}
# Names of generated unions and of private bases lead nowhere.
nitpicky = False
# Public names are exported by the package and by the module that they are from.
suppress_warnings = ["ref.python"]

write_references(_ROOT, Path(__file__).parent / "reference")


def _unlink(app: Sphinx, name: str, content: list[str]) -> None:
    """Leave of a link to a file of the repository, which is not on the site, its text alone."""
    del app

    def text(found: re.Match[str]) -> str:
        if not (_ROOT / "docs" / name).parent.joinpath(found[2].partition("#")[0]).exists():
            raise ExtensionError(f"docs/{name}: there is no {found[2]}")
        return found[1]

    content[0] = re.sub(r"\[([^\]]+)\]\((\.\./[^)]+)\)", text, content[0])


def setup(app: Sphinx) -> None:
    """Connect what is done with each page."""
    app.connect("source-read", _unlink)
