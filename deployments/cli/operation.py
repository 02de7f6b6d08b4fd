"""`homeward operation …`: many people at once, and who of them is where."""

from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, clear, on_duty, show, table
from models.case import HOME_ZONE
from models.officer import Duty
from tasks import operations
from tasks.settings import settings

app = typer.Typer(no_args_is_help=True, help="Operations: many people brought home together.")

_Operation = Annotated[str, typer.Argument(metavar="OPERATION", help="Its short name, for example khm-2026-11.")]


@app.command("list")
@clear
def list_(as_json: AsJson = False) -> None:
    """List the operations, with how many cases each has."""
    on_duty(Duty.look_at_cases)
    found, rows = operations.listed(), table("Operation", "Cases")
    for operation, cases in found.items():
        rows.add_row(operation, str(cases))
    facts = [{"operation": operation, "cases": cases} for operation, cases in found.items()]
    show(facts, as_json=as_json, words=rows if found else "No case is open; take in a list with `homeward intake`.")


@app.command("start")
@clear
def start(operation: _Operation, as_json: AsJson = False) -> None:
    """Begin the journeys of everybody in an operation who waits to begin, one run each."""
    on_duty(Duty.run_the_case)
    run_id = operations.start(operation)
    address = f"{settings().prefect_api_url.removesuffix('/api')}/runs/flow-run/{run_id}"
    show(
        {"operation": operation, "run_id": str(run_id), "address": address},
        as_json=as_json,
        words=f"The journeys of {operation} begin; see each person in {address} or with "
        f"`homeward operation show {operation}`.",
    )


@app.command("show")
@clear
def show_(operation: _Operation, as_json: AsJson = False) -> None:
    """Count heads: everybody of an operation by name, where they stand, and whose answer they wait for."""
    counted = operations.head_count(operation, reader=on_duty(Duty.look_at_cases))
    rows = table("Case", "Name", "Stands", "Waits at", "For", "Since (Seoul)", "Owner")
    # A reference in two lines can be copied from neither.
    rows.columns[0].no_wrap = True
    for each in counted.people:
        rows.add_row(
            each.reference, each.name, each.stand.value, each.waits_at.value if each.waits_at else "",
            each.waits_for.value if each.waits_for else "", f"{each.since.in_timezone(HOME_ZONE):%m-%d %H:%M}",
            each.owner,
        )  # fmt: skip
    rows.caption, rows.caption_justify = counted.words, "left"
    facts = {
        "operation": counted.operation,
        "at": counted.at.to_iso8601_string(),
        "totals": {where.value: count for where, count in counted.totals.items()},
        "people": [
            {
                "reference": each.reference,
                "name": each.name,
                "stands": each.stand.value,
                "waits_at": each.waits_at and each.waits_at.value,
                "waits_for": each.waits_for and each.waits_for.value,
                "since": each.since.to_iso8601_string(),
                "owner": each.owner,
            }
            for each in counted.people
        ],
    }
    show(facts, as_json=as_json, words=rows)
