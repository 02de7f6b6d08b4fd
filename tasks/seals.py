"""Seals: the head of the audit chain, signed by the sealer, a process with its own key; and the check of both."""

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pendulum
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import Session, col, func, select

from models.audit import GENESIS, AuditEvent, ChainSeal, seal_statement
from models.message import AlarmKind
from tasks import alarms, case_file
from tasks.settings import settings

SEALED_WITHIN = pendulum.duration(hours=25)
"""An event without a seal for longer than a night and the hour a slow start may take is one nobody vouches for."""

_ANSWERS_WITHIN_S = 10


class SealerUnavailable(Exception):
    """The sealer gave no answer; the text says where it was sought."""


class SealRefused(Exception):
    """The sealer does not sign this head; an alarm, since the chain may have been written anew: the text says why."""


class NothingToSeal(SealRefused):
    """The chain has no event yet; no alarm."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the sealer said."""

    public_key: str
    seals: list[ChainSeal]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of chain and seals found."""

    events: int
    seals: int
    sealed_to: int
    """Number of the newest event under a seal; 0 when none is."""
    first_broken: int | None
    fault: str | None
    """The first thing that does not hold, in one sentence without its full stop."""


def seal_chain(*, actor: str) -> ChainSeal:
    """
    Have the newest event sealed, and keep the seal; one that was made but not kept is kept now.

    Raises:
        SealerUnavailable: no answer.
        SealRefused: the sealer remembers another chain; an alarm stands until it seals again.
    """
    try:
        return _seal_chain(actor=actor)
    except NothingToSeal:
        raise
    except SealRefused:
        _sound(AlarmKind.seal_refused)
        raise


def seal_by_night() -> ChainSeal:
    """
    Have the newest event sealed by the clock; whatever comes between raises an alarm.

    Raises:
        SealerUnavailable, SealRefused: as for `seal_chain`.
        case_file.CaseFileConflict: a seal does not fit the events.
    """
    try:
        return seal_chain(actor=case_file.RUN)
    except (SealerUnavailable, case_file.CaseFileConflict):
        _sound(AlarmKind.seal_missing)
        raise


def sound_missing(*, at: pendulum.DateTime) -> bool:
    """Raise an alarm when an event has waited for its seal too long at this moment; return whether one has."""
    with case_file.transaction() as session:
        waits = session.get(AuditEvent, _last_sealed(session) + 1)
    if waits is None or at - waits.at <= SEALED_WITHIN:
        return False
    _sound(AlarmKind.seal_missing)
    return True


def _sound(kind: AlarmKind) -> None:
    with case_file.transaction() as session:
        alarms.sound(session, None, kind, about=f"after-{_last_sealed(session)}")


def _last_sealed(session: Session) -> int:
    return session.exec(select(func.max(ChainSeal.seq))).one() or 0


def _seal_chain(*, actor: str) -> ChainSeal:
    made = made_so_far()
    last = made.seals[-1] if made.seals else None
    with case_file.transaction() as session:
        head = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(1)).first()
        standing = session.get(AuditEvent, last.seq) if last else None
    if head is None:
        raise NothingToSeal("The chain has no event yet; there is nothing to seal.")
    known = {"seq": last.seq, "hash": standing.hash if standing else None} if last else {"seq": 0, "hash": GENESIS}
    facts = {"seq": head.seq, "hash": head.hash, "at": head.at.isoformat()}
    told = _asked({"want": "seal", "head": facts, "standing": known})
    seal = told.seals[-1]
    with case_file.transaction() as session:
        stored = {each.seq for each in _stored(session)}
        new = [each for each in (*made.seals, seal) if each.seq not in stored]
        for each in {each.seq: each for each in new}.values():
            session.add(ChainSeal(**each.model_dump()))
            session.flush()
        alarms.clear(session)
        case_file.note(session, "chain.sealed", actor=actor, ids={"seq": str(seal.seq), "hash": seal.hash})
    return seal


def made_so_far() -> Told:
    """
    Return every seal the sealer has made, from its own log, with its public key.

    Raises:
        SealerUnavailable: no answer.
    """
    return _asked({"want": "seals"})


def check() -> Checked:
    """
    Check the whole chain and its seals, and name the first thing that does not hold.

    Raises:
        SealerUnavailable: the chain is sealed, or a sealer is set, and nobody tells what was sealed.
    """
    with case_file.transaction() as session:
        stored = _stored(session)
    if settings().sealer_socket is None and not stored:
        with case_file.transaction() as session:
            fault, read = case_file.broken_link(session)
        return Checked(read, 0, 0, fault.seq if fault else None, fault.words if fault else None)
    told = made_so_far()
    with case_file.transaction() as session:
        fault, read = case_file.broken_link(session, {seal.seq: seal.hash for seal in told.seals})
    wrong, at = (fault.words, fault.seq) if fault else _unfitting(stored, told)
    return Checked(read, len(told.seals), told.seals[-1].seq if told.seals else 0, at, wrong)


def _unfitting(stored: Sequence[ChainSeal], told: Told) -> tuple[str | None, int | None]:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told.public_key))
    here, made = ({seal.seq: seal.model_dump() for seal in seals} for seals in (stored, told.seals))
    for seal in told.seals:
        try:
            key.verify(bytes.fromhex(seal.signature), seal_statement(seal))
        except (InvalidSignature, ValueError):
            return f"the seal of event {seal.seq} does not fit: its signature is not the sealer's", seal.seq
    for seq in sorted(here.keys() | made.keys()):
        if seq not in here:
            return f"the seal of event {seq} is missing from the case database; the sealer has it", seq
        if seq not in made:
            return f"the seal of event {seq} does not fit: the sealer never made it", seq
        if here[seq] != made[seq]:
            return f"the seal of event {seq} does not fit: it was changed in the case database", seq
    return None, None


def _stored(session: Session) -> Sequence[ChainSeal]:
    return session.exec(select(ChainSeal).order_by(col(ChainSeal.seq))).all()


def _asked(request: dict[str, Any]) -> Told:
    address = settings().sealer_socket
    if address is None:
        raise SealerUnavailable("No sealer is set; start one and set HOMEWARD_SEALER_SOCKET.")
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_ANSWERS_WITHIN_S)
            # A socket's address has room for some hundred characters.
            line.connect(min(str(address), os.path.relpath(address), key=len))
            line.sendall(json.dumps(request).encode() + b"\n")
            reply = json.loads(line.makefile("rb").readline())
    except (OSError, ValueError):
        raise SealerUnavailable(f"The sealer does not answer at {address}; see that it runs.") from None
    if "refused" in reply:
        raise SealRefused(f"The sealer refuses: {reply['refused']}.")
    return Told(reply["public_key"], [ChainSeal(**seal) for seal in reply["seals"]])
