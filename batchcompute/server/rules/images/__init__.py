"""The rules of registered images."""
