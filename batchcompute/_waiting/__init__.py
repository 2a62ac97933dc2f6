"""Wait for jobs and clusters, for both clients.

`poll` is the documented `poll`; `waiters` has `wait_jobs` and `wait_cluster`. They are generators
that say what to do next, and `driver` does it. `deadline`, `transient_errors` and `autorelease`
decide for how long; `poller` learns the states of many jobs with few requests; `progress` and
`counts` show them.
"""
