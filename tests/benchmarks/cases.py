"""Cases by the hundred, and officers who decide them."""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import argon2
from sqlmodel import col, select

from deployments.stack.first_day import MISSION, specimen_numbers
from models.case import RepatriationCase, Step
from models.decision import Answer, Asking, Decision, Door, Outcome, ReasonCode
from models.officer import Officer, Role
from models.person import Category, Sex, Wish
from models.travel_document import StockNumber
from tasks import case_file, corrections, decisions, officers
from tasks.clock import now
from tests.papers.contents import synthetic_portrait
from tests.sandbox.harness import ROOT

# Hashing a password slowly is for guessers.
officers._passwords = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Office:
    """Everybody who decides: as many officers a role as codes are needed, for each code is spent once."""

    def __init__(self) -> None:
        self.coordinator = officers.add(
            name="Coordinator", agency="MOFA", roles=[Role.coordinator], by="bench"
        ).officer.number
        # One of each at once: a worker starts under no policy that leaves a step to nobody.
        self._of: dict[Role, list[str]] = {
            role: [officers.add(name=role.value, agency="MOFA", roles=[role], by="bench").officer.number]
            for role in Role
            if role not in (Role.coordinator, Role.host_liaison)
        }
        self._of[Role.coordinator] = [self.coordinator]
        self._turn = itertools.count()
        self._reader: Officer = next(o for o in officers.listed() if o.number == self.coordinator)
        self._portrait = synthetic_portrait()
        self._people = self._passengers()
        with case_file.transaction() as session:
            session.add_all(
                StockNumber(number=number, mission=MISSION, received_at=now(), moved_at=now())
                for number in specimen_numbers(2000)
            )

    @staticmethod
    def _passengers() -> Iterator[dict[str, Any]]:
        for line in (ROOT / "deployments/sandbox/data/registry.jsonl").read_text().splitlines():
            person = json.loads(line)
            can_go = person["lookout"] is None and person["passport"]["status"] in ("valid", "expired")
            # Somebody under age goes home in other hands, which is a story and no benchmark.
            if can_go and person["born_on"] < "2006":
                yield person

    def opens(self) -> str:
        """Open a case that can go home without help."""
        person = next(self._people)
        reference = case_file.open_case(
            country=MISSION,
            officer=self.coordinator,
            name_hangul=person["surname_hangul"] + person["given_hangul"],
            name_latin=f"{person['surname_latin']} {person['given_latin']}",
            sex=Sex(person["sex"]),
            birth_date=person["born_on"],
            passport_number=person["passport"]["number"],
            place="Poipet",
            keeper="Immigration detention centre",
            host_status="detained",
            categories=(Category.presumed_victim,),
        )
        corrections.declare(
            reference,
            wish=Wish.return_home,
            language="ko",
            reader="interpreter",
            declared_at=now(),
            officer=self.coordinator,
        )
        corrections.set_portrait(reference, image=self._portrait, captured_at=now(), officer=self.coordinator)
        return reference

    def _code(self, role: Role) -> tuple[str, str]:
        known = self._of[role]
        for _ in range(min(len(known), 3)):
            number = known[next(self._turn) % len(known)]
            try:
                return number, officers.drill_code(number)
            except case_file.Refused:
                continue
        number = officers.add(name=role.value, agency="MOFA", roles=[role], by="bench").officer.number
        known.append(number)
        return number, officers.drill_code(number)

    def approves(self, asking: Asking) -> None:
        """Look at the evidence and approve it."""
        evidence = decisions.evidence(asking.reference, reader=self._reader, purpose="benchmark")
        assert evidence is not None
        reason = ReasonCode.try_again if asking.step is Step.help else ReasonCode.in_order
        for is_last in (False, True):
            number, code = self._code(asking.role)
            answer = Answer(
                officer=number,
                code=code,
                seen=evidence.seen,
                outcome=Outcome.approve.value,
                reason_code=reason.value,
                door=Door.cli,
            )
            try:
                decisions.record(asking.reference, asking.step.value, answer)
            except decisions.AnswerRefused as refused:
                # The oldest code that is still taken may lapse between being read and being given.
                if is_last or "use a fresh code" not in str(refused):
                    raise
            else:
                return


def waiting(references: list[str]) -> list[Asking]:
    """The questions shown in some cases, the longest open first."""
    wanted = select(Asking).where(
        col(Asking.reference).in_(references), col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None)
    )
    with case_file.transaction() as session:
        return list(session.exec(wanted.order_by(col(Asking.asked_at))))


def closed(references: list[str]) -> int:
    """How many of some cases are closed."""
    with case_file.transaction() as session:
        cases = session.exec(select(RepatriationCase).where(col(RepatriationCase.reference).in_(references)))
        return sum(case.is_closed for case in cases)


def all_wait(references: list[str], within_s: float) -> None:
    """Wait until every case shows a question."""
    deadline = time.monotonic() + within_s
    while (shown := len(waiting(references))) < len(references):
        assert time.monotonic() < deadline, f"only {shown} of {len(references)} cases wait"
        time.sleep(0.2)


def waits_s(references: list[str]) -> list[float]:
    """How long each decision of some cases waited until the next question was shown, by the database's own moments."""
    with case_file.transaction() as session:
        decided = session.exec(select(Decision).where(col(Decision.reference).in_(references))).all()
        asked = session.exec(select(Asking).where(col(Asking.reference).in_(references))).all()
    found = []
    for decision in decided:
        shown = [a.shown_at for a in asked if a.reference == decision.reference and a.shown_at is not None]
        if later := [at for at in shown if at > decision.decided_at]:
            found.append((min(later) - decision.decided_at).total_seconds())
    return sorted(found)
