"""Waiting for jobs and clusters, written once for both clients.

`polling` is the documented `poll`, `waiters` are `wait_jobs` and `wait_cluster`. They say step by
step what to do, and the drivers in `steps` do it; `deadline` and `patience` say for how long,
`looks` and `releases` how jobs are looked at with few requests, `progress` and `counts` what is
shown of them.
"""
