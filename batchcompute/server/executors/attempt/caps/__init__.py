"""Limits of a program's resources, and how they are enforced."""
