from __future__ import annotations

import socket

import pytest

from batchcompute.server.api.hosts import HostCheck

#: What real clients send: the hosted service's names, names of private networks, addresses.
REAL = [
    "batchcompute.cn-qingdao.aliyuncs.com",
    "batchcompute-vpc.cn-hangzhou.aliyuncs.com:80",
    "BatchCompute.CN-Beijing.AliyunCS.com",
    "localhost",
    "localhost:8642",
    "LOCALHOST.",
    "batchcompute.localhost:1",
    "127.0.0.1:8642",
    "192.168.1.7",
    "[::1]:8642",
    "[::1]",
    "host.docker.internal:8642",
    "batchcompute",
    "printer.local",
    "nas.home.arpa",
    "service.test:80",
    "",
]
STRANGE = [
    "attacker.com",
    "attacker.com:8642",
    "localhost.attacker.com",
    "127.0.0.1.attacker.com",
    "xaliyuncs.com",
    "aliyuncs.com.attacker.com",
    "127.0.0.1.nip.io",
    "[attacker.com]",
    "attacker.com.",
    "\xe4.com",
]


@pytest.mark.parametrize("host", REAL)
def test_real_clients_are_let_through(host: str) -> None:
    assert HostCheck("127.0.0.1").allows(host.encode())


@pytest.mark.parametrize("host", STRANGE)
def test_names_that_a_stranger_can_have_are_not(host: str) -> None:
    assert not HostCheck("127.0.0.1").allows(host.encode("latin-1"))


def test_own_names_are_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Node7.cluster.company.com")
    assert HostCheck("127.0.0.1").allows(b"node7.cluster.company.com:8642")
    assert not HostCheck("127.0.0.1").allows(b"node8.cluster.company.com:8642")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_a_service_of_this_machine_alone_is_checked(host: str) -> None:
    check = HostCheck.for_address(host)
    assert check is not None
    assert not check.allows(b"attacker.com")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "node7.company.com"])
def test_a_service_that_others_reach_is_not(host: str) -> None:
    assert HostCheck.for_address(host) is None
