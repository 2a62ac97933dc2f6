"""A small client of OSS, for `oss://` addresses where no other one is installed."""
