"""Checks of options of `serve` together, and of the packages that they need."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

from batchcompute.server.model.errors import StartError
from batchcompute.server.process.certificates import CERTIFICATE
from batchcompute.server.process.data_folder import DataFolder


def check_together(options: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Args:
        options: Those of `serve`.

    Raises:
        StartError: One of them makes no sense without another one.
    """
    if (options.tls_cert is None) != (options.tls_key is None):
        raise StartError("--tls-cert and --tls-key belong together: give both, or neither")
    if options.archive_jobs and (options.keep_job_days, options.keep_jobs) == (None, None):
        raise StartError(
            "--archive-jobs is for jobs that leave: say which ones with --keep-job-days or "
            "--keep-jobs"
        )


def check_packages(options: argparse.Namespace, data: Path, *, with_agents: bool) -> None:
    """Refuse options whose packages are not installed. Whoever needs one says what to install.

    Args:
        options: Those of `serve`.
        data: The data folder.
        with_agents: Whether programs are run by agents.

    Raises:
        StartError: A package is missing, or a URL is none.
    """
    if options.metrics:
        import_module("batchcompute.server.process.metrics_service")
    if options.console:
        import_module("batchcompute.server.process.console_service")
    if options.log_format == "json":
        from batchcompute.server.process.logs import json_lines

        json_lines()
    if options.database:
        from batchcompute.server.store import sqlite
        from batchcompute.server.store.database import open_engine

        open_engine(options.database, sqlite.READER).dispose()
    kind = options.objects.partition("://")[0].lower()
    if kind in ("oss", "s3"):
        from batchcompute.server.objects.remote.clients import check_client

        try:
            check_client(kind)
        except ValueError as error:
            raise StartError(f"--objects: {error}") from None
    # False as well for a folder into which this user may not look.
    if with_agents and not os.path.exists(DataFolder(data).agents / CERTIFICATE):
        import_module("batchcompute.server.process.authority")
