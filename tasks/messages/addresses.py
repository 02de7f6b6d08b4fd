"""Where messages reach an officer: a mail address and a notification address, sealed, and never logged."""

from dataclasses import dataclass
from uuid import uuid4

from sqlmodel import Session, col, select

from models.message import Message, MessageKind, OfficerAddress, is_email
from models.officer import Duty, Officer
from tasks import case_file, vault
from tasks.clock import now
from tasks.messages import notify as notifying
from tasks.messages import outbox

_EMAIL = "officer_email"
_NOTIFY = "officer_notify"
_ONCE = "message_to"


@dataclass(frozen=True, slots=True)
class Address:
    """Where one officer is reached, in clear; None where they are not."""

    email: str | None
    notify: str | None

    def __repr__(self) -> str:
        return "Address(…)"


def reach(number: str, *, email: str | None = None, notify: str | None = None, by: str) -> None:
    """
    Write down where messages reach an officer; None leaves a way as it is, an empty text takes it away.

    Raises:
        case_file.Refused: no such officer, or what is given reaches nobody, or more than one.
    """
    refuse_odd(email=email, notify=notify)
    with case_file.transaction() as session:
        if session.get(Officer, number) is None:
            raise case_file.Refused(f"No officer has the number {number}.")
        row = session.get(OfficerAddress, number) or OfficerAddress(officer=number, changed_at=now())
        _tell_where_it_was(session, row, email=email, notify=notify)
        if email is not None:
            row.email_sealed = _sealed(_EMAIL, number, email)
        if notify is not None:
            row.notify_sealed = _sealed(_NOTIFY, number, notify)
        row.changed_at = now()
        session.add(row)
        given = {"email": email, "notify": notify}
        case_file.note(session, "officer.address_changed", actor=by, ids={"officer": number}, values=given)


def _tell_where_it_was(session: Session, row: OfficerAddress, *, email: str | None, notify: str | None) -> None:
    """Mail an officer where mail reached them until now: whoever changed an address may not have been them."""
    was = _opened(_EMAIL, row.officer, row.email_sealed)
    notified = _opened(_NOTIFY, row.officer, row.notify_sealed)
    moved = (email is not None and email != was) or (notify is not None and notified is not None and notify != notified)
    if was is None or not moved:
        return
    about = f"address-{uuid4()}"
    to = vault.seal_for_system(f"{_ONCE}:{row.officer}:{about}", was.encode())
    outbox.make(session, MessageKind.address_changed, about=about, reference=None, to=[row.officer], goes_to=to)


def once(message: Message) -> Address:
    """Return the one address of mail a message goes to, where it names one."""
    to = vault.open_for_system(f"{_ONCE}:{message.officer}:{message.about}", message.goes_to or b"")
    return Address(to.decode(), None)


def refuse_odd(*, email: str | None, notify: str | None) -> None:
    """Refuse what is no address of exactly one recipient, before anything is written."""
    if email and not is_email(email):
        raise case_file.Refused("That is not one plain e-mail address; write it like o-07@mofa.example.")
    if notify and not notify_fits(notify):
        raise case_file.Refused("That is not one notification address of apprise; for e-mail use --email.")


def notify_fits(url: str) -> bool:
    """Return whether a notification address is one the library knows, of one recipient, and not a mailbox."""
    return not url.lower().startswith("mailto") and notifying.recipients(url) == 1


def read_reports(number: str, *, tell: bool, by: str) -> None:
    """
    Write down whether an officer is told when a situation report is ready.

    Raises:
        case_file.Refused: no such officer, one whose duty needs no case, or one no message reaches.
    """
    with case_file.transaction() as session:
        officer = session.get(Officer, number)
        if officer is None:
            raise case_file.Refused(f"No officer has the number {number}.")
        if tell and not officer.may(Duty.look_at_cases):
            raise case_file.Refused(f"Officer {number} is another country's and may not read situation reports.")
        row = session.get(OfficerAddress, number)
        if row is None or (tell and not (row.email_sealed or row.notify_sealed)):
            raise case_file.Refused(f"Messages do not reach {number}; give --email or --notify too.")
        row.reads_reports, row.changed_at = tell, now()
        session.add(row)
        ids = {"officer": number, "reports": "told" if tell else "not told"}
        case_file.note(session, "officer.reports_set", actor=by, ids=ids)


def report_readers(session: Session) -> list[str]:
    """Return the officers in service who are told when a situation report is ready, by number."""
    rows = session.exec(
        select(Officer)
        .join(OfficerAddress, col(OfficerAddress.officer) == Officer.number)
        .where(col(Officer.active), col(OfficerAddress.reads_reports))
        .order_by(Officer.number)
    )
    return [officer.number for officer in rows if officer.may(Duty.look_at_cases)]


def reached_by() -> dict[str, list[str]]:
    """Return by which ways each officer is reached, without the addresses."""
    with case_file.transaction() as session:
        return {
            row.officer: [way for way, sealed in (("email", row.email_sealed), ("notify", row.notify_sealed)) if sealed]
            for row in session.exec(select(OfficerAddress))
        }


def of(number: str) -> Address:
    """
    Return where an officer is reached.

    Raises:
        vault.SealBroken: what is written down was changed, or sealed under a key this installation does not hold.
    """
    with case_file.transaction() as session:
        row = session.get(OfficerAddress, number)
    if row is None:
        return Address(None, None)
    return Address(_opened(_EMAIL, number, row.email_sealed), _opened(_NOTIFY, number, row.notify_sealed))


def _sealed(field: str, number: str, value: str) -> bytes | None:
    return vault.seal_for_system(f"{field}:{number}", value.encode()) if value else None


def _opened(field: str, number: str, sealed: bytes | None) -> str | None:
    return vault.open_for_system(f"{field}:{number}", sealed).decode() if sealed else None
