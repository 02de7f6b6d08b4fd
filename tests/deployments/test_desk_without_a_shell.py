"""What the command line shows a coordinator or officer is seen at the desk too, by the same officers and no others."""

import httpx
import pytest

from models.case import Step
from models.officer import Role
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_screening import another
from tests.tasks.asked import House


def test_what_waits_for_anybody_is_seen_by_who_runs_the_cases_alone(
    desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House()
    lookout, funding = house.asks(Step.lookout), house.asks(Step.funding)
    sign_in(desk, enrol(Role.coordinator))
    assert lookout.reference not in desk.get("/inbox/waiting").text

    shown = desk.get("/inbox/all").text

    assert shown.index(lookout.reference) < shown.index(funding.reference)
    assert ("lookout-officer" in shown, "funding-officer" in shown) == (True, True)
    by_itself = desk.get("/inbox/all", headers={"hx-request": "true"}).text
    assert (funding.reference in by_itself, "<html" in by_itself) == (True, False)
    monkeypatch.setattr("deployments.desk.inbox.SHOWN", 1)
    first, second = desk.get("/inbox/all").text, desk.get("/inbox/all?leaf=1").text
    assert (lookout.reference in first, funding.reference in first, "leaf=1" in first) == (True, False, True)
    assert (lookout.reference in second, funding.reference in second, "leaf=2" in second) == (False, True, False)
    another(desk, Role.lookout_officer)
    reply = desk.get("/inbox/all")
    assert (reply.status_code, funding.reference in reply.text) == (403, False)
    assert "/inbox/all" not in desk.get("/").text
