"""Executors: they own machines and processes, and decide nothing."""
