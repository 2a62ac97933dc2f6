"""The parser of a command line, both of the client and of the service: argparse, less lenient."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, Final, NoReturn

#: Exit code of a command line that makes no sense, as argparse has it.
USAGE_ERROR: Final = 2


class OptionParser(argparse.ArgumentParser):
    """Says in one sentence what is wrong, with the word that a misspelt one may stand for.

    Options are not abbreviated: an abbreviation would change its meaning, or lose it, with the next
    option of a similar name. Parsers of sub-commands are of the same class.

    Args:
        **settings: Those of `argparse.ArgumentParser`.
    """

    def __init__(self, **settings: Any) -> None:
        settings["allow_abbrev"] = False
        super().__init__(**settings)

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """Refuse unknown words here, where it is known to which sub-command they were given.

        Args:
            args: The words.
            namespace: Where their values go.

        Returns:
            The namespace, and no words.
        """
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            word = unknown[0].partition("=")[0]
            meant = _meant(word, self._option_string_actions) if word.startswith("-") else ""
            if meant:
                self.complain(f"there is no option {word}; did you mean {meant}?")
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse calls this for each value and each name of a sub-command; it has no public hook.
        if action.choices is not None and value not in action.choices:
            meant = _meant(str(value), [str(choice) for choice in action.choices])
            if meant:
                name = "/".join(action.option_strings) or action.metavar or action.dest
                self.complain(f"{name} cannot be {value!r}; did you mean {meant}?")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        """End the program, with the exit code for usage errors.

        Args:
            message: What is wrong; where help is to be found is added to it.
        """
        self.complain(f"{message}; see {self.prog} --help")

    def complain(self, sentence: str) -> NoReturn:
        """End the program, with the exit code for usage errors.

        Args:
            sentence: What is wrong, and what to do.
        """
        # It does nothing worse if nobody reads standard error any more.
        self.exit(USAGE_ERROR, f"error: {sentence}\n")


def _meant(word: str, known: Iterable[str]) -> str:
    """Return the word that is meant by an abbreviated or misspelt one; "" if none is like it."""
    from difflib import get_close_matches  # slow to import, and mistakes are rare

    words = list(filter(None, known))
    begun = [each for each in words if word and each.startswith(word)]
    near = begun if len(begun) == 1 else get_close_matches(word, words, 1)
    return near[0] if near else ""
