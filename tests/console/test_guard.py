"""Who is let in, and what every answer says about what a page may do."""

from __future__ import annotations

import httpx
import pytest

from batchcompute.server import LocalServer
from batchcompute.server.console.application import ACTIONS
from batchcompute.server.console.sessions import LINK_SECONDS, SESSION_SECONDS, Sessions
from tests.console.conftest import Browser


def test_link_signs_in_once(server: LocalServer) -> None:
    link = server.console_link()
    first = Browser(link)
    cookie = first.entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert first.get("/jobs").status_code == 200
    first.http.close()

    second = Browser(link)

    assert second.entered.status_code == 403
    assert "set-cookie" not in second.entered.headers
    assert second.get("/jobs").status_code == 401
    second.http.close()


def test_strangers_see_nothing(server: LocalServer) -> None:
    name = f"batchcompute-console-{server.console_endpoint.rpartition(':')[2]}"
    with httpx.Client(base_url=server.console_endpoint, trust_env=False) as http:
        for path in ("/jobs", "/jobs/x", "/jobs/x/tasks/y/cells", "/nowhere"):
            response = http.get(path)
            assert response.status_code == 401, path
            assert "batchcompute console" in response.text
        assert http.post("/jobs", data={"action": "stop"}).status_code == 401
        assert http.get("/jobs", headers={"Cookie": f"{name}=9.x.y"}).status_code == 401


def test_link_from_another_site_is_asked_for_once_more(server: LocalServer) -> None:
    # A browser keeps the cookie back then; the page that it gets asks again, and has it.
    with httpx.Client(base_url=server.console_endpoint, trust_env=False) as http:
        response = http.get("/jobs?state=Failed", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200
    assert 'content="0;url=/jobs?state=Failed"' in response.text


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil.example", "x"])
def test_sign_in_leads_to_no_other_site(server: LocalServer, to: str) -> None:
    with httpx.Client(trust_env=False) as http:
        response = http.get(f"{server.console_link()}&to={to}")
    assert 'content="0;url=/"' in response.text
    assert "evil" not in response.text


def test_answers_allow_no_script_but_our_own(browser: Browser) -> None:
    for path in ("/jobs", "/static/console.js", "/login", "/nowhere"):
        policy = browser.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_pages_have_no_script_and_no_style_of_their_own(browser: Browser) -> None:
    page = browser.page("/jobs")
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('src="/static/') - page.count('<img src="/static/')


@pytest.mark.parametrize("host", ["evil.example.com", "rebind.attacker.net:8644"])
def test_other_names_are_not_answered(browser: Browser, host: str) -> None:
    assert browser.get("/jobs", Host=host).status_code == 400


def test_changes_want_the_token_of_the_page(browser: Browser) -> None:
    token = browser.token()
    fields = {"action": "stop", "id": "job-none"}
    assert browser.post("/jobs", {**fields, "token": token}).status_code == 303
    assert browser.post("/jobs", fields).status_code == 403
    assert browser.post("/jobs", {**fields, "token": "0" * 64}).status_code == 403
    assert browser.post("/jobs", {**fields, "token": "é"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_changes_want_our_own_origin(browser: Browser, headers: dict[str, str]) -> None:
    fields = {"action": "stop", "id": "job-none", "token": browser.token()}
    assert browser.post("/jobs", fields, **headers).status_code == 403


@pytest.mark.parametrize("path", ["/logout", "/preferences", *ACTIONS])
def test_every_change_is_guarded(browser: Browser, path: str) -> None:
    plain = path.replace("{", "").replace("}", "").replace(":path", "")
    assert browser.post(plain, {}).status_code == 403


def test_sign_out_ends_the_session(browser: Browser) -> None:
    cookies = dict(browser.http.cookies)
    browser.post("/logout", {"token": browser.token()})
    assert browser.get("/jobs").status_code == 401
    browser.http.cookies.update(cookies)
    assert browser.get("/jobs").status_code == 401


def test_read_only_console_changes_nothing() -> None:
    with LocalServer(boot_seconds=0, console_port=0, console_read_only=True) as server:
        browser = Browser(server.console_link())
        assert "read-only" in browser.page("/jobs")
        token = browser.token()
        for path in ACTIONS:
            plain = path.replace("{", "").replace("}", "").replace(":path", "")
            assert browser.post(plain, {"token": token}).status_code == 403, path
        browser.http.close()


def test_page_is_not_sent_again_while_nothing_happens(browser: Browser) -> None:
    tag = browser.get("/jobs").headers["etag"]
    assert browser.get("/jobs", **{"If-None-Match": "other"}).status_code == 200
    # The tag has the time in it, so that it may change between two requests, but not always.
    answers = []
    for _ in range(3):
        again = browser.get("/jobs", **{"If-None-Match": tag})
        answers.append(again.status_code)
        tag = again.headers["etag"]
    assert 304 in answers


def test_links_and_sessions_end() -> None:
    now = 1000.0
    sessions = Sessions(b"secret", lambda: now)
    old, until = sessions.make_link()
    assert until == now + LINK_SECONDS
    now += LINK_SECONDS + 1
    assert sessions.begin(old) is None
    cookie = sessions.begin(sessions.make_link()[0])
    assert cookie is not None
    assert sessions.find(cookie) is not None
    # A service with the same key knows it after a restart; another one does not.
    assert Sessions(b"secret", lambda: now).find(cookie) is not None
    assert Sessions(b"other", lambda: now).find(cookie) is None
    assert sessions.find(cookie.replace(".", "1.", 1)) is None
    assert sessions.find("") is None
    now += SESSION_SECONDS + 1
    assert sessions.find(cookie) is None


def test_links_of_one_key_push_out_none_of_another() -> None:
    now = 1_000_000.0
    sessions = Sessions(b"secret", lambda: now)
    others, _ = sessions.make_link("other")
    links = [sessions.make_link("greedy")[0] for _ in range(1200)]
    assert sessions.begin(others) is not None
    # A bound there is: the last ones work.
    works = [sessions.begin(link) is not None for link in links]
    assert works == sorted(works)
    assert 10 < sum(works) < 1000
