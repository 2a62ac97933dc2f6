"""Made-up requests for every operation of the contract get answers that the contract promises."""

from __future__ import annotations

import pytest

from batchcompute.server import LocalServer
from tests.slow.conformance import check


@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("default")  # the generator's own do not matter here
def test_service_answers_as_the_contract_says() -> None:
    with LocalServer(boot_seconds=0) as server:
        found = check(server, cases=25, number=1)
    assert found.faults == {}
    assert found.cases > 1000
    # All kinds of answers were seen, so the requests were not all refused at the door.
    assert {200, 201, 204, 400, 404, 409} <= found.statuses.keys()
    assert found.statuses[201] >= 30
