"""Why something does not run, or why it failed, in one sentence with numbers."""

from batchcompute.server.explain.clusters import explain_cluster
from batchcompute.server.explain.explanation import Explanation, Situation
from batchcompute.server.explain.instances import explain_instance
from batchcompute.server.explain.jobs import explain_job
from batchcompute.server.explain.tasks import explain_task

__all__ = [
    "Explanation",
    "Situation",
    "explain_cluster",
    "explain_instance",
    "explain_job",
    "explain_task",
]
