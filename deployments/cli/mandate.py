"""`homeward authority …`, `homeward officers delegate …`, `homeward countersign` and `homeward policy`."""

from pathlib import Path
from typing import Annotated

import pendulum
import typer

from deployments.cli.officer import app as officers_app
from deployments.cli.terminal import BAD_INPUT, AsJson, Reference, clear, fail, show, signed_in, table
from models.case import HOME_ZONE, Step
from models.decision import Door, ReasonCode
from models.mandate import Afterwards, DelegationKind
from models.officer import Role
from models.policy import DECIDED
from tasks import countersigning, mandates, policy
from tasks.clock import now

app = typer.Typer(no_args_is_help=True, help="Standing authorities: funding decided at any hour, without an amount.")

_Code = Annotated[str, typer.Option(help="One-time code of the officer signed in; it signs this and is spent.")]
_Operation = Annotated[str, typer.Argument(metavar="OPERATION", help="Operation, or a country's code, as in KHM.")]
_Moment = Annotated[str, typer.Option(help="Moment in Seoul, like 2026-12-01T18:00.")]


def _moment(text: str) -> pendulum.DateTime:
    try:
        parsed = pendulum.parse(text, tz=HOME_ZONE, strict=True)
    except ValueError:
        parsed = None
    if not isinstance(parsed, pendulum.DateTime):
        fail(f"{text!r} is no moment; write it like 2026-12-01T18:00, by the clock of Seoul.", BAD_INPUT)
    return parsed.in_timezone("UTC")


def _seoul(at: pendulum.DateTime) -> str:
    return f"{at.in_timezone(HOME_ZONE):%Y-%m-%d %H:%M} Seoul"


@app.command("sign")
@clear
def sign(operation: _Operation, code: _Code, until: _Moment, as_json: AsJson = False) -> None:
    """Let duty officers decide the funding of an operation at any hour; another signs after them."""
    signed = mandates.sign_authority(signed_in().number, code, operation=operation, ends_at=_moment(until))
    facts = {"id": str(signed.id), "operation": operation, "until": signed.ends_at.to_iso8601_string()}
    show(
        facts,
        as_json=as_json,
        words=f"Duty officers may decide the funding of {operation} until {_seoul(signed.ends_at)}.",
    )


@app.command("revoke")
@clear
def revoke(operation: _Operation, code: _Code, as_json: AsJson = False) -> None:
    """Take an operation's standing authorities back; what was decided under them stands."""
    ended = mandates.revoke_authority(signed_in().number, code, operation=operation)
    show({"operation": operation, "revoked": ended}, as_json=as_json, words=f"{ended} standing authorities ended.")


@app.command("list")
@clear
def list_(as_json: AsJson = False) -> None:
    """List the standing authorities in force."""
    signed_in()
    rows, found = table("Operation", "Signed by", "Until"), mandates.authorities()
    for authority in found:
        rows.add_row(authority.operation, authority.signed_by, _seoul(authority.ends_at))
    facts = [
        {"operation": a.operation, "signed_by": a.signed_by, "until": a.ends_at.to_iso8601_string()} for a in found
    ]
    show(facts, as_json=as_json, words=rows if found else "No standing authority is in force.")


_To = Annotated[str, typer.Option(help="The officer who signs for the one signed in.")]
_Role = Annotated[Role, typer.Argument(metavar="ROLE", help="The role they sign in; one of your own.")]


@officers_app.command("delegate")
@clear
def delegate(
    role: _Role,
    to: _To,
    code: _Code,
    until: _Moment,
    begins: Annotated[str | None, typer.Option("--from", help="Moment in Seoul it begins; else now.")] = None,
    kind: Annotated[DelegationKind, typer.Option(help="Standing delegate, or acting for.")] = DelegationKind.acting_for,
    as_json: AsJson = False,
) -> None:
    """Let another officer sign in one of your roles for a time; both names stand under what they sign."""
    signed = mandates.delegate(
        signed_in().number, code, to=to, role=role, kind=kind,
        begins_at=_moment(begins) if begins else now(), ends_at=_moment(until),
    )  # fmt: skip
    facts = {"id": str(signed.id), "to": to, "role": role.value, "until": signed.ends_at.to_iso8601_string()}
    show(
        facts,
        as_json=as_json,
        words=f"{to} signs for {signed.principal} as {role.value} until {_seoul(signed.ends_at)}.",
    )


@officers_app.command("undelegate")
@clear
def undelegate(role: _Role, to: _To, code: _Code, as_json: AsJson = False) -> None:
    """Take back a role you let another officer sign in, from this moment on."""
    ended = mandates.end_delegations(signed_in().number, code, to=to, role=role)
    show({"to": to, "role": role.value, "ended": ended}, as_json=as_json, words=f"{ended} delegations to {to} ended.")


@officers_app.command("delegations")
@clear
def delegations(as_json: AsJson = False) -> None:
    """List the delegations that stand or are to come."""
    signed_in()
    rows, found = table("Officer", "Signs for", "Role", "Kind", "From", "Until"), mandates.delegations()
    for d in found:
        rows.add_row(d.delegate, d.principal, d.role.value, d.kind.value, _seoul(d.begins_at), _seoul(d.ends_at))
    facts = [
        {
            "delegate": d.delegate,
            "principal": d.principal,
            "role": d.role.value,
            "kind": d.kind.value,
            "from": d.begins_at.to_iso8601_string(),
            "until": d.ends_at.to_iso8601_string(),
        }
        for d in found
    ]
    show(facts, as_json=as_json, words=rows if found else "Nobody signs for another.")


@clear
def unsigned(
    reference: Annotated[str | None, typer.Argument(metavar="REF", help="One case, to read what was decided.")] = None,
    step: Annotated[Step | None, typer.Argument(metavar="STEP", help="The step decided alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what officers decided alone and you sign afterwards; with REF and STEP, what it was and its seen code."""
    officer = signed_in()
    if reference is None or step is None:
        rows = table("Case", "Step", "Decided by", "On what ground", "Signs afterwards", "Due")
        found = countersigning.unsigned(officer=None if officer.holds(Role.coordinator) else officer)
        for each in found:
            rows.add_row(
                each.reference, each.step.value, each.officer, each.basis.value, each.role.value, _seoul(each.due_at)
            )
        facts = [
            {
                "reference": each.reference,
                "step": each.step.value,
                "officer": each.officer,
                "basis": each.basis.value,
                "reason_code": each.reason_code.value,
                "role": each.role.value,
                "due_at": each.due_at.to_iso8601_string(),
            }
            for each in found
        ]
        show(facts, as_json=as_json, words=rows if found else "Nothing wants a later signature.")
        return
    shown = countersigning.shown(reference, step, reader=officer)
    lines = [f"{heading}\n" + "\n".join(f"  {caption}: {value}" for caption, value in section)
             for heading, section in shown.sections]  # fmt: skip
    evidence = [
        {"heading": heading, "lines": [{"caption": caption, "value": value} for caption, value in section]}
        for heading, section in shown.sections
    ]
    words = "\n".join([*lines, f"Seen code: {shown.seen}"])
    show(
        {"reference": reference, "step": step.value, "seen": shown.seen, "evidence": evidence},
        as_json=as_json,
        words=words,
    )


@clear
def countersign(
    reference: Reference,
    step: Annotated[Step, typer.Argument(metavar="STEP", help="The step one officer decided alone.")],
    says: Annotated[Afterwards, typer.Argument(metavar="SAYS", help="confirm or object.")],
    code: _Code,
    seen: Annotated[str, typer.Option(help="Six letters from `homeward unsigned REF STEP`.")],
    reason_code: Annotated[ReasonCode, typer.Option(help=f"Why: {', '.join(countersigning.REASONS)}.")],
    as_json: AsJson = False,
) -> None:
    """Sign afterwards what another officer decided alone; an objection is an alarm and undoes nothing by itself."""
    officer = signed_in()
    signed = countersigning.countersign(
        reference,
        step,
        officer_number=officer.number,
        code=code,
        seen=seen,
        says=says,
        reason_code=reason_code,
        door=Door.cli,
    )
    facts = {"reference": reference, "step": step.value, "says": says.value, "decision_id": str(signed.decision_id)}
    show(facts, as_json=as_json, words=f"Signed: {officer.number} {says.value}s {step.value} of {reference}.")


@clear
def show_policy(
    file: Annotated[Path | None, typer.Argument(help="A policy to check; else the one in force.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who decides what, and check that somebody can."""
    stated = policy.stated_in(file) if file else policy.policy()
    rows = table("Step", "For", "Decides", "Within")
    rules = [rule for step in DECIDED for rule in stated.rule if rule.step is step]
    for rule in rules:
        joint = ", then " if rule.order == "sequence" else " and "
        who = joint.join(place.words for place in rule.places)
        for_whom = (rule.category.value if rule.category else "everybody") + (" in doubt" if rule.doubt else "")
        rows.add_row(rule.step.value, for_whom, who, f"{rule.due_minutes} min")
    policy.refuse_unworkable(stated)
    if policy.lacks_second_examiner(stated):
        rows.caption = "Nobody could examine an identity in doubt as the second; enrol another verifying officer."
    show(stated.model_dump(mode="json"), as_json=as_json, words=rows)
