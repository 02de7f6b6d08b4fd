"""Nothing of a drill leaves the machine (flights §6, number 20): the tests refuse it before a byte does."""

import socket

import httpx
import pytest

from tasks.settings import settings
from tests.conftest import LeavesTheMachine


@pytest.mark.parametrize("host", ["api.duffel.com", "192.0.2.1", b"api.duffel.com"])
def test_20_a_name_or_an_address_outside_is_refused_before_it_is_asked(host: str | bytes) -> None:
    with pytest.raises(LeavesTheMachine):
        socket.getaddrinfo(host, 443)
    with pytest.raises(LeavesTheMachine):
        httpx.get(f"https://{host if isinstance(host, str) else host.decode()}/air/airlines")


def test_20_this_machine_is_not_outside() -> None:
    for host in (None, "localhost", "127.0.0.1", "::1"):
        assert socket.getaddrinfo(host, 80)


def test_20_every_partner_of_a_drill_is_on_this_machine(configured: pytest.MonkeyPatch) -> None:
    del configured
    addresses = {name: value for name, value in settings().model_dump().items() if name.endswith("_url")}
    partners = {name: value for name, value in addresses.items() if isinstance(value, str) and name != "desk_url"}

    assert len(partners) >= 9
    assert [name for name, value in partners.items() if httpx.URL(value).host != "127.0.0.1"] == []
