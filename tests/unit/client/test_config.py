"""Where requests go and as whom: every form of the first argument, and the environment."""

from __future__ import annotations

import pytest

from batchcompute import CN_SHENZHEN, AsyncClient, Client, ConfigError, regions
from batchcompute.config import (
    Credentials,
    Endpoint,
    RegionTable,
    resolve_credentials,
    resolve_endpoint,
)

_HOST = "batchcompute.cn-shenzhen.aliyuncs.com"
_VPC_HOST = "batchcompute-vpc.cn-x.aliyuncs.com"


@pytest.mark.parametrize(
    ("region", "security_conn", "url", "region_id"),
    [
        (CN_SHENZHEN, None, f"https://{_HOST}", "cn-shenzhen"),
        ("cn-shenzhen", None, f"https://{_HOST}", "cn-shenzhen"),
        (" cn-shenzhen ", True, f"https://{_HOST}", "cn-shenzhen"),
        (CN_SHENZHEN, False, f"http://{_HOST}", "cn-shenzhen"),
        ("http://127.0.0.1:8642", None, "http://127.0.0.1:8642", ""),
        ("http://127.0.0.1:8642", False, "http://127.0.0.1:8642", ""),
        ("http://[::1]:8642", None, "http://[::1]:8642", ""),
        ("https://example.com/", None, "https://example.com", ""),
        ("https://example.com:443", None, "https://example.com", ""),
        (f"https://{_HOST}", None, f"https://{_HOST}", "cn-shenzhen"),
        ("example.com:8080", None, "https://example.com:8080", ""),
        ("localhost:8642", False, "http://localhost:8642", ""),
        (_VPC_HOST, None, f"https://{_VPC_HOST}", "cn-x"),
    ],
)
def test_endpoint_of_each_form(
    region: str, security_conn: bool | None, url: str, region_id: str
) -> None:
    assert resolve_endpoint(region, security_conn, {}) == Endpoint(url, region_id)


@pytest.mark.parametrize(
    ("region", "security_conn", "message"),
    [
        ("", None, "no region given"),
        ("   ", None, "no region given"),
        ("cn-nowhere", None, "unknown region 'cn-nowhere'.*cn-shenzhen"),
        ("ftp://example.com", None, "must be http"),
        ("http://", None, "must be http"),
        ("http://example.com/path", None, "no user, path or query"),
        ("http://user:hunter2@example.com", None, r"//\*\*\*@example.com"),
        ("http://example.com:99999", None, "is not a URL"),
        ("http://example.com", True, "contradicts"),
        ("https://example.com", False, "contradicts"),
        ("http://a..b", None, "host name"),
        ("http://" + "a" * 64 + ".com", None, "host name"),
        ("http://" + "a." * 127 + "com", None, "host name"),
        ("http://中文.invalid", None, "host name"),
        ("http://a\x01b.com", None, "host name"),
        ("http://a b.com", None, "host name"),
        ("http://a%41b.com", None, "host name"),
        ("http://[1::2::3]", None, "host name|is not a URL"),
        (5, None, "must be a text, not int"),
    ],
)
def test_endpoint_that_makes_no_sense_is_refused(
    region: str, security_conn: bool | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        resolve_endpoint(region, security_conn, {})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://256.1.1.1", "http://xn--a", "http://[::g]"])
def test_endpoint_that_httpx_cannot_ask_is_refused_when_the_client_is_made(url: str) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(ConfigError, match="endpoint"):
            kind(url, "id", "secret")


@pytest.mark.parametrize("host", ["a_b", "-a-", "a.b.", "1.2.3.4", "[::1]", "A.b", "a" * 63])
def test_unusual_hosts_are_hosts(host: str) -> None:
    with Client(f"http://{host}:1", "id", "secret") as client:
        assert repr(client) == f"Client('http://{host.lower()}:1')"


def test_endpoint_of_the_environment_redirects_a_region_and_keeps_its_id() -> None:
    environ = {"BATCHCOMPUTE_ENDPOINT": "http://127.0.0.1:8642"}

    assert resolve_endpoint(CN_SHENZHEN, True, environ) == Endpoint(
        "http://127.0.0.1:8642", "cn-shenzhen"
    )
    assert resolve_endpoint("", None, environ).url == "http://127.0.0.1:8642"
    assert resolve_endpoint("https://example.com", None, environ).url == "https://example.com"


def test_region_of_the_environment_is_the_default() -> None:
    environ = {"BATCHCOMPUTE_REGION": "cn-beijing"}

    assert resolve_endpoint("", None, environ).region == "cn-beijing"
    assert resolve_endpoint("cn-qingdao", None, environ).region == "cn-qingdao"


def test_registered_region_is_found_by_id_and_host_with_its_own_port() -> None:
    table = RegionTable()
    table.register("cn-new", "bc.example.com", 8080)
    table.register("cn-other", "other.example.com")

    for name in ("cn-new", "bc.example.com"):
        assert resolve_endpoint(name, False, {}, table).url == "http://bc.example.com:8080"
    assert resolve_endpoint("bc.example.com", None, {}, table).region == "cn-new"
    # Another registration changes nothing for this one.
    assert resolve_endpoint("cn-other", False, {}, table).url == "http://other.example.com"
    assert resolve_endpoint("cn-shenzhen", False, {}, table).url == f"http://{_HOST}"


def test_port_of_a_registered_region_is_not_that_of_encryption_that_is_asked_for() -> None:
    table = RegionTable()
    table.register("cn-new", "bc.example.com", 8080)

    # As it always was: the port is that of plain HTTP, and security_conn=True means 443.
    assert resolve_endpoint("cn-new", True, {}, table).url == "https://bc.example.com"
    assert resolve_endpoint("cn-new", None, {}, table).url == "https://bc.example.com:8080"


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1:8642", 80, "http://127.0.0.1:8642"),
        ("127.0.0.1:8642", 8642, "http://127.0.0.1:8642"),
        (" Bc.example.com ", 80, "http://Bc.example.com"),
        ("[::1]:8642", 80, "http://[::1]:8642"),
        ("::1", 8642, "http://[::1]:8642"),
        ("h:80", 80, "http://h"),
    ],
)
def test_host_of_a_region_may_have_its_port(host: str, port: int, url: str) -> None:
    table = RegionTable()
    table.register("cn-new", host, port)

    assert resolve_endpoint("cn-new", False, {}, table) == Endpoint(url, "cn-new")
    assert resolve_endpoint(url, None, {}, table).region == "cn-new"


@pytest.mark.parametrize(
    ("region", "host", "port"),
    [
        ("r\n", "h", 0),
        ("r\nx", "h", 80),
        ("区", "h", 80),
        ("r", "http://127.0.0.1:8642", 80),
        ("r", "http://user:hunter2@h", 80),
        ("r", "h/path", 80),
        ("r", "h:8642", 8080),
        ("r", "h:x", 80),
        ("r", "h:0", 80),
        ("r", "h:99999", 80),
        ("r", "a..b", 80),
        ("", "h", 80),
        ("r", "", 80),
        ("r", "h", 0),
        ("r", "h", 65536),
        ("r", "h", "80"),
        (None, "h", 1),
    ],
)
def test_registration_of_nonsense_is_refused(region: str, host: str, port: int) -> None:
    with pytest.raises(ConfigError) as caught:
        RegionTable().register(region, host, port)
    assert "hunter2" not in str(caught.value)


def test_client_region_table_is_returned_as_a_copy() -> None:
    Client.get_regions().clear()

    assert len(Client.get_regions()) >= 14


def test_region_constants_are_the_documented_hosts() -> None:
    hosts = {getattr(regions, name) for name in regions.CONSTANTS}

    assert len(regions.CONSTANTS) == 14
    assert hosts == set(regions.ENDPOINTS.values())
    assert all(
        host == f"batchcompute.{id_}.aliyuncs.com" for id_, host in regions.ENDPOINTS.items()
    )


def test_credentials_come_from_arguments_or_else_the_environment() -> None:
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "env-token",
    }

    assert resolve_credentials(None, None, None, environ) == Credentials(
        "env-id", "env-secret", "env-token"
    )
    # The token belongs to the key beside it.
    assert resolve_credentials("id", "secret", "", environ) == Credentials("id", "secret", "")
    assert resolve_credentials("id", "secret", " t ", environ).security_token == "t"


@pytest.mark.parametrize(
    ("key_id", "secret", "message"),
    [
        (None, None, "no access key id"),
        ("id", None, "no access key secret"),
        ("", "s3cret", "no access key id"),
        (5, "s3cret", "access key id must be a text, not int"),
        ("id", b"s3cret", "access key secret must be a text, not bytes"),
    ],
)
def test_credentials_that_are_missing_or_no_text_are_refused(
    key_id: str, secret: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        resolve_credentials(key_id, secret, "", {})
    assert "s3cret" not in str(caught.value)


def test_credentials_hide_what_is_secret() -> None:
    assert repr(Credentials("id", "s3cret", "t0ken")) == "Credentials(access_key_id='id')"


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://localhost:1", True),
        ("http://10.0.0.1", False),
        ("https://example.com", False),
    ],
)
def test_loopback_is_recognised(url: str, loopback: bool) -> None:
    assert Endpoint(url, "").is_loopback is loopback
