"""Authentication of object requests: signatures of version 1, 2 and 4, in headers and in URLs."""
