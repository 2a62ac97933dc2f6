from __future__ import annotations

from typing import Any

import pytest

from batchcompute.server.model.errors import ApiError
from batchcompute.server.rules.apps.description import check_app

VM = {"ECSImageId": "img-ubuntu"}


def app(**members: Any) -> dict[str, Any]:
    return {"Name": "app", "CommandLine": "true", "VM": VM, **members}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Docker": {}},
        {"Docker": {"Image": ""}},
        {"VM": {}, "Docker": {"Image": "localhost:5000/copy:0.1"}},
        {"VM": {}, "Docker": {"Image": "localhost:5000/copy:0.1", "RegistryOSSPath": "oss://b/d/"}},
        {"Docker": {"Image": "", "RegistryOSSPath": ""}},
        {"VM": {"ECSImageId": "m-28ptv7mvl"}},
        {"InputParameters": {"n": {"Type": "Number", "Default": 1.5}, "s": {"Default": ""}}},
        {"InputParameters": {"n": {"Type": "Number", "Default": "-1.5e3"}, "s": {"Default": 7}}},
        {"OutputParameters": {"o": {"LocalPath": "/o", "Default": 3}}},
        {"EnvVars": {f"a.b{number}": "x" * 2000 for number in range(60)}},
        {"CommandLine": "x" * 131_071},
        {"Config": {"InstanceType": {"Default": "t2.micro"}}},
        {"Config": {"InstanceCount": {"Default": 3}, "Other": {"Default": []}, "Timeout": {}}},
    ],
)
def test_accepted_app(members: dict[str, Any]) -> None:
    check_app(app(**members))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Name": "a" * 1025}, "InvalidName"),
        ({"VM": {}}, "InvalidVM"),
        ({"VM": {"ECSImageId": ""}}, "InvalidVM"),
        ({"Docker": {"Image": "ubuntu"}}, "InvalidVM"),
        ({"VM": {"ECSImageId": "ubuntu"}}, "InvalidECSImageId"),
        ({"VM": {}, "Docker": {"Image": "a b"}}, "InvalidDocker"),
        ({"VM": {}, "Docker": {"Image": "a", "RegistryOSSPath": "/dockers"}}, "InvalidDocker"),
        ({"VM": {}, "Docker": {"Image": "a//b", "RegistryOSSPath": "oss://b/"}}, "InvalidDocker"),
        ({"EnvVars": {"BATCH_COMPUTE_DOCKER_IMAGE": "a b"}}, "InvalidEnvVars"),
        ({"InputParameters": {"": {}}}, "InvalidInputParameters"),
        ({"InputParameters": {"a}": {}}}, "InvalidInputParameters"),
        ({"InputParameters": {"a": {"Type": "Integer"}}}, "InvalidType"),
        ({"InputParameters": {"a": {"Type": "Number", "Default": "one"}}}, "InvalidDefault"),
        ({"InputParameters": {"a": {"Type": "Number", "Default": "1\n"}}}, "InvalidDefault"),
        ({"InputParameters": {"a": {"Default": True}}}, "InvalidDefault"),
        ({"InputParameters": {"a": {"Type": "Number", "Default": True}}}, "InvalidDefault"),
        ({"InputParameters": {"a": {"LocalPath": "a"}}}, "InvalidLocalPath"),
        ({"InputParameters": {"a": {"LocalPath": "/a", "Type": "Number"}}}, "InvalidType"),
        ({"InputParameters": {"a": {}}, "OutputParameters": {"a": {}}}, "InvalidOutputParameters"),
        ({"EnvVars": {"a=b": "c"}}, "InvalidEnvVars"),
        ({"CommandLine": "x" * 131_072}, "InvalidCommandLine"),
        ({"CommandLine": "é" * 65_536}, "InvalidCommandLine"),
        ({"EnvVars": {"a": "\0"}}, "InvalidEnvVars"),
        ({"CommandLine": "echo \0"}, "InvalidCommandLine"),
        ({"Config": {"InstanceCount": {"Default": 0}}}, "InvalidInstanceCount"),
        ({"Config": {"Timeout": {"Default": -1}}}, "InvalidTimeout"),
        ({"Config": {"MaxRetryCount": {"Default": 2**31}}}, "InvalidMaxRetryCount"),
    ],
)
def test_refused_app(members: dict[str, Any], code: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_app(app(**members))
    assert (caught.value.status, caught.value.code) == (400, code)
