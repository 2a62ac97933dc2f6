"""Whose everything is."""

from __future__ import annotations

from typing import Final

#: There is one account.
OWNER_ID: Final = 1
