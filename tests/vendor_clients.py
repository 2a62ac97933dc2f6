"""What tests that drive the vendors' clients of objects have to bear."""

from __future__ import annotations

import pytest

#: These clients close their sockets when they are collected, and use what Python is about to drop.
UNTIDY = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
