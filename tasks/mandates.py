"""Mandates: roles delegated for a time, and standing authorities, each signed with its officer's code."""

import re

import pendulum
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.case import OPERATION_PATTERN
from models.mandate import Delegation, DelegationKind, StandingAuthority
from models.officer import BESIDE_REGISTRAR, Officer, Role
from tasks import case_file, officers
from tasks.clock import now

LONGEST = pendulum.duration(days=366)
"""Nothing is delegated or authorised for ever."""


def delegate(
    principal: str,
    code: str,
    *,
    to: str,
    role: Role,
    kind: DelegationKind,
    begins_at: pendulum.DateTime,
    ends_at: pendulum.DateTime,
) -> Delegation:
    """
    Let another officer sign in one of one's own roles for a time; both names stay under what they sign.

    Raises:
        case_file.Refused: wrong code, a role one does not hold, or a period that is none.
    """
    at = now()
    _refuse_period(begins_at, ends_at, at=at)
    officer, time_step = proved(principal, code, on="delegation")
    if not officer.holds(role):
        raise case_file.Refused(
            f"Officer {principal} does not hold the role {role.value}; only an own role is delegated."
        )
    with case_file.transaction() as session:
        other = session.get(Officer, to)
        if other is None or not other.active or to == principal:
            raise case_file.Refused(f"{to} is no other officer in service; name one of `homeward officers list`.")
        if other.holds(Role.registrar) and role not in BESIDE_REGISTRAR:
            raise case_file.Refused("A registrar decides nothing; delegate to another officer.")
        if other.holds(Role.host_liaison) or other.holds(Role.border_partner):
            raise case_file.Refused(f"Officer {to} is another country's; delegate to an officer of ours.")
        if other.police and role is Role.screening_officer:
            raise case_file.Refused("A screening officer is outside the police; delegate to another officer.")
        delegation = Delegation(
            principal=principal,
            delegate=to,
            role=role,
            kind=kind,
            begins_at=begins_at,
            ends_at=ends_at,
            signed_at=at,
            code_time_step=time_step,
        )
        session.add(delegation)
        session.flush()
        ids = {"delegation_id": str(delegation.id), "to": to, "role": role.value, "kind": kind.value}
        case_file.note(session, "role.delegated", actor=principal, ids=ids)
        return delegation


def end_delegations(principal: str, code: str, *, to: str, role: Role) -> int:
    """Take back what was delegated to an officer in a role, from this moment on; return how many delegations."""
    proved(principal, code, on="delegation")
    at = now()
    with case_file.transaction() as session:
        standing = session.exec(
            select(Delegation).where(
                Delegation.principal == principal, Delegation.delegate == to, Delegation.role == role,
                col(Delegation.revoked_at).is_(None), col(Delegation.ends_at) > at,
            )
        ).all()  # fmt: skip
        for delegation in standing:
            delegation.revoked_at, delegation.revoked_by = at, principal
            session.add(delegation)
            ids = {"delegation_id": str(delegation.id), "to": to, "role": role.value}
            case_file.note(session, "role.taken_back", actor=principal, ids=ids)
    return len(standing)


def delegations() -> list[Delegation]:
    """Return the delegations that stand or are to come, in the order of their beginning."""
    with case_file.transaction() as session:
        rows = session.exec(
            select(Delegation)
            .where(col(Delegation.revoked_at).is_(None), col(Delegation.ends_at) > now())
            .order_by(col(Delegation.begins_at), Delegation.principal, Delegation.delegate)
        )
        return list(rows)


def sign_authority(signer: str, code: str, *, operation: str, ends_at: pendulum.DateTime) -> StandingAuthority:
    """
    Authorise duty officers to decide the funding of an operation at any hour; there is no amount in it.

    Raises:
        case_file.Refused: wrong code, an officer who does not decide funding, or a period that is none.
    """
    at = now()
    if not re.fullmatch(OPERATION_PATTERN, operation):
        raise case_file.Refused("An operation has a short name like khm-2026-11: letters, digits and hyphens.")
    _refuse_period(at, ends_at, at=at)
    officer, time_step = proved(signer, code, on="authority")
    if not officer.holds(Role.funding_officer):
        raise case_file.Refused(f"Officer {signer} does not hold the role funding-officer; ask an officer who does.")
    with case_file.transaction() as session:
        authority = StandingAuthority(
            operation=operation, signed_by=signer, signed_at=at, code_time_step=time_step, ends_at=ends_at
        )
        session.add(authority)
        session.flush()
        ids = {"authority_id": str(authority.id), "operation": operation}
        case_file.note(session, "authority.signed", actor=signer, ids=ids)
        return authority


def revoke_authority(revoker: str, code: str, *, operation: str) -> int:
    """Take back the standing authorities of an operation from this moment on; return how many stood."""
    officer, _ = proved(revoker, code, on="authority")
    if not officer.holds(Role.funding_officer):
        raise case_file.Refused(f"Officer {revoker} does not hold the role funding-officer; ask an officer who does.")
    at = now()
    with case_file.transaction() as session:
        standing = session.exec(_standing(at).where(StandingAuthority.operation == operation)).all()
        for authority in standing:
            authority.revoked_at, authority.revoked_by = at, revoker
            session.add(authority)
            ids = {"authority_id": str(authority.id), "operation": operation}
            case_file.note(session, "authority.revoked", actor=revoker, ids=ids)
    return len(standing)


def authorities() -> list[StandingAuthority]:
    """Return the standing authorities in force."""
    with case_file.transaction() as session:
        return list(session.exec(_standing(now()).order_by(StandingAuthority.operation)))


def _standing(at: pendulum.DateTime) -> SelectOfScalar[StandingAuthority]:
    return select(StandingAuthority).where(
        col(StandingAuthority.revoked_at).is_(None), col(StandingAuthority.ends_at) > at
    )


def proved(number: str, code: str, *, on: str) -> tuple[Officer, int]:
    """Return who signs, and the time step of the code, now spent; refuse in one sentence."""
    try:
        return officers.prove(number, code, on=on)
    except officers.NotProved as unproved:
        raise case_file.Refused(str(unproved)) from None


def _refuse_period(begins_at: pendulum.DateTime, ends_at: pendulum.DateTime, *, at: pendulum.DateTime) -> None:
    if ends_at <= max(begins_at, at):
        raise case_file.Refused("The period has ended before it begins to count; correct the times.")
    if ends_at - at > LONGEST:
        raise case_file.Refused("That is longer than a year; name an earlier end and sign again then.")
