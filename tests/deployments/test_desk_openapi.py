"""What the desk's own OpenAPI allows, made up by schemathesis: whoever sends it, no answer is a fault of ours."""

from http import HTTPStatus
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.schemas import OpenApiSchema
from starlette.requests import Request

from deployments.desk.app import application
from deployments.desk.session import COOKIE, form_token
from models.officer import Role
from tasks import officers
from tests.deployments.test_desk import enrol
from tests.deployments.test_desk_garbage import AtTheDesk, at_the_desk
from tests.deployments.test_garbage import case_file_of_all

__all__ = ["at_the_desk", "case_file_of_all"]

LEAST_OPERATIONS = 40
"""Were they fewer, the schema would have lost its way: the desk had 47 when this was written."""

NOT_SENT = {
    "/sign-out",  # it ends the session everything else is sent with
    "/health/ready",  # it says 503 where no engine runs, as here
}

FEW, MANY = 4, 150
"""Examples of each operation."""


def schema() -> OpenApiSchema:
    """What the desk takes by its own word; of a running desk nobody can ask for it."""
    return schemathesis.openapi.from_dict(application().openapi())


def operations_of(desk: OpenApiSchema) -> list[APIOperation[Any, Any, Any, Any]]:
    """Every operation of a schema, all of which must be sound."""
    found = [each.ok() if isinstance(each, Ok) else None for each in desk.get_all_operations()]
    assert None not in found
    return [each for each in found if each is not None]


def sends_what_the_schema_allows(who: AtTheDesk, *roles: Role, examples: int) -> int:
    """Send each operation so many requests as an officer of some roles; return how many operations there were."""
    cookie = officers.open_session(enrol(*roles).officer, door="desk")
    browser = Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={cookie}".encode())]})
    address, form = str(who.browser.base_url).rstrip("/"), {"form_token": form_token(browser)}
    operations = operations_of(schema())
    for operation in operations:
        if operation.path in NOT_SENT:
            continue

        @hypothesis.settings(
            max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @hypothesis.given(case=operation.as_strategy(), known=st.booleans())
        def send(case: schemathesis.Case[Any], known: bool) -> None:  # noqa: FBT001  Hypothesis gives it by its name
            # Half of what is sent is about a case there is; all of it comes from a form of this session.
            if known and "reference" in case.path_parameters:
                case.path_parameters["reference"] = who.reference
            if isinstance(case.body, dict):
                case.body = {**case.body, **form}
            reply = case.call(base_url=address, cookies={COOKIE: cookie})
            assert reply.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (case.as_curl_command(), reply.text[:2000])
            assert "Traceback" not in reply.text, case.as_curl_command()

        send()
    return len(operations)


@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
@pytest.mark.parametrize("role", [Role.coordinator, Role.funding_officer])
def test_nothing_the_schema_allows_is_a_fault_of_ours(at_the_desk: AtTheDesk, role: Role, examples: int) -> None:
    assert sends_what_the_schema_allows(at_the_desk, role, examples=examples) >= LEAST_OPERATIONS


def test_a_request_of_the_walk_is_taken_as_a_signed_in_officers_own(at_the_desk: AtTheDesk) -> None:
    # Else everything above might have been refused at the door.
    cookie = officers.open_session(enrol(Role.coordinator).officer, door="desk")
    (board,) = [operation for operation in operations_of(schema()) if operation.path == "/board"]

    reply = board.Case().call(base_url=str(at_the_desk.browser.base_url).rstrip("/"), cookies={COOKIE: cookie})

    assert (reply.status_code, "Home" in reply.text) == (HTTPStatus.OK, True)
