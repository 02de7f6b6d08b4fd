"""`homeward inbox` and `homeward decide`."""

from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table

from deployments.cli import alarms
from deployments.cli.terminal import BAD_INPUT, RED, REFUSED, AsJson, Reference, clear, fail, show, signed_in, table
from models.decision import REASONS, Answer, Door, Outcome, ReasonCode
from models.message import AlarmKind
from models.officer import Officer, Role
from tasks import alarms as alarming
from tasks import decisions, doorbell, messages, silence
from tasks.clock import now


@clear
def inbox(
    everyone: Annotated[bool, typer.Option("--all", help="As coordinator: what waits for anybody.")] = False,
    closed: Annotated[
        bool, typer.Option("--closed", help="With --json: without the evidence, so that no look is recorded.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what waits for the officer signed in, the oldest question first; with --all, open alarms before it.

    With --json each question that is this officer's to decide has its evidence, seen code and what changed; looks are
    recorded.
    """
    officer = signed_in()
    if closed and not as_json:
        fail("Without --json the inbox never opens the evidence; leave --closed out.", BAD_INPUT)
    # A coordinator may look at every question; opened here is only what they decide themselves.
    opens = as_json and not closed
    own = {item.reference for item in decisions.inbox(officer)} if opens else set()
    waiting = decisions.inbox(officer, all_roles=everyone)
    rows = table("Case", "Step", "Decides", "Due", "Overdue", "Note")
    for item in waiting:
        overdue = "OVERDUE" if item.overdue else ""
        went_up = f"Went up to {' and '.join(item.escalated_to)}. " if item.escalated_to else ""
        rows.add_row(
            item.reference, item.step.value, item.role.value, item.due_words, overdue, went_up + (item.note or "")
        )
    facts = [
        {
            "reference": item.reference,
            "step": item.step.value,
            "role": item.role.value,
            "asked_at": item.asked_at.to_iso8601_string(),
            "due_at": item.due_at.to_iso8601_string(),
            "note": item.note,
            "age_s": item.age_s,
            "overdue": item.overdue,
            "escalated_to": list(item.escalated_to),
            "looked_at": item.news.looked_at.to_iso8601_string() if item.news else None,
            "news": list(item.news.told) if item.news else [],
            "more_news": item.news.more if item.news else 0,
            **({"evidence": _opened(item, officer)} if item.reference in own else {}),
        }
        for item in waiting
    ]
    everything = everyone and officer.holds(Role.coordinator)
    nothing = f"Nothing waits for {'anybody' if everything else officer.number}."
    above = _alarming() if everything else []
    show(facts, as_json=as_json, words=Group(*above, rows if waiting else nothing))


def _opened(item: decisions.Waiting, officer: Officer) -> dict[str, Any] | None:
    """Return what an officer must see to decide a question; None when it was answered meanwhile."""
    shown = decisions.evidence(item.reference, reader=officer, purpose="inbox")
    if shown is None or shown.step is not item.step:
        return None
    sections = [
        {"heading": heading, "lines": [{"caption": caption, "value": value} for caption, value in lines]}
        for heading, lines in shown.sections
    ]
    return {"seen": shown.seen, "digest": shown.digest, "changes": shown.changes, "sections": sections}


def _alarming() -> list[Table | str]:
    """Return what stands above the questions: open alarms, and that messages do not arrive."""
    shown: list[Table | str] = []
    if late := silence.overdue(at=(at := now())):
        rows = table("Not heard of in time", "Contact")
        for each in late:
            rows.add_row(each.reference, each.words(at=at), style=RED)
        shown += [rows, ""]
    # Whom nobody has heard of stands above already, also before the clock has rung.
    if standing := [alarm for alarm in alarming.standing() if alarm.kind is not AlarmKind.contact_overdue]:
        shown += [alarms.listed(standing), ""]
    if stuck := sum(each.count for each in messages.undelivered() if each.tried):
        shown += [f"{stuck} messages do not arrive; see `homeward alarms`.", ""]
    return shown


@clear
def decide(
    reference: Reference,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step, or its stage, that waits.")],
    outcome: Annotated[str, typer.Argument(metavar="DECISION", help="approve, return, reject or ask.")],
    code: Annotated[str, typer.Option(help="One-time code; it signs this decision and is spent.")],
    seen: Annotated[str, typer.Option(help="Six letters from the evidence view.")],
    reason_code: Annotated[str, typer.Option(help=f"Why: {', '.join(ReasonCode)}.")],
    reason: Annotated[str | None, typer.Option(help="Free words; they are sealed and stay in the case file.")] = None,
    to_stage: Annotated[str | None, typer.Option(help="With return: the stage to go back to.")] = None,
    officer: Annotated[str | None, typer.Option(help="Officer number; else the one signed in.")] = None,
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="Sign alone in an emergency: everybody is told, another reviews it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide the question that waits in a case."""
    allowed = [each.value for each in Outcome if each is not Outcome.cancel]
    if outcome not in allowed:
        fail(f"{outcome!r} is no decision; choose one of: {', '.join(allowed)}.", BAD_INPUT)
    fitting = [each.value for each in REASONS[Outcome(outcome)]]
    if reason_code not in fitting:
        fail(f"{reason_code!r} is no reason to {outcome}; choose one of: {', '.join(fitting)}.", BAD_INPUT)
    answer = Answer(
        officer=officer or signed_in().number,
        code=code,
        seen=seen,
        outcome=outcome,
        reason_code=reason_code,
        reason=reason,
        to_stage=to_stage,
        door=Door.cli,
        breaks_glass=break_glass,
    )
    recorded = decisions.record(reference, step, answer)
    heard = doorbell.wake(reference)
    decision = recorded.decision
    facts = {
        "reference": reference,
        "step": decision.step.value,
        "outcome": decision.outcome.value,
        "officer": decision.officer,
        "decision_id": str(decision.id),
        "woken": heard,
    }
    after = "the run goes on." if heard else "the run will find it."
    show(facts, as_json=as_json, words=f"Recorded: {decision.outcome.value} at {decision.step.value}; {after}")


@clear
def sheets(as_json: AsJson = False) -> None:
    """Show the lists of equal questions you may sign with one code, and what stands alone and why."""
    found, alone = decisions.sheets(signed_in())
    rows = table("Seen", "Step", "Flight", "Case", "Amount", "Why alone")
    for sheet in found:
        for item in sheet.items:
            rows.add_row(sheet.seen, sheet.step.value, sheet.flight, item.reference, str(item.amount), "")
    for item, why in alone:
        rows.add_row("", item.step.value, item.flight, item.reference, str(item.amount), why.value)
    facts = {
        "sheets": [
            {
                "seen": sheet.seen,
                "step": sheet.step.value,
                "flight": sheet.flight,
                "items": [{"reference": item.reference, "amount": str(item.amount)} for item in sheet.items],
            }
            for sheet in found
        ],
        "alone": [
            {"reference": item.reference, "step": item.step.value, "flight": item.flight, "why": why.name}
            for item, why in alone
        ],
    }
    show(facts, as_json=as_json, words=rows if found or alone else "No booking or funding waits for you.")


@clear
def sign(
    seen: Annotated[str, typer.Argument(metavar="SEEN", help="Six letters of the list, from `homeward sheets`.")],
    code: Annotated[str, typer.Option(help="One-time code; it signs the whole list and is spent.")],
    reason_code: Annotated[str, typer.Option(help="Why, as for a single approval.")] = ReasonCode.in_order.value,
    as_json: AsJson = False,
) -> None:
    """Approve every question on one list with one code; each case gets a decision of its own."""
    officer = signed_in()
    sheet, results = decisions.sign(officer.number, code, seen=seen, reason_code=reason_code, door=Door.cli)
    for result in results:
        doorbell.wake(result.reference)
    refused = [result for result in results if result.refused]
    facts = {
        "step": sheet.step.value,
        "flight": sheet.flight,
        "results": [{"reference": result.reference, "refused": result.refused} for result in results],
    }
    words = f"Approved: {len(results) - len(refused)} of {len(results)} at {sheet.step.value}, {sheet.flight}."
    show(facts, as_json=as_json, words="\n".join([words, *(f"{r.reference}: {r.refused}" for r in refused)]))
    if refused:
        raise typer.Exit(REFUSED)
