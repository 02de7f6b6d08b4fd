"""A run that cannot suspend because the engine is in trouble is tried again; nobody is asked to mend the program."""

from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient
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


def test_a_form_that_arrived_though_its_answer_was_lost_is_stored() -> None:
    def engine(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        # The proxy lost the first answer of a server that was killed; the client asks again by itself.
        return httpx.Response(409 if len(asked) > 1 else 503, headers={"Retry-After": "0"}, json={"detail": ""})

    asked: list[str] = []
    transport = httpx.MockTransport(engine)
    with SyncPrefectClient("http://engine.test/api", httpx_settings={"transport": transport}) as client:
        suspension._store_once(client, UUID(int=1), "suspended-1-description", "{}")

    assert len(asked) == 2
