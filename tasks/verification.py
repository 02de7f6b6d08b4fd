"""Verification: ask the registry and the lists, propose the person found, and carry out what the officer confirmed."""

from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

import pendulum
from sqlmodel import Session, col, select

from models.birth_date import read_birth_date
from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Decision
from models.officer import Officer
from models.person import DECLARATION_WITHDRAWN, ConfirmedIdentity, Person, Sex, Wish
from models.verification import (
    ROUTED_HITS,
    SHOWN_CANDIDATES,
    Candidate,
    Coverage,
    Examination,
    Findings,
    HitKind,
    LookoutHit,
    LookoutProposal,
    RegistryAnswer,
    Reported,
    VerificationProposal,
)
from tasks import assurance, case_file, categories, decisions, representation, screened, vault
from tasks.calls import read_call
from tasks.clock import latest_today, now
from tasks.hits import routed, told
from tasks.partners.lookouts import Lookouts
from tasks.partners.registry import Registry
from tasks.searching import search
from tasks.trouble import NeedsPerson

_NOBODY = {
    RegistryAnswer.too_many_fit: "The registry has too many who fit, so not all were looked at and the person may be "
    "among them. Add a birth date or a passport number, then go on.",
    RegistryAnswer.calls_ran_out: "The calls to the registry were spent before everybody who may be meant was looked "
    "at. That is no answer yet: add or correct the name, birth date or number, then go on.",
    RegistryAnswer.not_in_registry: "The registry has nobody who fits; correct the name, birth date or number, then go "
    "on. If it stays so, the nationality is not confirmed: refer them to the Ministry of Justice and the state they "
    "name, and reject.",
}
"""What the coordinator is told where nobody fits: that nobody is there, or only that nobody could be found."""


def is_examined(reference: str) -> bool:
    """Return whether the registry's and the lists' answers about the person are on file."""
    with case_file.transaction() as session:
        return _examination(session, reference) is not None


@read_call
def examine(reference: str) -> None:
    """Ask the registry who this may be and the lists what they hold, and keep the answers, sealed."""
    with case_file.transaction() as session:
        reported = _reported(session, case_file.load(session, reference))
    with Registry() as registry:
        done = search(registry, reported)
    candidates, coverage = done.candidates, done.coverage
    if not candidates:
        _keep_nobody(reference, coverage)
        answer = coverage.answer(anybody=False)
        raise NeedsPerson(answer.value, _NOBODY[answer])
    with Lookouts() as lookouts:
        check_id, checked_at, hits = lookouts.check(candidates[0].record)
    findings = Findings(
        candidates=tuple(candidates[:SHOWN_CANDIDATES]),
        hits=tuple(hits),
        lookout_check_id=check_id,
        checked_at=checked_at,
        coverage=coverage,
    )
    _keep(reference, findings)


def _reported(session: Session, case: RepatriationCase) -> Reported:
    person = session.get_one(Person, case.person_id)
    sealed = person.passport_number_sealed
    number = vault.open_(session, person.id, "passport_number", sealed).decode() if sealed else None
    # Compared with the registry's, and never called: that takes the person's consent.
    phone = case_file.first_contact_phone(session, person.id)
    case_file.note(
        session,
        "person.read",
        actor=case_file.RUN,
        about=case,
        ids={"purpose": "verification"},
    )
    return Reported(
        name_hangul=person.name_hangul,
        name_latin=person.name_latin,
        sex=person.sex.value if person.sex else None,
        birth_date=read_birth_date(person.birth_date, today=latest_today()) if person.birth_date else None,
        birthplace=person.birthplace,
        passport_number=number,
        next_of_kin_phone=phone,
    )


def _keep_nobody(reference: str, coverage: Coverage) -> None:
    """Keep that nobody was found and how far was looked; it stands for nothing, so the registry is asked again."""
    at = now()
    findings = Findings(
        candidates=(), hits=(), lookout_check_id=None, checked_at=at.to_iso8601_string(), coverage=coverage
    )
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        sealed = vault.seal(session, case.person_id, "findings", findings.model_dump_json().encode())
        session.add(
            Examination(
                reference=reference, person_id=case.person_id, content_sealed=sealed, made_at=at, superseded_at=at
            )
        )


def _keep(reference: str, findings: Findings) -> None:
    at = now()
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        sealed = vault.seal(session, case.person_id, "findings", findings.model_dump_json().encode())
        session.add(Examination(reference=case.reference, person_id=case.person_id, content_sealed=sealed, made_at=at))
        session.add_all(
            LookoutHit(
                reference=reference,
                person_id=case.person_id,
                kind=hit.kind,
                authority=hit.authority,
                authority_reference=hit.authority_reference,
                found_at=at,
            )
            for hit in findings.hits
        )
        people, hits = len(findings.candidates), len(findings.hits)
        words = f"The registry was searched: {people} candidate{'s' * (people != 1)}, {hits} hit{'s' * (hits != 1)}."
        case_file.tell(session, reference, words)


def _examination(session: Session, reference: str) -> Examination | None:
    return session.exec(
        select(Examination).where(Examination.reference == reference, col(Examination.superseded_at).is_(None))
    ).first()


def _findings(session: Session, reference: str) -> Findings:
    examination = _examination(session, reference)
    if examination is None:
        raise NeedsPerson("not_examined", "The registry was not asked yet; go on and it will be.")
    opened = vault.open_(session, examination.person_id, "findings", examination.content_sealed)
    return Findings.model_validate_json(opened)


@dataclass(frozen=True, slots=True)
class RegistryLook:
    """What the registry said of a person the last time it was asked."""

    answer: RegistryAnswer
    candidates: list[Candidate]
    """Best first and at most five."""
    coverage: Coverage | None
    asked_at: pendulum.DateTime


def last_look(session: Session, case: RepatriationCase, *, reader: Officer) -> RegistryLook | None:
    """
    Return what the registry said of a person, while it matters; audited. None before it was asked.

    That somebody was found counts while it stands; that nobody was counts until it is asked again.
    """
    if case.is_closed:
        return None
    newest = session.exec(
        select(Examination)
        .where(Examination.reference == case.reference)
        .order_by(col(Examination.superseded_at).is_(None).desc(), col(Examination.made_at).desc())
        .limit(1)
    ).first()
    if newest is None:
        return None
    opened = vault.open_(session, newest.person_id, "findings", newest.content_sealed)
    findings = Findings.model_validate_json(opened)
    if newest.superseded_at is not None and findings.candidates:
        return None
    case_file.note(session, "person.read", actor=reader.number, about=case, ids={"purpose": "candidates"})
    return RegistryLook(findings.answer, list(findings.candidates), findings.coverage, newest.made_at)


def has_open_hits(reference: str) -> bool:
    """Return whether a warrant, notice or missing-person hit waits for its routed decision."""
    with case_file.transaction() as session:
        return bool(case_file.open_hits(session, reference))


def propose_lookout(reference: str) -> None:
    """Put the hits before the lookout officer."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        findings = _findings(session, reference)
        record = findings.candidates[0].record
        content = LookoutProposal(
            salt=vault.salt(session, case.person_id, "lookout"),
            registry_id=record.registry_id,
            name_hangul=record.name_hangul,
            born_on=record.born_on,
            hits=tuple(hit for hit in findings.hits if hit.kind in ROUTED_HITS),
            screening=screened.state(session, case),
            victim_memo=screened.memo(session, case),
            told=told(session, reference),
        )
        decisions.propose(session, case, Step.lookout, content)


def propose_identity(reference: str) -> None:
    """Put the candidates, the hits and the person's declaration before the verifying officer."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        findings = _findings(session, reference)
        content = VerificationProposal(
            salt=vault.salt(session, case.person_id, "verification"),
            reported=_reported(session, case),
            candidates=findings.candidates,
            hits=findings.hits,
            lookout_check_id=findings.lookout_check_id or "none",
            routed_decisions=routed(session, reference),
            declaration=standing_declaration(session, case),
            screening=screened.state(session, case),
            assurance=assurance.assess(session, case, findings.candidates).section(),
            coverage=findings.coverage,
            referrals=assurance.referral_lines(session, case),
        )
        decisions.propose(session, case, Step.verification, content)


def standing_declaration(session: Session, case: RepatriationCase) -> str:
    """
    Return the person's wish to return in one line, or that of whoever speaks for them.

    Where a warrant is executed their word is not needed; it is asked all the same, and shown as it was given.

    Raises:
        NeedsPerson: nobody wrote it down, it was not theirs to give, or the person does not wish to return.
    """
    declared = case_file.declaration(session, case.person_id)
    returns = declared is not None and declared.wish is Wish.return_home
    # A no is heard from whoever says it; to return, whoever must say it does.
    if declared is None or (returns and not representation.may_speak(session, case, declared.representative_id)):
        raise NeedsPerson(
            "no_declaration",
            "The declaration to return, from whoever must give it, is not on file; record it with `homeward case "
            "declare`, then go on.",
        )
    needed = not screened.needs_no_word(session, case)
    if needed and not returns:
        raise NeedsPerson(
            DECLARATION_WITHDRAWN, "The person does not wish to return; speak with them, then go on or stop."
        )
    through = f" through {declared.interpreter}" if declared.interpreter else ""
    spoken = ", said by the representative" if declared.representative_id else ""
    unneeded = "" if needed else "; a warrant is executed without it"
    return (
        f"{declared.wish.value}, read in {declared.language} by {declared.reader}{through}{spoken}, "
        f"{declared.declared_at.to_iso8601_string()}{unneeded}"
    )


def _approved(session: Session, reference: str) -> tuple[UUID, Candidate]:
    decision = decisions.approval(session, reference, Step.verification, at=now())
    proposal = decisions.live(session, reference, Step.verification)
    if decision is None or proposal is None:
        raise NeedsPerson("no_decision", "The identity was not confirmed by an officer; go on and one will be asked.")
    content = decisions.content_of(session, proposal)
    if not isinstance(content, VerificationProposal):
        raise TypeError("a verification proposal holds something else")
    return decision.id, content.candidates[0]


@read_call
def report_lost_passport(reference: str) -> None:
    """Report the old passport, which gangs take first, so that nobody else travels on it; once, under one id."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        record = _approved(session, reference)[1].record
        # Nobody is to be stopped on a passport of their own that they hold.
        in_hand = session.get_one(Person, case.person_id).passport_in_hand
        # A merged case's whereabouts count too, and are sealed for the person they were written down about.
        where = case_file.whereabouts(session, case.person_id)
        place = vault.open_text(session, where.person_id, "place", where.place_sealed)
    if in_hand or record.passport_number is None or record.passport_status in ("lost", "stolen"):
        return
    report_id = uuid5(NAMESPACE_URL, f"homeward:lost:{record.passport_number}")
    with Lookouts() as lookouts:
        lookouts.report_lost(
            report_id, number=record.passport_number, stolen=True, lost_on=None, place=place, office=reference[:3]
        )
    with case_file.transaction() as session:
        case_file.tell(session, reference, "The old passport was reported stolen.")


def confirm_identity(reference: str) -> None:
    """Write down who the person is, as the verifying officer confirmed."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        decision_id, candidate = _approved(session, reference)
        record = candidate.record

        def sealed(field: str, value: str) -> bytes:
            return vault.seal(session, case.person_id, field, value.encode())

        session.add(
            ConfirmedIdentity(
                person_id=case.person_id,
                reference=reference,
                decision_id=decision_id,
                registry_id=record.registry_id,
                surname_hangul=record.surname_hangul,
                given_hangul=record.given_hangul,
                surname_latin=record.surname_latin,
                given_latin=record.given_latin,
                sex=Sex(record.sex),
                born_on=record.born_on,
                birthplace=record.birthplace,
                nationality=record.nationality,
                personal_number_sealed=sealed("personal_number", record.personal_number),
                passport_number_sealed=(
                    sealed("registered_passport", record.passport_number) if record.passport_number else None
                ),
                confirmed_at=now(),
            )
        )
        session.flush()
        categories.note_age(session, case, by=session.get_one(Decision, decision_id).officer)
        case_file.note(
            session,
            "identity.confirmed",
            actor=case_file.RUN,
            about=case,
            ids={"decision_id": str(decision_id), "assurance": assurance.level(session, reference)},
            values={
                "registry_id": record.registry_id,
                "personal_number": record.personal_number,
                "passport_number": record.passport_number,
            },
        )
        case_file.tell(
            session, reference, f"The identity was confirmed; its assurance is {assurance.level(session, reference)}."
        )
        case_file.move(session, case, CaseStatus.verified)


def holds_valid_passport(session: Session, case: RepatriationCase, *, on: date) -> bool:
    """Return whether the person holds a passport that the registry calls valid on a day."""
    if not session.get_one(Person, case.person_id).passport_in_hand:
        return False
    record = _approved(session, case.reference)[1].record
    expires_on = record.passport_expires_on
    return record.passport_status == "valid" and expires_on is not None and expires_on >= on


def has_warrant(session: Session, reference: str) -> bool:
    """Return whether an arrest warrant or a red notice stands against the person."""
    kinds = (HitKind.arrest_warrant, HitKind.red_notice)
    standing = select(LookoutHit).where(
        LookoutHit.reference == reference,
        col(LookoutHit.kind).in_(kinds),
        col(LookoutHit.superseded_at).is_(None),
    )
    return session.exec(standing.limit(1)).first() is not None
