"""Identity assurance: the checks officers make, and what follows from them for who must sign."""

import re
from collections.abc import Sequence

import pendulum
from sqlmodel import Session, col, select

from models import assurance
from models.assurance import OURS, Assessment, Assurance, Check, IdentityCheck, OtherNationality, Result
from models.case import RepatriationCase, Step
from models.countries import NATIONALITIES
from models.referral import AgencyKind, Referral, ReferralRequest, Said, latest
from models.verification import Candidate
from tasks import case_file, decisions, referrals, vault
from tasks.clock import now


def assess(session: Session, case: RepatriationCase, candidates: Sequence[Candidate]) -> Assurance:
    """Return how sure the identity is, and note in clear whether it is in doubt: the rule of who signs goes by it."""
    found = assurance.assurance(
        _checks(session, case.reference),
        candidates,
        nationalities=nationalities(session, case.reference),
        referrals=_referrals(session, case.reference),
    )
    session.add(
        Assessment(reference=case.reference, level=found.level, in_doubt=found.in_doubt, assessed_at=now())
    )  # fmt: skip
    session.flush()
    return found


def _checks(session: Session, reference: str) -> dict[Check, Result]:
    rows = session.exec(
        select(IdentityCheck).where(IdentityCheck.reference == reference).order_by(col(IdentityCheck.made_at))
    )
    return {row.check: row.result for row in rows}


def nationalities(session: Session, reference: str) -> list[str]:
    """Return which other nationalities stand on record, by their codes."""
    rows = session.exec(
        select(OtherNationality).where(OtherNationality.reference == reference).order_by(col(OtherNationality.noted_at))
    )
    latest = {row.country: row.is_withdrawn for row in rows}
    return sorted(country for country, is_withdrawn in latest.items() if not is_withdrawn)


def _referrals(session: Session, reference: str) -> list[Referral]:
    rows = session.exec(select(Referral).where(Referral.reference == reference).order_by(col(Referral.recorded_at)))
    return latest(list(rows))


def referral_lines(session: Session, case: RepatriationCase) -> tuple[str, ...]:
    """Return the last word of each agency about a person, and whom we asked in vain, with whom to ask; a line each."""
    lines = []
    for each in _referrals(session, case.reference):
        contact = vault.open_text(session, each.person_id, "referral_contact", each.contact_sealed)
        file = vault.open_text(session, each.person_id, "referral_file", each.file_sealed) if each.file_sealed else None
        said = f"{each.said.value}, their file {file}" if file else each.said.value
        request = session.get(ReferralRequest, each.request_id) if each.request_id else None
        asked = f"; {request.asked_words}" if request else ""
        lines.append(
            f"{each.agency} ({each.kind.value}) {said}; ask {contact}; said {each.said_at:%Y-%m-%d %H:%M} UTC, "
            f"written down by {each.recorded_by}{asked}"
        )
    return (*lines, *referrals.lines(session, case.reference))


def record_referral(
    reference: str,
    *,
    agency: str,
    kind: AgencyKind,
    said: Said,
    contact: str,
    file: str | None = None,
    said_at: pendulum.DateTime,
    officer: str,
) -> None:
    """
    Write down what another agency says about who a person is; the identity is proposed anew with it.

    It answers what that agency was asked, unless it only refers. Such an answer is taken after the identity was
    confirmed too, but for one that speaks against it, with which the case goes back first.

    Raises:
        case_file.Refused: nobody named, no contact, a moment that is to come, or the identity is confirmed.
    """
    named = referrals.agency_named(agency)
    if not contact.strip():
        raise case_file.Refused("Say whom to ask there and how they are reached, with --contact; else it is hearsay.")
    if said_at > now().add(minutes=5):
        raise case_file.Refused("Nobody said anything in the future; correct --said-at.")
    with case_file.transaction() as session:
        request = referrals.open_request(session, reference, named) if said is not Said.refers else None
        if request is None or said is Said.denies:
            case = _unconfirmed(session, reference)
        else:
            case = case_file.load_open(session, reference)
        session.add(
            Referral(
                reference=reference,
                person_id=case.person_id,
                agency=named,
                kind=kind,
                said=said,
                request_id=request.id if request else None,
                contact_sealed=vault.seal_text(session, case.person_id, "referral_contact", contact.strip()),
                file_sealed=vault.seal_text(session, case.person_id, "referral_file", file) if file else None,
                said_at=said_at,
                recorded_at=now(),
                recorded_by=officer,
            )
        )
        session.flush()
        ids = {"kind": kind.value, "said": said.value}
        case_file.note(session, "referral.recorded", actor=officer, about=case, ids=ids)
        # Which agency and what it says, the timeline keeps to itself.
        case_file.tell(session, reference, f"What another agency says of the person was written down by {officer}.")
        if request is not None:
            referrals.end(session, case, request, because=None, officer=officer)
        if case_file.identity(session, reference) is None:
            decisions.withdraw(session, reference, Step.verification)


def level(session: Session, reference: str) -> str:
    """Return how sure the identity was found to be last, in a word or two."""
    found = session.exec(
        select(Assessment.level)
        .where(Assessment.reference == reference)
        .order_by(col(Assessment.assessed_at).desc())
        .limit(1)
    ).first()
    # Proposed before this was asked, and decided since.
    return f"{found}" if found is not None else "not assessed"


def record_check(reference: str, check: Check, result: Result, *, officer: str) -> None:
    """
    Write down what came of a check; the identity is proposed anew with it, to two examiners where it leaves doubt.

    Raises:
        case_file.Refused: the identity is confirmed already.
    """
    with case_file.transaction() as session:
        case = _unconfirmed(session, reference)
        session.add(IdentityCheck(reference=reference, check=check, result=result, made_at=now(), made_by=officer))
        session.flush()
        ids = {"check": check.value, "result": result.value}
        case_file.note(session, "identity.checked", actor=officer, about=case, ids=ids)
        words = f"{officer} checked the identity: {check.value.replace('-', ' ')}."
        case_file.tell(session, reference, words)
        decisions.withdraw(session, reference, Step.verification)


def note_nationality(reference: str, country: str, *, is_withdrawn: bool = False, officer: str) -> None:
    """
    Write down another nationality the person has or says they have, or that they have it not.

    Raises:
        case_file.Refused: no country's code, our own, it stands so already, or the identity is confirmed.
    """
    # What was once written down can always be taken back.
    fits = country in NATIONALITIES or (is_withdrawn and re.fullmatch(r"[A-Z]{3}", country))
    if not fits or country == OURS:
        raise case_file.Refused(
            "Another nationality is the three letters a passport gives it, such as USA, and not ours; write it so."
        )
    with case_file.transaction() as session:
        case = _unconfirmed(session, reference)
        if (country in nationalities(session, reference)) is not is_withdrawn:
            so = "not on record" if is_withdrawn else "on record already"
            raise case_file.Refused(f"{country} is {so}; look at the case again.")
        session.add(
            OtherNationality(
                reference=reference, country=country, is_withdrawn=is_withdrawn, noted_at=now(), noted_by=officer
            )
        )
        session.flush()
        case_file.note(session, "nationality.noted", actor=officer, about=case, values={"country": country})
        case_file.tell(session, reference, f"What other nationality the person has was noted by {officer}.")
        decisions.withdraw(session, reference, Step.verification)


def _unconfirmed(session: Session, reference: str) -> RepatriationCase:
    case = case_file.load(session, reference, lock=True)
    case_file.refuse_closed(case)
    if case_file.identity(session, reference) is not None:
        raise case_file.Refused("The identity is confirmed; have the case returned to verification first.")
    return case
