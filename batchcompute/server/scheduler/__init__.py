"""The scheduler: the only writer of the database, in one thread, committing in groups.

What callers ask for and what the executor reports are applied in the order in which they came,
many in one transaction; what follows for the executor is told to it after the commit.
"""
