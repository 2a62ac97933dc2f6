"""Explanations as they look on the wire."""
