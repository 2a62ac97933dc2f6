"""Types for descriptions written as plain dicts, and for the values that the API knows.

`types.JobDescription` is the dict that `create_job` takes; `types.JobState` are the states of jobs.
At run time an unknown value is data: the service may know more than this package does.
"""

from batchcompute._generated.types import *  # noqa: F403  # generated, and nothing but public names
