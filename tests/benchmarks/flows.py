"""Flows with empty steps: five gates, as Prefect's documentation writes them, and none."""

from prefect import flow
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput

GATES = 5


class Approval(RunInput):
    """What the Resume form asks."""

    approved: bool = False


@flow(persist_result=False)
def no_gate() -> None:
    """Begin and end."""


@flow(persist_result=False)
def five_gates() -> None:
    """Wait for five approvals, one after the other."""
    for gate in range(GATES):
        suspend_flow_run(wait_for_input=Approval, key=f"gate-{gate}", timeout=86400)
