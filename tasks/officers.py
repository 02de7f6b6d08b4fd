"""Officers at the doors: adding them, signing them in, and spending their one-time codes."""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass

import argon2
import pendulum
import pyotp
from sqlmodel import Session as DatabaseSession
from sqlmodel import col, select

from models.case import LOCAL_ZONES
from models.officer import BESIDE_REGISTRAR, Officer, Role, Session, SpentCode, WrongAnswers, names_police
from models.person import Language
from tasks import case_file, lockout, vault
from tasks.clock import now
from tasks.settings import Mode, settings

CODE_LASTS_S = 30
"""One time step of a code. Source: RFC 6238 §5.2."""

SESSION_LASTS = pendulum.duration(hours=8)
"""How long a signed-in officer stays signed in at the most."""

IDLE_LASTS = pendulum.duration(hours=1)
"""How long a desk session lives without being used."""

NOTED_EVERY = pendulum.duration(minutes=1)
"""How often the use of a session is written down; one that idles ends by so much sooner than it might."""

_SECRET = "totp_secret"  # noqa: S105 - the name of a field
_passwords = argon2.PasswordHasher()


class NotProved(Exception):
    """The officer did not prove who they are; the text says what to do and not which part was wrong."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an officer is told once: a first password and the key for their authenticator."""

    officer: Officer
    password: str
    totp_secret: str
    """Base32, to be typed into an authenticator."""

    @property
    def provisioning_uri(self) -> str:
        """The same key as an `otpauth://` address for a QR code."""
        return pyotp.TOTP(self.totp_secret).provisioning_uri(name=self.officer.number, issuer_name="Homeward")


def add(
    *,
    name: str,
    agency: str,
    roles: list[Role],
    country: str | None = None,
    police: bool = False,
    after: int | None = None,
    by: str,
) -> Enrolment:
    """
    Add an officer under the next free number; the secrets are in the answer and nowhere else in clear.

    An agency whose name says police or prosecution is taken as such, also where nobody said so. `after` is how many
    officers the page knew that this was typed into.

    Raises:
        case_file.Refused: roles that one person may not hold together, or a host liaison of no country of ours.
    """
    if Role.registrar in roles and not BESIDE_REGISTRAR.issuperset(roles):
        raise case_file.Refused("A registrar sees every new officer's secrets, so they decide nothing; drop that role.")
    if Role.host_liaison in roles and len(roles) > 1:
        raise case_file.Refused("A host liaison is another country's officer and holds no other role; drop the others.")
    if Role.border_partner in roles and len(roles) > 1:
        raise case_file.Refused("A border partner is another country's officer and holds no other role; drop the rest.")
    if (Role.host_liaison in roles) != (country is not None):
        raise case_file.Refused("A host liaison serves one country and nobody else does; give --country for them only.")
    if country is not None and country not in LOCAL_ZONES:
        raise case_file.Refused(f"No mission of ours serves {country}; choose one of {', '.join(LOCAL_ZONES)}.")
    is_police = police or names_police(agency)
    if Role.screening_officer in roles and is_police:
        raise case_file.Refused("A screening officer is outside the police; drop that role, or correct the agency.")
    password, secret = secrets.token_urlsafe(12), pyotp.random_base32()
    with case_file.transaction() as session:
        taken = [int(number.removeprefix("O-")) for number in session.exec(select(Officer.number)).all()]
        case_file.refuse_stale(seen=after, found=len(taken))
        number = f"O-{max(taken, default=0) + 1:02d}"
        officer = Officer(
            number=number,
            name=name,
            agency=agency,
            country=country,
            police=is_police,
            roles=[role.value for role in Role if role in roles],
            password_hash=_passwords.hash(password),
            totp_secret_sealed=vault.seal_for_system(f"{_SECRET}:{number}", secret.encode()),
            added_at=now(),
        )
        session.add(officer)
        ids = {"officer": number, "roles": ",".join(officer.roles), **({"country": country} if country else {})}
        case_file.note(session, "officer.added", actor=by, ids=ids)
    return Enrolment(officer, password, secret)


def speak(number: str, language: Language) -> None:
    """Note the language an officer chose; it goes with them to whatever browser they sign in at."""
    with case_file.transaction() as session:
        officer = session.get_one(Officer, number, with_for_update=True)
        officer.language = language
        session.add(officer)
        case_file.note(session, "officer.language_chosen", actor=number, ids={"language": language.value})


def listed() -> list[Officer]:
    """Return all officers in the order of their numbers."""
    with case_file.transaction() as session:
        return sorted(session.exec(select(Officer)), key=lambda officer: int(officer.number.removeprefix("O-")))


def drill_code(number: str) -> str:
    """
    Return a code of a synthetic officer that is not spent yet.

    Raises:
        case_file.Refused: not a drill, no such officer, or the codes of this minute are spent.
    """
    if settings().mode is not Mode.drill:
        raise case_file.Refused("Codes are shown in a drill only; an officer reads theirs from their authenticator.")
    with case_file.transaction() as session:
        officer = session.get(Officer, number)
        if officer is None:
            raise case_file.Refused(f"No officer has the number {number}.")
        totp = _totp(officer)
        for step in _accepted_steps():
            if session.get(SpentCode, (number, step)) is None:
                return totp.generate_otp(step)
    raise case_file.Refused(f"{number} has used every code of this minute; ask again in {CODE_LASTS_S} seconds.")


def next_code_in() -> float:
    """Return in how many seconds every authenticator shows its next code."""
    return CODE_LASTS_S - now().timestamp() % CODE_LASTS_S


def prove(
    number: str, code: str, *, on: str, password: str | None = None, way: str | None = None
) -> tuple[Officer, int]:
    """
    Return the officer a code belongs to, and the time step it spent; the code is spent even if what follows fails.

    `way` is the way in where it is one that others reach too; wrong answers there lock that way alone.

    Raises:
        NotProved: unknown officer, wrong password or code, a code used before, or an officer who has to wait.
    """
    # What no number looks like is not looked for: it comes from a form, and may be no text a database takes.
    looked_for = number if re.fullmatch(r"O-[0-9]{1,9}", number) else None
    with case_file.transaction() as session:
        # Two who are locked out at once tell each other of it: their rows may be pointed at meanwhile.
        named = select(Officer).where(Officer.number == looked_for).with_for_update(key_share=True)
        officer = session.exec(named).first()
        at = now()
        if officer is None or not officer.active:
            refused = "That officer number and code do not fit; check both and use a fresh code."
        else:
            counted = lockout.counter(session, officer, way)
            if counted.locked_until is not None and at < counted.locked_until:
                wait = pendulum.duration(seconds=int((counted.locked_until - at).total_seconds()) + 1)
                refused = f"Officer {number} gave too many wrong answers; try again in {wait.in_words()}."
            else:
                step, refused = _spend(session, officer, code, on=on, password=password, counted=counted, at=at)
                if step is not None:
                    return officer, step
    raise NotProved(refused)


def _spend(
    session: DatabaseSession,
    officer: Officer,
    code: str,
    *,
    on: str,
    password: str | None,
    counted: lockout.Counter,
    at: pendulum.DateTime,
) -> tuple[int | None, str]:
    step = _step_of(officer, code) if password is None or _password_fits(officer, password) else None
    if step is not None and session.get(SpentCode, (officer.number, step)) is not None:
        case_file.note(session, "code.replayed", actor=officer.number, ids={"on": on})
        return None, "That code was used before; wait for the next one."
    if step is None:
        lockout.count(session, officer, counted, at=at)
        ids = {"on": on, **({"way": counted.way} if isinstance(counted, WrongAnswers) else {})}
        case_file.note(session, "code.refused", actor=officer.number, ids=ids)
        return None, "That officer number and code do not fit; check both and use a fresh code."
    counted.failures, counted.locked_until = 0, None
    session.add(SpentCode(officer=officer.number, time_step=step, spent_at=at, spent_on=on))
    return step, ""


def _step_of(officer: Officer, code: str) -> int | None:
    digits = "".join(code.split())
    if not digits.isascii():
        return None
    totp = _totp(officer)
    return next((step for step in _accepted_steps() if secrets.compare_digest(totp.generate_otp(step), digits)), None)


def _accepted_steps() -> tuple[int, int, int]:
    # One step to either side, for clocks that differ. Source: RFC 6238 §5.2.
    step = int(time.time()) // CODE_LASTS_S
    return step, step + 1, step - 1


def _totp(officer: Officer) -> pyotp.TOTP:
    secret = vault.open_for_system(f"{_SECRET}:{officer.number}", officer.totp_secret_sealed)
    return pyotp.TOTP(secret.decode())


def _password_fits(officer: Officer, password: str) -> bool:
    try:
        return _passwords.verify(officer.password_hash, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def open_session(officer: Officer, *, door: str) -> str:
    """Open a session for an officer who has just proved who they are; return its token, kept here as a hash only."""
    with case_file.transaction() as session:
        return add_session(session, officer.number, door=door)


def add_session(session: DatabaseSession, number: str, *, door: str) -> str:
    """Write a new session down in a transaction that looks at more than this; return its token as `open_session`."""
    token, at = secrets.token_urlsafe(32), now()
    session.add(
        Session(
            token_hash=_hash(token),
            officer=number,
            door=door,
            opened_at=at,
            seen_at=at,
            expires_at=at + SESSION_LASTS,
        )
    )
    case_file.note(session, "session.opened", actor=number, ids={"door": door})
    return token


def signed_in(token: str, *, door: str, counts_as_use: bool = True) -> Officer | None:
    """
    Return the officer of a live session, and note that it was used; None when it ended, lapsed or never was.

    What a page asks for by itself is no use: else a desk that was left would stay open.
    """
    at = now()
    with case_file.transaction() as session:
        found = session.exec(
            select(Session, Officer)
            .join(Officer, col(Officer.number) == Session.officer)
            .where(Session.token_hash == _hash(token), Session.door == door)
        ).first()
        if found is None:
            return None
        row, officer = found
        idle = door == "desk" and at - row.seen_at > IDLE_LASTS
        if row.ended_at is not None or at >= row.expires_at or idle or not officer.active:
            return None
        if counts_as_use and at - row.seen_at >= NOTED_EVERY:
            row.seen_at = at
            session.add(row)
        return officer


def close_session(token: str) -> None:
    """End a session; ending one twice is no fault."""
    with case_file.transaction() as session:
        row = session.exec(select(Session).where(Session.token_hash == _hash(token))).first()
        if row is not None and row.ended_at is None:
            row.ended_at = now()
            session.add(row)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
