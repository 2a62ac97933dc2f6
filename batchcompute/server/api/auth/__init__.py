"""Who calls: signatures, access keys and nonces."""
