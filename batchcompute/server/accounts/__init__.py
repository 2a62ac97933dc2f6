"""Sharing a service: accounts, their keys, what they grant each other, and their limits."""
