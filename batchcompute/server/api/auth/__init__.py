"""Authentication of callers: signatures, access keys and nonces."""
