"""The specification of an attempt, from its task's plan, its cluster and its machine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model.environment import (
    DOCKER_VARIABLE,
    REGISTRY_VARIABLE,
    Site,
    of_attempt,
    of_resources,
    program_environment,
)
from batchcompute.server.model.image_references import may_be_stored
from batchcompute.server.model.plan import Mount, TaskPlan
from batchcompute.server.scheduler.cached_rows import CachedAttempt, CachedCluster, CachedTask


@dataclass(frozen=True, slots=True)
class Template:
    """The common part of all attempts of a task on a cluster.

    Attributes:
        cluster: The cluster.
        plan: The task's.
        environment: The variables that are the same for all of them.
        container, registry: The container image, and where it is; "" for none.
        group_containers: The container image that the VM image of a group stands for, if there is
            no other.
        mounts: All that is mounted, of the cluster and of the task.
        account: The account of the job.
    """

    cluster: CachedCluster
    plan: TaskPlan
    environment: Mapping[str, str]
    container: str
    registry: str
    group_containers: Mapping[str, str]
    mounts: tuple[Mount, ...]
    account: int


def make_template(
    task: CachedTask,
    plan: TaskPlan,
    cluster: CachedCluster,
    *,
    site: Site,
    images: Mapping[str, str],
    account: int,
) -> Template:
    """Work out what all attempts of a task have in common.

    Args:
        task: The task.
        plan: Its plan.
        cluster: Where it runs.
        site: What programs are told of where they run.
        images: The container images that VM images stand for, by their ids.
        account: The account of the job.
    """
    container, registry = _container(plan, cluster.variables)
    environment = program_environment(
        cluster=cluster.variables,
        command=plan.environment,
        job_id=task.job_id,
        task_name=task.name,
        cluster_id=cluster.id,
        site=site,
    )
    by_group = {group: images.get(image, "") for group, image in cluster.images.items()}
    return Template(
        cluster,
        plan,
        environment,
        container,
        registry,
        {} if container else by_group,
        (*_cluster_mounts(cluster, plan), *plan.mounts),
        account,
    )


def fill_in(template: Template, task: CachedTask, attempt: CachedAttempt, site: Site) -> Attempt:
    """Return an attempt as the executor needs it.

    Args:
        template: What all attempts of the task have in common.
        task: The task.
        attempt: The attempt.
        site: What decides which buckets it reaches, and with which key.
    """
    plan, index, job_id = template.plan, attempt.idx, task.job_id
    machine = attempt.machine
    scope = None if site.scope is None else site.scope(template.account)
    logs = {
        local: f"{directory}{_name(local)}.{job_id}.{task.name}.{index}"
        for local, directory in plan.log_mapping.items()
    }
    needs = machine.kind
    objects = None if site.objects is None else site.objects(attempt.attempt_id, template.account)
    environment = of_attempt(template.environment, index, machine.id, objects)
    if needs is not None:
        environment = of_resources(environment, needs)
    return Attempt(
        attempt_id=attempt.attempt_id,
        pool_id=pool_id(template.cluster.id, machine.group_name),
        worker_id=machine.id,
        command_line=plan.command_line,
        environment=environment,
        package=plan.package,
        container=template.container or template.group_containers.get(machine.group_name, ""),
        registry=template.registry,
        input_mapping=plan.input_mapping,
        mounts=template.mounts,
        write_support=plan.write_support,
        folders=template.cluster.folders,
        output_mapping=plan.output_mapping,
        log_mapping=logs,
        stdout=plan.object_name("stdout", job_id, index),
        stderr=plan.object_name("stderr", job_id, index),
        timeout_seconds=float(plan.timeout),
        account=0 if scope is None else scope.account,
        granted_buckets={} if scope is None else scope.granted,
        processors=0.0 if needs is None else needs.processors,
        memory_mib=0 if needs is None else needs.memory_mib,
        devices={} if needs is None else dict(needs.devices),
    )


def pool_id(cluster_id: str, group: str) -> str:
    """Return the executor's name of a group."""
    return f"{cluster_id}.{group}"


def _cluster_mounts(cluster: CachedCluster, plan: TaskPlan) -> Iterator[Mount]:
    """Yield the mounts of a cluster, but for those in whose place the task has one of its own."""
    of_task = (*plan.input_mapping.values(), *(local for _, local, _ in plan.mounts))
    taken = {posixpath.normpath(local) for local in of_task}
    # Of two at the same place the last one stands.
    by_place = {posixpath.normpath(mount[1]): mount for mount in cluster.mounts}
    for place, mount in by_place.items():
        if place not in taken:
            yield mount


def _name(local: str) -> str:
    return posixpath.basename(posixpath.normpath(local))


def _container(plan: TaskPlan, cluster: Mapping[str, str]) -> tuple[str, str]:
    """Return the image and its registry, of which a cluster's variables may name one or both."""
    image = plan.container or cluster.get(DOCKER_VARIABLE, "")
    if not image or plan.registry:
        return image, plan.registry
    # `Docker.Image` has nothing to do with the variables.
    if plan.container and plan.environment.get(DOCKER_VARIABLE) != image:
        return image, ""
    registry = plan.environment.get(REGISTRY_VARIABLE) or cluster.get(REGISTRY_VARIABLE, "")
    return image, registry if may_be_stored(image) else ""
