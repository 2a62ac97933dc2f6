"""The log of jobs and attempts, by the ids of the requests that caused it."""
