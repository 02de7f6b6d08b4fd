"""A run that cannot suspend because the engine is in trouble is tried again; nobody is asked to mend the program."""

import httpx
import pytest
from prefect.exceptions import PrefectHTTPStatusError

from tasks import calls, suspension
from tasks.engine import EngineUnavailable


def answered(status: int) -> PrefectHTTPStatusError:
    """What Prefect's client raises on a status."""
    reply = httpx.Response(status, request=httpx.Request("POST", "http://engine.test/api/flow_runs/1/set_state"))
    return PrefectHTTPStatusError.from_httpx_error(httpx.HTTPStatusError("", request=reply.request, response=reply))


@pytest.mark.parametrize("fault", [answered(500), answered(503), httpx.ReadError(""), httpx.ConnectError("")], ids=str)
def test_an_engine_in_trouble_is_no_fault_of_ours(fault: Exception) -> None:
    def suspends(_reference: str) -> None:
        with suspension._answering():
            raise fault

    with pytest.raises(EngineUnavailable) as unavailable:
        calls.discreet(suspends)("KHM-2026-0001")

    assert not isinstance(unavailable.value, calls.ASKS_A_PERSON)


def test_what_the_engine_refuses_stays_what_it_is() -> None:
    with pytest.raises(PrefectHTTPStatusError), suspension._answering():
        raise answered(422)
