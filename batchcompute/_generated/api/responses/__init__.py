# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""What methods return: resources with the response that brought them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute._generated.api.responses.app import AppResponse as AppResponse
    from batchcompute._generated.api.responses.app_description import (
        AppDescriptionResponse as AppDescriptionResponse,
    )
    from batchcompute._generated.api.responses.app_job_description import (
        AppJobDescriptionResponse as AppJobDescriptionResponse,
    )
    from batchcompute._generated.api.responses.available_resource import (
        AvailableResourceResponse as AvailableResourceResponse,
    )
    from batchcompute._generated.api.responses.cluster import ClusterResponse as ClusterResponse
    from batchcompute._generated.api.responses.cluster_instance import (
        ClusterInstanceResponse as ClusterInstanceResponse,
    )
    from batchcompute._generated.api.responses.console_link import (
        ConsoleLinkResponse as ConsoleLinkResponse,
    )
    from batchcompute._generated.api.responses.explanation import (
        ExplanationResponse as ExplanationResponse,
    )
    from batchcompute._generated.api.responses.image import ImageResponse as ImageResponse
    from batchcompute._generated.api.responses.instance import InstanceResponse as InstanceResponse
    from batchcompute._generated.api.responses.instance_attempts import (
        InstanceAttemptsResponse as InstanceAttemptsResponse,
    )
    from batchcompute._generated.api.responses.job import JobResponse as JobResponse
    from batchcompute._generated.api.responses.job_description import (
        JobDescriptionResponse as JobDescriptionResponse,
    )
    from batchcompute._generated.api.responses.quota import QuotaResponse as QuotaResponse
    from batchcompute._generated.api.responses.synchronous_instance import (
        SynchronousInstanceResponse as SynchronousInstanceResponse,
    )
    from batchcompute._generated.api.responses.task import TaskResponse as TaskResponse

_HOMES = {
    "AppResponse": ("batchcompute._generated.api.responses.app", "AppResponse"),
    "AppDescriptionResponse": (
        "batchcompute._generated.api.responses.app_description",
        "AppDescriptionResponse",
    ),
    "AppJobDescriptionResponse": (
        "batchcompute._generated.api.responses.app_job_description",
        "AppJobDescriptionResponse",
    ),
    "AvailableResourceResponse": (
        "batchcompute._generated.api.responses.available_resource",
        "AvailableResourceResponse",
    ),
    "ClusterResponse": ("batchcompute._generated.api.responses.cluster", "ClusterResponse"),
    "ClusterInstanceResponse": (
        "batchcompute._generated.api.responses.cluster_instance",
        "ClusterInstanceResponse",
    ),
    "ConsoleLinkResponse": (
        "batchcompute._generated.api.responses.console_link",
        "ConsoleLinkResponse",
    ),
    "ExplanationResponse": (
        "batchcompute._generated.api.responses.explanation",
        "ExplanationResponse",
    ),
    "ImageResponse": ("batchcompute._generated.api.responses.image", "ImageResponse"),
    "InstanceResponse": ("batchcompute._generated.api.responses.instance", "InstanceResponse"),
    "InstanceAttemptsResponse": (
        "batchcompute._generated.api.responses.instance_attempts",
        "InstanceAttemptsResponse",
    ),
    "JobResponse": ("batchcompute._generated.api.responses.job", "JobResponse"),
    "JobDescriptionResponse": (
        "batchcompute._generated.api.responses.job_description",
        "JobDescriptionResponse",
    ),
    "QuotaResponse": ("batchcompute._generated.api.responses.quota", "QuotaResponse"),
    "SynchronousInstanceResponse": (
        "batchcompute._generated.api.responses.synchronous_instance",
        "SynchronousInstanceResponse",
    ),
    "TaskResponse": ("batchcompute._generated.api.responses.task", "TaskResponse"),
}

__all__ = (
    "AppResponse",
    "AppDescriptionResponse",
    "AppJobDescriptionResponse",
    "AvailableResourceResponse",
    "ClusterResponse",
    "ClusterInstanceResponse",
    "ConsoleLinkResponse",
    "ExplanationResponse",
    "ImageResponse",
    "InstanceResponse",
    "InstanceAttemptsResponse",
    "JobResponse",
    "JobDescriptionResponse",
    "QuotaResponse",
    "SynchronousInstanceResponse",
    "TaskResponse",
)


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, target = _HOMES[name]
        found = getattr(import_module(module), target)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(_HOMES)
