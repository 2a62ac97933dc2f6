"""Why an attempt failed without its program being to blame."""

from __future__ import annotations


class AttemptFailure(Exception):
    """The program cannot be run, or its files cannot be moved.

    Attributes:
        code: What failed, as one word for programs: `InvalidPackagePath`.
        message: What failed and why, for people; it names the field and the address.
        detail: The underlying error's own words.
    """

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        """Describe a failure; see the attributes."""
        super().__init__(code, message, detail)
        self.code = code
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        """Return the message."""
        return self.message

    @classmethod
    def of_field(cls, field: str, subject: str, cause: object) -> AttemptFailure:
        """Describe a failure that comes from one field of the task's description.

        Args:
            field: The field, such as `InputMapping`.
            subject: What the field says: an address, or a path and an address.
            cause: The reason, or the error.
        """
        detail = f"{type(cause).__name__}: {cause}" if isinstance(cause, BaseException) else ""
        return cls(f"Invalid{field}", f"{field} {subject}: {cause}", detail)
