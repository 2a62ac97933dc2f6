"""The common part of all calls: reading their arguments, and making results of responses."""
