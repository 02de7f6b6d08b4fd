"""Requests to other agencies about who a person is: asked, reminded of, answered or withdrawn; never forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

import pendulum
from sqlmodel import Session, col, select

from models.case import CaseStatus, RepatriationCase, Step
from models.message import AlarmKind, MessageKind
from models.officer import Officer, Role
from models.referral import AgencyKind, ReferralRequest, Withdrawn
from tasks import alarms, case_file, decisions, messages, vault
from tasks.clock import now
from tasks.policy import policy
from tasks.rounds import Round

_LONGEST_AGENCY = 120


def agency_named(agency: str) -> str:
    """
    Return an agency's name as it is kept, so that one name is one agency.

    Raises:
        case_file.Refused: none, or one too long.
    """
    named = " ".join(agency.split())
    if not named or len(named) > _LONGEST_AGENCY:
        raise case_file.Refused(f"Name the agency, in at most {_LONGEST_AGENCY} letters; correct --agency.")
    return named


def ask(
    reference: str, *, agency: str, kind: AgencyKind, contact: str, asked_at: pendulum.DateTime, officer: Officer
) -> pendulum.DateTime:
    """
    Write down that another agency was asked who a person is; return when its answer is due.

    The letter or the call is the officer's. The examiner sees that it was asked, and the clock reminds of it.

    Raises:
        case_file.Refused: nobody named, asked already, a moment that is to come, or the identity is confirmed.
    """
    named = agency_named(agency)
    if not contact.strip():
        raise case_file.Refused("Say whom you asked there and how they are reached, with --contact.")
    case_file.refuse_future(asked_at, option="--asked-at")
    rule = policy().referrals
    due_at = asked_at.add(hours=rule.answer_hours)
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        if case_file.identity(session, reference) is not None:
            raise case_file.Refused("The identity is confirmed; have the case returned to verification first.")
        if (standing := open_request(session, reference, named)) is not None:
            raise case_file.Refused(
                f"{standing.agency} was asked already and has until {standing.due_at:%Y-%m-%d %H:%M} UTC; ask again "
                "there, or withdraw the request with --withdraw."
            )
        session.add(
            ReferralRequest(
                reference=reference,
                person_id=case.person_id,
                agency=named,
                kind=kind,
                contact_sealed=vault.seal_text(session, case.person_id, "referral_contact", contact.strip()),
                asked_by=officer.number,
                asking_agency=officer.agency,
                asked_at=asked_at,
                remind_at=due_at.subtract(hours=rule.remind_hours),
                due_at=due_at,
                recorded_at=now(),
            )
        )
        session.flush()
        case_file.note(session, "referral.requested", actor=officer.number, about=case, ids={"kind": kind.value})
        # Which agency, the timeline keeps to itself.
        words = f"Another agency was asked who the person is, as {officer.number} wrote down."
        case_file.tell(session, reference, words, happened_at=asked_at)
        decisions.withdraw(session, reference, Step.verification)
    return due_at


def withdraw(reference: str, *, agency: str, because: Withdrawn, officer: str) -> None:
    """
    Write down that nobody waits for an agency's answer any more.

    Raises:
        case_file.Refused: it was not asked, or has answered.
    """
    with case_file.transaction() as session:
        case = case_file.load_open(session, reference)
        request = open_request(session, reference, agency_named(agency))
        if request is None:
            raise case_file.Refused("No answer of that agency is waited for; see `homeward case show`.")
        end(session, case, request, because=because, officer=officer)
        ids = {"because": because.value}
        case_file.note(session, "referral.request_withdrawn", actor=officer, about=case, ids=ids)
        case_file.tell(session, reference, f"A request to another agency was withdrawn by {officer}.")
        if case_file.identity(session, reference) is None:
            decisions.withdraw(session, reference, Step.verification)


def end(
    session: Session, case: RepatriationCase, request: ReferralRequest, *, because: Withdrawn | None, officer: str
) -> None:
    """Stop the clock of a request, in the transaction of the answer, or of why there will be none."""
    request.ended_at, request.ended_by, request.withdrawn_for = now(), officer, because
    session.add(request)
    session.flush()
    alarms.clear_of(session, case, AlarmKind.agency_silent, about=str(request.id))


def open_request(session: Session, reference: str, agency: str) -> ReferralRequest | None:
    """Return the request to an agency that waits for its answer, however its name is written large or small."""
    return next((each for each in waited_for(session, reference) if _same(each.agency, agency)), None)


def waited_for(session: Session, reference: str) -> list[ReferralRequest]:
    """Return the requests of a case nobody has answered, the first to be due first."""
    query = select(ReferralRequest).where(
        ReferralRequest.reference == reference, col(ReferralRequest.ended_at).is_(None)
    )
    return list(session.exec(query.order_by(col(ReferralRequest.due_at), ReferralRequest.agency)))


def of(session: Session, reference: str) -> list[ReferralRequest]:
    """Return every request of a case, in the order they were made."""
    query = select(ReferralRequest).where(ReferralRequest.reference == reference)
    return list(session.exec(query.order_by(col(ReferralRequest.asked_at), ReferralRequest.agency)))


def lines(session: Session, reference: str) -> tuple[str, ...]:
    """Return for the examiner whom we asked, with whom to ask there again, as long as the answer has not come."""
    return tuple(
        f"{each.asked_words}; {each.standing_words}; ask {_contact(session, each)}"
        for each in of(session, reference)
        if each.ended_at is None or each.withdrawn_for is not None
    )


def _contact(session: Session, request: ReferralRequest) -> str:
    return vault.open_text(session, request.person_id, "referral_contact", request.contact_sealed)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A case in which an agency's answer is overdue: never which agency, which may tell what the person is."""

    reference: str
    due_at: pendulum.DateTime


def longest_overdue(*, at: pendulum.DateTime, at_most: int) -> list[Unanswered]:
    """Return the first of the answers that are overdue, the longest silence first."""
    with case_file.transaction() as session:
        found = [each for each in _due(session, at=at) if each.is_overdue(at=at)]
    return [Unanswered(each.reference, each.due_at) for each in found[:at_most]]


def _due(session: Session, *, at: pendulum.DateTime) -> Sequence[ReferralRequest]:
    """Return what somebody must be reminded of, or is overdue, in cases that go on."""
    return session.exec(
        select(ReferralRequest)
        .join(RepatriationCase, col(RepatriationCase.reference) == ReferralRequest.reference)
        .where(
            col(ReferralRequest.ended_at).is_(None),
            col(ReferralRequest.remind_at) <= at,
            col(RepatriationCase.status).not_in([CaseStatus.home, CaseStatus.cancelled]),
        )
        .order_by(col(ReferralRequest.due_at), ReferralRequest.reference)
    ).all()


def keep_clocks(*, at: pendulum.DateTime, within: Round | None = None) -> int:
    """
    Remind whoever asked before an answer is due, raise an alarm once it is overdue, and return how many are.

    Each of both happens once for a request. An answer, a withdrawal or the end of the journey clears the alarm.
    """
    this_round, overdue = within or Round("reminding"), 0
    with case_file.transaction() as session:
        due = _due(session, at=at)
    for each in due:
        with this_round.alone(each.reference), case_file.transaction() as session:
            case = case_file.load(session, each.reference, lock=True)
            # It may have been answered a moment ago.
            request = session.get_one(ReferralRequest, each.id)
            if request.ended_at is not None or case.is_closed:
                continue
            if request.is_overdue(at=at):
                alarms.sound(session, case, AlarmKind.agency_silent, about=str(request.id))
                overdue += 1
            else:
                _remind(session, request)
    standing = {str(each.id) for each in due}
    for alarm in alarms.standing():
        if alarm.kind is AlarmKind.agency_silent and alarm.about not in standing and alarm.reference is not None:
            with this_round.alone(alarm.reference), case_file.transaction() as session:
                case = case_file.load(session, alarm.reference, lock=True)
                if case.is_closed:
                    alarms.clear_of(session, case, AlarmKind.agency_silent, about=alarm.about)
    return overdue


def _remind(session: Session, request: ReferralRequest) -> None:
    asked = session.get_one(Officer, request.asked_by)
    to = [asked.number] if asked.active else messages.holders(session, (Role.coordinator,))
    messages.make(
        session, MessageKind.answer_due_soon, about=f"request-{request.id}", reference=request.reference, to=to,
        due_at=request.due_at,
    )  # fmt: skip
