"""The rules of Apps."""
