"""Errors of objects; every message names the address."""

from __future__ import annotations


class ObjectStoreError(Exception):
    """An object could not be read, written or listed.

    Attributes:
        address: The `oss://` address in question, as it was given.
        reason: What is wrong with it, as a clause without the address.
        is_passing: True if the store was away or overloaded, and may not be for ever.
    """

    def __init__(self, address: str, reason: str, *, is_passing: bool = False) -> None:
        """Describe a failure.

        Args:
            address: The address in question.
            reason: What is wrong, to be read after the address.
            is_passing: Whether it may succeed later.
        """
        super().__init__(address, reason)
        self.address = address
        self.reason = reason
        self.is_passing = is_passing

    def __str__(self) -> str:
        """Return the address and what is wrong with it."""
        return f"{self.address}: {self.reason}"


class InvalidAddressError(ObjectStoreError, ValueError):
    """The text is no usable address."""


class ObjectNotFoundError(ObjectStoreError):
    """There is no object at the address."""
