"""How the airline speaks, whatever it is asked."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from deployments.sandbox.airline.errors import CODES
from deployments.sandbox.airline.rate import PER_MINUTE, RateLimit
from tests.sandbox.harness import Airline, Sandbox, codes, vector

UNLISTED_CODES = {
    # Duffel documents these for POST /air/payments; the collected table does not have them.
    "already_paid",
    "order_type_not_eligible_for_payment",
    "past_payment_required_by_date",
    # Nobody has seen Duffel's body for these; a client falls back to the status.
    "method_not_allowed",
    "service_unavailable",
}


def request(sandbox: Sandbox, headers: dict[str, str]) -> httpx.Response:
    return sandbox.stranger.get("/airline/air/orders", headers=headers)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Duffel-Version": "v2"}, 401, "missing_authorization_header"),
        ({"Duffel-Version": "v2", "Authorization": "Basic x"}, 401, "invalid_authorization_header"),
        ({"Duffel-Version": "v2", "Authorization": "Bearer sandbox"}, 401, "access_token_not_found"),
        ({"Duffel-Version": "v2", "Authorization": "Bearer duffel_live_1"}, 401, "access_token_not_found"),
        ({"Authorization": "Bearer duffel_test_1"}, 400, "missing_version_header"),
        ({"Authorization": "Bearer duffel_test_1", "Duffel-Version": "v1"}, 400, "unsupported_version"),
    ],
)
def test_every_request_needs_a_test_token_and_the_version(
    sandbox: Sandbox, headers: dict[str, str], status: int, code: str
) -> None:
    # when a header is missing or wrong
    reply = request(sandbox, headers)
    # then the airline says which
    assert (reply.status_code, codes(reply)) == (status, [code])


@pytest.mark.parametrize("path", ["/air/orders", "/air/orders/ord_unknown", "/air/nothing"])
def test_every_answer_states_the_rate_limit_and_its_id(airline: Airline, path: str) -> None:
    # when the airline answers well or badly
    reply = airline.http.get(path)
    # then the headers say what is left of this minute, and the id is the one its error names
    assert int(reply.headers["ratelimit-remaining"]) < int(reply.headers["ratelimit-limit"])
    assert parsedate_to_datetime(reply.headers["ratelimit-reset"]).second == 0
    assert reply.json()["meta"].get("request_id", reply.headers["x-request-id"]) == reply.headers["x-request-id"]


def test_the_budget_of_a_minute_falls_with_every_request(airline: Airline) -> None:
    # when two requests follow each other within one minute
    first, second = (airline.http.get("/air/orders") for _ in range(2))
    if first.headers["ratelimit-reset"] != second.headers["ratelimit-reset"]:
        first, second = second, airline.http.get("/air/orders")
    # then the second finds one less
    assert int(first.headers["ratelimit-remaining"]) - int(second.headers["ratelimit-remaining"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "malformed_data_param"),
        ("{", "malformed_data_param"),
        ("[]", "missing_data_param"),
        ("{}", "missing_data_param"),
        ('{"data": []}', "malformed_data_param"),
        # half of a surrogate pair: JSON allows it, no answer could repeat it
        (r'{"data": {"metadata": {"k": "\ud800"}}}', "malformed_data_param"),
    ],
)
def test_a_body_wraps_its_data(airline: Airline, body: str, code: str) -> None:
    # when a body is not an object with an object in it
    reply = airline.http.post("/air/orders", content=body)
    # then it is refused
    assert (reply.status_code, codes(reply)) == (400, [code])


def test_an_error_has_the_published_form(airline: Airline) -> None:
    # when the airline refuses
    reply = airline.http.get("/air/orders/ord_unknown")
    # then its error has the form of the published one, and says its own status
    published = vector("duffel/go/400-bad-request.json")
    body = reply.json()
    assert set(body) == set(published)
    assert set(body["errors"][0]) == set(published["errors"][0])
    assert body["meta"] == {"status": 404, "request_id": reply.headers["x-request-id"]}


def test_every_code_is_one_duffel_has() -> None:
    # given the collected codes of Duffel
    published: dict[str, Any] = vector("duffel/error-codes.json")["codes"]
    # then ours are among them, with the type where one was seen
    assert set(CODES) - set(published) == UNLISTED_CODES
    for code, (_, kind, _) in CODES.items():
        seen = published.get(code, {}).get("type")
        assert seen in (None, kind), code


@pytest.mark.parametrize("limit", ["0", "201", "many"])
def test_a_page_has_one_to_two_hundred_entries(airline: Airline, limit: str) -> None:
    reply = airline.http.get("/air/orders", params={"limit": limit})
    assert (reply.status_code, codes(reply)) == (422, ["validation_format"])


def test_a_cursor_of_another_list_is_refused(airline: Airline) -> None:
    reply = airline.http.get("/air/orders", params={"after": "g2wAAAACbQAAABBBZXJvbWlzdC1LaGFya2l2bQAAAB="})
    assert (reply.status_code, codes(reply)) == (422, ["validation_format"])


def test_a_minute_has_room_for_its_limit_and_no_more() -> None:
    # given a minute in which the limit is used up
    limit = RateLimit()
    moment = datetime(2026, 12, 1, 12, 0, 59, tzinfo=UTC)
    assert all(limit.take(moment) for _ in range(PER_MINUTE))
    # then one more is too many, until the next minute begins
    assert not limit.take(moment)
    assert limit.headers()["ratelimit-remaining"] == "0"
    assert limit.headers()["ratelimit-reset"] == "Tue, 01 Dec 2026 12:01:00 GMT"
    assert limit.take(moment + timedelta(seconds=1))
