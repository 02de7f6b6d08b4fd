"""
Accounts at an identity provider: whose each is, and what it opens.

The provider says which account somebody has; whose it is a registrar says here, and the officer agrees, once, with a
code of their own, so that an account bound by mistake opens nothing. Roles are the officer's own. What a session may do
is what it may after a password and a code: it decides nothing, for each decision asks for a code.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session as DatabaseSession
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.decision import Door
from models.officer import LONGEST_ACCOUNT, Officer, OfficerIdentity, Session
from tasks import case_file, lockout, officers, vault
from tasks.clock import now
from tasks.settings import OpenIdSettings, openid

NO_PROVIDER = "No identity provider is set here; set HOMEWARD_OIDC_ISSUER and what belongs to it."
NOBODYS = "This account is not yet bound to an officer; give the registrar its identifier."
WITHDRAWN = "The officer this account is bound to is not in service; ask a registrar."
LOCKED = "The officer this account is bound to has to wait after too many wrong answers; try again later."


class NobodysAccount(officers.NotProved):
    """An account that was proved at the provider, and that nobody here is known by."""

    def __init__(self, account: str) -> None:
        super().__init__(NOBODYS)
        self.account = account
        """Its identifier, for whoever signed in with it to tell a registrar; never to be logged."""


@dataclass(frozen=True, slots=True)
class Known:
    """The officer an account belongs to."""

    identity: UUID
    officer: Officer
    agreed: bool
    """Whether the officer has ever confirmed with a code that the account is theirs."""


def known(account: str) -> Known:
    """
    Return the officer whose account was proved at the provider.

    Raises:
        NobodysAccount: it belongs to no officer.
        officers.NotProved: the officer is out of service, or has to wait.
    """
    with case_file.transaction() as session:
        row = session.exec(_standing().where(OfficerIdentity.account_hash == _hash(account))).first()
        if row is None:
            raise NobodysAccount(account)
        officer = session.get_one(Officer, row.officer)
        refused = _refusal(officer)
        action = "identity.proved" if refused is None else "identity.refused"
        case_file.note(session, action, actor=officer.number, ids={"identity": str(row.id)})
    if refused is not None:
        raise officers.NotProved(refused)
    return Known(row.id, officer, agreed=row.agreed_at is not None)


def agree(identity: UUID, code: str) -> None:
    """
    Note that an officer takes an account for theirs, by a fresh code.

    Raises:
        officers.NotProved: the code does not fit, or the account was taken from them meanwhile.
    """
    with case_file.transaction() as session:
        row = session.exec(_standing().where(OfficerIdentity.id == identity)).first()
    if row is None:
        raise officers.NotProved(NOBODYS)
    officer, _ = officers.prove(row.officer, code, on="sign-in", way=lockout.AGREE)
    with case_file.transaction() as session:
        row = session.exec(_standing().where(OfficerIdentity.id == identity).with_for_update()).first()
        if row is None:
            raise officers.NotProved(NOBODYS)
        if row.agreed_at is None:
            row.agreed_at = now()
            session.add(row)
            case_file.note(session, "identity.agreed", actor=officer.number, ids={"identity": str(row.id)})


def open_session(identity: UUID) -> str:
    """
    Open a session at the desk for the officer whose account was proved, and return its token.

    Raises:
        officers.NotProved: the officer has not agreed, or the account was taken from them meanwhile.
    """
    with case_file.transaction() as session:
        # Locked, so that whoever takes the account away ends this session too.
        row = session.exec(_standing().where(OfficerIdentity.id == identity).with_for_update()).first()
        if row is None or row.agreed_at is None:
            raise officers.NotProved(NOBODYS)
        return officers.add_session(session, row.officer, door=Door.desk.value)


def bind(number: str, account: str, *, by: str) -> None:
    """
    Note whose an account at the provider is; it opens nothing before the officer has agreed.

    Raises:
        case_file.Refused: no provider, no such officer, or one of the two is bound already.
    """
    _configured()
    if not 0 < len(account) <= LONGEST_ACCOUNT or not account.isprintable():
        raise case_file.Refused(f"An account's identifier has at most {LONGEST_ACCOUNT} letters; copy it as it is.")
    with case_file.transaction() as session:
        officer = _officer(session, number)
        if not officer.active:
            raise case_file.Refused(f"Officer {number} is not in service; no account is bound to them.")
        if session.exec(_standing().where(OfficerIdentity.officer == number)).first() is not None:
            raise case_file.Refused(f"Officer {number} has an account already; take it away with `officers unbind`.")
        other = session.exec(_standing().where(OfficerIdentity.account_hash == _hash(account))).first()
        if other is not None:
            raise case_file.Refused(f"That account is bound to officer {other.officer}; an account is one person's.")
        row = OfficerIdentity(officer=number, account_hash=_hash(account), bound_at=now(), bound_by=by)
        session.add(row)
        case_file.note(session, "identity.bound", actor=by, ids={"officer": number, "identity": str(row.id)})


def unbind(number: str, *, by: str) -> None:
    """
    Take an officer's account away, and end their sessions at the desk, however they were opened.

    Raises:
        case_file.Refused: no such officer, or they have none.
    """
    at = now()
    with case_file.transaction() as session:
        _officer(session, number)
        row = session.exec(_standing().where(OfficerIdentity.officer == number).with_for_update()).first()
        if row is None:
            raise case_file.Refused(f"Officer {number} has no account at the identity provider.")
        row.ended_at, row.ended_by = at, by
        session.add(row)
        opened = select(Session).where(
            Session.officer == number, Session.door == Door.desk.value, col(Session.ended_at).is_(None)
        )
        for each in session.exec(opened.with_for_update()):
            each.ended_at = at
            session.add(each)
        case_file.note(session, "identity.unbound", actor=by, ids={"officer": number, "identity": str(row.id)})


def bound() -> dict[str, OfficerIdentity]:
    """Return who has an account at the provider, by officer number."""
    with case_file.transaction() as session:
        return {row.officer: row for row in session.exec(_standing())}


def _refusal(officer: Officer) -> str | None:
    if not officer.active:
        return WITHDRAWN
    return LOCKED if officer.locked_until is not None and now() < officer.locked_until else None


def _officer(session: DatabaseSession, number: str) -> Officer:
    # Locked, so that of two registrars who bind at once the second sees what the first did.
    officer = session.exec(select(Officer).where(Officer.number == number).with_for_update()).first()
    if officer is None:
        raise case_file.Refused(f"No officer has the number {number}.")
    return officer


def _standing() -> SelectOfScalar[OfficerIdentity]:
    return select(OfficerIdentity).where(col(OfficerIdentity.ended_at).is_(None))


def _configured() -> OpenIdSettings:
    if (configured := openid()) is None:
        raise case_file.Refused(NO_PROVIDER)
    return configured


def _hash(account: str) -> str:
    # Hashed once before: the keyed hash takes letters for equal that a provider does not, `a` and `A`.
    exact = hashlib.sha256(f"{_configured().issuer}\n{_configured().claim}\n{account}".encode()).hexdigest()
    return vault.keyed_hash("identity", exact)
