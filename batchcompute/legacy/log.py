"""Old import path of the logging helpers.

The package logs through the standard loggers below `batchcompute`, so `logging` itself is all that
a new program needs: `logging.getLogger("batchcompute").setLevel("DEBUG")`.
"""

from __future__ import annotations

import logging
import threading

from batchcompute._models.warnings import warn

__all__ = [
    "add_handler",
    "get_logger",
    "set_log_level",
]

#: The layout of old log files: tabs between time, level, thread, place and message.
_LAYOUT = "[%(asctime)s]\t[%(levelname)s]\t[%(thread)d]\t[%(pathname)s:%(lineno)d]\t%(message)s"

_package = logging.getLogger("batchcompute")
_lock = threading.Lock()
_handed_out: dict[str, logging.Logger] = {_package.name: _package}
#: The file handler that `get_logger` has made, if any: a new one takes its place.
_file: logging.Handler | None = None
#: The last level given to `set_log_level`; until then the program's own logging decides.
_level = logging.NOTSET


def set_log_level(loglevel: str = "WARNING") -> None:
    """Set the level of the package's loggers, and of all that `get_logger` has handed out.

    Args:
        loglevel: Name of a level, in any case. An unknown name changes nothing, with a warning.

    Raises:
        AttributeError: It is no text.
    """
    global _level
    level = logging.getLevelNamesMapping().get(loglevel.strip().upper())
    if level is None:
        warn(f"there is no log level {loglevel!r}; the level stays as it was")
        return
    with _lock:
        _level = level
        for logger in _handed_out.values():
            logger.setLevel(level)
        if _file is not None:
            _file.setLevel(level)


def get_logger(logname: str, level: str = "", file_name: str = "") -> logging.Logger:
    """Return a logger that follows `set_log_level`.

    Args:
        logname: Its name.
        level: Name of a level to set for all loggers, as `set_log_level` does; "" leaves it.
        file_name: A file that the package's log is written to from now on, instead of the file
            named before; "" leaves it.
    """
    global _file
    if level:
        set_log_level(level)
    logger = logging.getLogger(logname)
    with _lock:
        _handed_out[logname] = logger
        # Until somebody sets one here, a level is what the program has made of it.
        if _level != logging.NOTSET:
            logger.setLevel(_level)
        if file_name:
            if _file is not None:
                _package.removeHandler(_file)
                _file.close()
            _file = logging.FileHandler(file_name, encoding="utf-8")
            _file.setLevel(_level)
            _add(_file)
    return logger


def add_handler(handler: logging.Handler) -> None:
    """Send the package's log to one more handler, in the old layout unless it has its own."""
    _add(handler)


def _add(handler: logging.Handler) -> None:
    if handler.formatter is None:
        handler.setFormatter(logging.Formatter(_LAYOUT))
    _package.addHandler(handler)
