"""Who calls the object protocol: signatures of version 1, 2 and 4, in headers and in URLs."""
