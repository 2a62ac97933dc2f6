"""Packages, input and output mappings, and uploads of one attempt."""
