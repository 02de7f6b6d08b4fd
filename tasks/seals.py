"""Seals: the head of the audit chain, signed by the sealer, a process with its own key; and the check of both."""

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pendulum
from sqlmodel import Session, col, func, select

from models.audit import GENESIS, AuditEvent, ChainSeal, SealerKey, seal_statement
from models.message import AlarmKind
from tasks import alarms, case_file, sealer_keys
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

    keys: list[SealerKey]
    seals: list[ChainSeal]

    @property
    def public_key(self) -> str:
        """The key it seals with now."""
        return self.keys[-1].public_key


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
        seals, keys = _stored(session), _known_keys(session)
        last = next((seal for seal in reversed(seals) if _is_signed(seal, keys)), None)
        waits = session.get(AuditEvent, (last.seq if last else 0) + 1)
    if seals and seals[-1] is not last:
        # Somebody wrote a seal of their own into the case database, which would hide that none is made.
        _sound(AlarmKind.seal_refused)
    if waits is None or at - waits.at <= SEALED_WITHIN:
        return False
    _sound(AlarmKind.seal_missing)
    return True


def _is_signed(seal: ChainSeal, keys: Sequence[SealerKey]) -> bool:
    return any(sealer_keys.is_signed(key.public_key, seal_statement(seal), seal.signature) for key in keys)


def _sound(kind: AlarmKind) -> None:
    with case_file.transaction() as session:
        alarms.sound(session, None, kind, about=f"after-{_last_sealed(session)}")


def _last_sealed(session: Session) -> int:
    return session.exec(select(func.max(ChainSeal.seq))).one() or 0


def _seal_chain(*, actor: str) -> ChainSeal:
    made = made_so_far()
    last = made.seals[-1] if made.seals else None
    with case_file.transaction() as session:
        if (fault := _fault_of_keys(_known_keys(session), made)) is not None:
            raise SealRefused(f"Nothing is sealed: {fault[0]}.")
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
        known_keys = len(_known_keys(session))
        for key in told.keys[known_keys:]:
            session.add(SealerKey(**key.model_dump()))
        alarms.clear(session)
        ids = {"seq": str(seal.seq), "hash": seal.hash, "public_key": told.public_key}
        case_file.note(session, "chain.sealed", actor=actor, ids=ids)
    return seal


def made_so_far() -> Told:
    """
    Return every seal the sealer has made, from its own log, with its public key.

    Raises:
        SealerUnavailable: no answer.
    """
    return _asked({"want": "seals"})


def check(*, expected_key: str | None = None) -> Checked:
    """
    Check the whole chain and its seals, and name the first thing that does not hold.

    An expected key, one the ministry published, must be among the sealer's.

    Raises:
        SealerUnavailable: the chain is sealed, or a sealer is set, and nobody tells what was sealed.
    """
    with case_file.transaction() as session:
        stored, known_keys = _stored(session), _known_keys(session)
    if settings().sealer_socket is None and not stored:
        with case_file.transaction() as session:
            fault, read = case_file.broken_link(session)
        return Checked(read, 0, 0, fault.seq if fault else None, fault.words if fault else None)
    told = made_so_far()
    with case_file.transaction() as session:
        fault, read = case_file.broken_link(session, {seal.seq: seal.hash for seal in told.seals})
    wrong, at = (fault.words, fault.seq) if fault else _unfitting(stored, known_keys, told, expected_key)
    return Checked(read, len(told.seals), told.seals[-1].seq if told.seals else 0, at, wrong)


def _unfitting(
    stored: Sequence[ChainSeal], known_keys: Sequence[SealerKey], told: Told, expected_key: str | None
) -> tuple[str | None, int | None]:
    if (fault := _fault_of_keys(known_keys, told) or _missing_key(stored, known_keys, told)) is not None:
        return fault
    if expected_key is not None and expected_key.strip().lower() not in {key.public_key for key in told.keys}:
        return f"the key {expected_key} is unknown: the sealer never had it", None
    here, made = ({seal.seq: seal.model_dump() for seal in seals} for seals in (stored, told.seals))
    for seq in sorted(here.keys() | made.keys()):
        if seq not in here:
            return f"the seal of event {seq} is missing from the case database; the sealer has it", seq
        if seq not in made:
            return f"the seal of event {seq} does not fit: the sealer never made it", seq
        if here[seq] != made[seq]:
            return f"the seal of event {seq} does not fit: it was changed in the case database", seq
    return None, None


def _fault_of_keys(known: Sequence[SealerKey], told: Told) -> tuple[str, int | None] | None:
    """Return which key or seal of the sealer does not hold, or does not continue what the case database knows."""
    for here, there in zip(known, told.keys, strict=False):
        if here.public_key != there.public_key:
            return f"the sealer's key {there.public_key} is unknown: the case database knows {here.public_key}", None
        if here.model_dump() != there.model_dump():
            return f"the sealer's key {there.public_key} does not fit: it was changed in the case database", None
    if len(known) > len(told.keys):
        return f"the key {known[-1].public_key} does not fit: the sealer never had it", None
    return sealer_keys.fault_of(told.keys, told.seals)


def _missing_key(stored: Sequence[ChainSeal], known: Sequence[SealerKey], told: Told) -> tuple[str, int | None] | None:
    """Return which key is not on file although a seal made with it is; one that made none yet may not be."""
    for key in told.keys[len(known) :]:
        if stored and key.after_seq < stored[-1].seq:
            return f"the sealer's key {key.public_key} is missing from the case database; the sealer has it", None
    return None


def _known_keys(session: Session) -> Sequence[SealerKey]:
    keys = session.exec(select(SealerKey)).all()
    # One after the other, whatever order the rows come in.
    follows, ordered, at = {key.previous_key: key for key in keys}, [], GENESIS
    while at in follows:
        ordered.append(follows.pop(at))
        at = ordered[-1].public_key
    return [*ordered, *follows.values()]


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
    return Told([SealerKey(**key) for key in reply["keys"]], [ChainSeal(**seal) for seal in reply["seals"]])
