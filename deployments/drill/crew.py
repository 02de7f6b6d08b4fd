"""The crew of a drill: scripted officers of every role, who look at the evidence and decide through the real doors."""

import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from threading import Lock

import httpx

from deployments.drill import walk
from models.case import Step
from models.decision import Answer, Asking, Door, Outcome, ReasonCode, Reply
from models.officer import OUTSIDE, Officer, Role
from tasks import case_file, decisions, doorbell, officers
from tasks.engine import EngineUnavailable
from tasks.settings import settings

AGENCY = "Ministry of Foreign Affairs (drill)"
DOORS = (Door.resume_form, Door.resume_form, Door.desk, Door.desk, Door.cli)
"""How often each is taken."""

_FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_STEP = re.compile(r'name="step" value="([a-z_.]+)"')
_SEEN = re.compile(r'class="seen"><span>[^<]*</span> <b>([A-Z]{6})</b>')


class NotTaken(Exception):
    """A door did not take an answer, or did not open; the question is looked at again."""


@dataclass
class Member:
    """One scripted officer."""

    officer: Officer
    password: str
    browser: httpx.Client | None = None
    """With the session of the desk; None before they sign in."""
    busy: Lock = field(default_factory=Lock)
    rests_until: float = 0.0
    """On the clock of `time.monotonic`: their codes are spent, and the next one comes then."""


class Crew:
    """As many officers a role as codes are needed: one code signs once and lasts half a minute."""

    def __init__(self, *, seed: int) -> None:
        self._chance = random.Random(seed)
        self._of: dict[Role, list[Member]] = defaultdict(list)
        self._hiring = Lock()
        auth = settings().prefect_api_auth_string
        user, _, password = auth.get_secret_value().partition(":") if auth else ("", "", "")
        # One for all: what a client needs for TLS takes longer to load than an answer takes.
        self._engine = httpx.Client(auth=(user, password), timeout=30)
        for role in Role:
            if role not in OUTSIDE:
                self._hired(role)

    @property
    def coordinator(self) -> Officer:
        """Who opens the cases."""
        return self._of[Role.coordinator][0].officer

    def answers(self, asking: Asking) -> Door:
        """
        Have an officer of the question's role approve it, and return the door they took.

        Raises:
            NotTaken: it was answered meanwhile, or what is behind the door did not answer.
        """
        door = self._chance.choice(DOORS)
        try:
            member = self._free(asking.role)
            try:
                self._decide(asking, member, door)
            finally:
                member.busy.release()
        except (decisions.AnswerRefused, officers.NotProved, case_file.Refused) as refused:
            raise NotTaken(str(refused)) from None
        except (case_file.CaseFileUnavailable, EngineUnavailable, httpx.TransportError) as down:
            raise NotTaken(type(down).__name__) from None
        return door

    def _decide(self, asking: Asking, member: Member, door: Door) -> None:
        with case_file.through(door):
            if asking.step is Step.handoff:
                walk.hand_over(asking.reference)
            reason = ReasonCode.try_again if asking.step is Step.help else ReasonCode.in_order
            if door is Door.desk:
                self._at_the_desk(asking, member, reason)
                return
            evidence = decisions.evidence(asking.reference, reader=member.officer, purpose="decision in a drill")
            if evidence is None or evidence.step is not asking.step:
                raise NotTaken("it was answered meanwhile")
            through = {Door.resume_form: self._by_form, Door.cli: self._by_command}[door]
            through(asking, member, evidence, reason)

    @staticmethod
    def _by_command(asking: Asking, member: Member, evidence: decisions.Evidence, reason: ReasonCode) -> None:
        number = member.officer.number
        answer = Answer(
            officer=number, code=officers.drill_code(number), seen=evidence.seen, outcome=Outcome.approve.value,
            reason_code=reason.value, door=Door.cli,
        )  # fmt: skip
        decisions.record(asking.reference, asking.step.value, answer)
        doorbell.wake(asking.reference)

    def _by_form(self, asking: Asking, member: Member, evidence: decisions.Evidence, reason: ReasonCode) -> None:
        """Press Resume in the engine, as its UI does."""
        number = member.officer.number
        typed = {
            "officer": number, "code": officers.drill_code(number),
            "seen": evidence.letters[Reply(Outcome.approve, reason)], "decision": Outcome.approve.value,
            "reason_code": reason.value, "to_stage": "—",
        }  # fmt: skip
        address = f"{settings().prefect_api_url}/flow_runs/{asking.flow_run_id}/resume"
        reply = self._engine.post(address, json={"run_input": typed})
        if not reply.is_success or reply.json()["status"] != "ACCEPT":
            raise NotTaken("the engine did not take it")

    def _at_the_desk(self, asking: Asking, member: Member, reason: ReasonCode) -> None:
        """Sign in once, open the evidence, and send its form with the seen code that stands beside it."""
        browser = member.browser or self._signed_in(member)
        shown = browser.get(f"/evidence/{asking.reference}")
        token, step, seen = (each.search(shown.text) for each in (_FORM_TOKEN, _STEP, _SEEN))
        if not shown.is_success or token is None or step is None or seen is None:
            member.browser = None
            raise NotTaken("the desk showed no form")
        if step[1] != asking.step.value:
            raise NotTaken("it was answered meanwhile")
        typed = {
            "form_token": token[1], "step": asking.step.value, "outcome": Outcome.approve.value,
            "reason_code": reason.value, "seen": seen[1], "code": officers.drill_code(member.officer.number),
        }  # fmt: skip
        reply = browser.post(f"/evidence/{asking.reference}", data=typed)
        if not reply.is_redirect:
            raise NotTaken("the desk did not take it")

    @staticmethod
    def _signed_in(member: Member) -> httpx.Client:
        address = settings().desk_url
        # A browser names the page a form was sent from.
        browser = httpx.Client(base_url=address, timeout=30, headers={"Origin": address})
        number = member.officer.number
        typed = {"officer": number, "password": member.password, "code": officers.drill_code(number), "to": "/"}
        if not browser.post("/sign-in", data=typed).is_redirect:
            raise NotTaken("the desk did not let them in")
        member.browser = browser
        return browser

    def _free(self, role: Role) -> Member:
        """Return an officer with a code left, busy for whoever asked; hire one where there is none."""
        for member in self._of[role]:
            if time.monotonic() >= member.rests_until and member.busy.acquire(blocking=False):
                has_code = False
                try:
                    has_code = _has_code(member.officer.number)
                finally:
                    if not has_code:
                        member.busy.release()
                if has_code:
                    return member
                member.rests_until = time.monotonic() + officers.next_code_in()
        return self._hired(role, busy=True)

    def _hired(self, role: Role, *, busy: bool = False) -> Member:
        with self._hiring:
            enrolled = officers.add(name=f"Drill {role}", agency=AGENCY, roles=[role], by="drill")
            member = Member(enrolled.officer, enrolled.password)
            if busy:
                member.busy.acquire()
            self._of[role].append(member)
        return member


def _has_code(officer: str) -> bool:
    """Return whether an officer has a code now that they have not used."""
    try:
        officers.drill_code(officer)
    except case_file.Refused:
        return False
    return True
