"""Secrets of descriptions and statuses stay out of what programs log."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from batchcompute._generated.api.models import (
    OSS,
    AppJob,
    ClusterDescription,
    ClusterInstance,
    JobDescription,
    Mounts,
    TaskDescription,
)

_SECRET = "planted/+secret="
_MOUNTS = {
    "OSS": {"AccessKeyId": "id", "AccessKeySecret": _SECRET, "SecurityToken": _SECRET},
    "Entries": [{"Source": "oss://b/"}],
}
_HOLDERS: list[Any] = [
    OSS(AccessKeySecret=_SECRET, AccessSecurityToken=_SECRET),
    Mounts(_MOUNTS),
    TaskDescription({"Mounts": _MOUNTS}),
    ClusterDescription({"Configs": {"Mounts": _MOUNTS}}),
    JobDescription({"DAG": {"Tasks": {"t": {"AutoCluster": {"Configs": {"Mounts": _MOUNTS}}}}}}),
    ClusterInstance.from_dict({"Id": "i-1", "InstancePassword": _SECRET}),
]


@pytest.mark.parametrize("holder", _HOLDERS, ids=lambda holder: type(holder).__name__)
def test_secret_is_masked_in_repr_and_format(holder: Any) -> None:
    for text in (
        repr(holder),
        f"{holder}",
        f"{holder!r}",
        "{}".format(holder),  # noqa: UP032  # the method is the point
        "%r" % (holder,),  # noqa: UP031  # and this operator
        repr([holder]),
        repr({"a": holder}),
        format(holder, "<10"),
    ):
        assert _SECRET not in text
        assert "***" in text


@pytest.mark.parametrize("holder", _HOLDERS, ids=lambda holder: type(holder).__name__)
def test_secret_stays_in_what_is_documented_to_have_it(holder: Any) -> None:
    for text in (str(holder), holder.dump(), holder.dump(None), bytes(holder).decode()):
        assert _SECRET in text
    assert type(holder)(holder.dump()) == holder
    assert _SECRET in json.dumps(holder.to_dict())


def test_repr_is_the_dump_but_for_the_secrets() -> None:
    mounts = Mounts(_MOUNTS)
    masked = json.loads(mounts.dump())
    masked["OSS"] |= {"AccessKeySecret": "***", "SecurityToken": "***"}

    assert json.loads(repr(mounts)) == masked
    assert list(json.loads(repr(mounts))) == list(masked)
    assert repr(TaskDescription()) == TaskDescription().dump()


def test_secret_that_is_unset_or_empty_is_shown_as_it_is() -> None:
    assert (
        repr(OSS(AccessKeyId="id", AccessKeySecret=""))
        == OSS(AccessKeyId="id", AccessKeySecret="").dump()
    )


def test_secret_of_a_wrong_type_is_masked_as_well() -> None:
    password: Any = ClusterInstance.from_dict({"InstancePassword": {"text": _SECRET}})

    assert _SECRET not in repr(password)
    assert _SECRET in str(password)


def test_secret_is_masked_below_a_map_that_takes_any_value() -> None:
    app = AppJob(AppName="a")
    app.Inputs["mounts"] = {"a": [Mounts(_MOUNTS)]}

    assert _SECRET not in repr(app)


def test_secret_is_masked_in_a_log_of_the_repr(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("program").info("creating %r", _HOLDERS[4])

    assert _SECRET not in caplog.text


def test_repr_of_a_circle_says_so_instead_of_failing() -> None:
    app = AppJob(AppName="a", Inputs={"map": {}})
    app.Inputs["map"]["self"] = app

    assert "contains itself" in repr(app)
