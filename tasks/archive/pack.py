"""Packing: the members of an archive, the event and the seal that fix them, and a file that is whole or absent."""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlmodel import Session, col, select

from models.audit import AuditEvent, said
from models.case import RepatriationCase
from models.officer import Duty, Officer
from tasks import case_file, seals
from tasks.archive import facts
from tasks.clock import now

_VERIFY = Path(__file__).with_name("verify.py")
_README = """\
Case {reference}, exported {at} by {officer}. It holds everything about one person: keep it as such.

  facts.json        what is on file, table by table; times in UTC
  decisions.json    who decided what, when, why
  proposals/        exactly what each decider was shown; the SHA-256 is the digest they signed
  timeline.json     what happened, in plain words
  papers/           every version of every paper; papers.json has their SHA-256
  events.json       the audit events of this case; chain.txt the hashes of all events; seals.json the seals
  manifest.json     the SHA-256 of every file; recorded in the audit trail when the case was exported

To check it, with Python 3.9 or newer and nothing else, in this folder:

  python -I verify.py --key KEY      KEY is a public key of the sealer, as the ministry published it: any it ever had

Whoever gave you this could have changed verify.py too; the same file stands in Homeward's source, tasks/archive.
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    file: Path
    members: int
    sealed_to: int
    public_key: str


@dataclass(frozen=True, slots=True)
class _Packed:
    """The members of one archive, and what it is checked against."""

    members: dict[str, bytes]
    sealed_to: int
    public_key: str


def export(reference: str, to: Path, *, officer: Officer) -> Exported:
    """
    Write everything about a case into one archive that anybody can check without us; the export is audited and sealed.

    Raises:
        case_file.Refused: not this officer's duty, or the file exists already or cannot be written.
        seals.SealerUnavailable, seals.SealRefused: nobody could check it, so it is not written.
    """
    if to.exists():
        raise case_file.Refused(f"{to} exists already; choose another name with --to.")
    packed = _packed(reference, officer)
    _write(to, reference, packed.members)
    return Exported(to, len(packed.members), packed.sealed_to, packed.public_key)


def handed_out(reference: str, *, officer: Officer) -> bytes:
    """
    Return the archive of a case, as `export` writes it.

    Raises:
        case_file.Refused: not this officer's duty.
        seals.SealerUnavailable, seals.SealRefused: nobody could check it, so it is not made.
    """
    content = io.BytesIO()
    _zip(content, reference, _packed(reference, officer).members)
    return content.getvalue()


def checked_against(reference: str, *, officer: Officer) -> str:
    """
    Return the sealer's public key, which whoever checks the archive of a case must know from elsewhere.

    Raises:
        case_file.Refused: not this officer's duty.
        seals.SealerUnavailable: no answer.
    """
    _refuse_who_may_not(officer)
    with case_file.transaction() as session:
        case_file.load(session, reference)
    return seals.made_so_far().public_key


def _refuse_who_may_not(officer: Officer) -> None:
    """Refuse whoever may not read all that is in it: the answers of a screening are kept from the police."""
    for duty in (Duty.run_the_case, Duty.read_the_screening):
        case_file.refuse_without(duty, officer)


def _packed(reference: str, officer: Officer) -> _Packed:
    _refuse_who_may_not(officer)
    seals.made_so_far()
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        members = dict(_members(session, case, officer))
        # Read last, so that whatever was read before has its event here.
        numbers = session.exec(
            select(AuditEvent.seq).where(AuditEvent.reference == reference).order_by(col(AuditEvent.seq))
        ).all()
        manifest = facts.as_json(
            {
                "case": reference,
                "exported_at": now().isoformat(),
                "exported_by": officer.number,
                "events": numbers,
                "files": {name: _sha256(content) for name, content in members.items()},
            }
        )
        ids = {"purpose": "export of the case", "manifest": _sha256(manifest)}
        case_file.note(session, "case.exported", actor=officer.number, about=case, ids=ids)
    seals.seal_chain(actor=officer.number)
    told = seals.made_so_far()
    members |= {"manifest.json": manifest, "seals.json": _seals(told)}
    sealed_to = told.seals[-1].seq
    with case_file.transaction() as session:
        members |= _chain(session, reference, [*numbers], _sha256(manifest), sealed_to)
    return _Packed(members, sealed_to, told.public_key)


def _members(session: Session, case: RepatriationCase, officer: Officer) -> Iterator[tuple[str, bytes]]:
    found = facts.of(session, case)
    papers, proposals = found.pop("paper"), found.pop("proposal")
    decisions, timeline = found.pop("decision"), found.pop("timeline_entry")
    for paper in papers:
        content = paper.pop("bytes")
        paper["file"] = content and f"papers/{paper['kind']}-v{paper['version']}.pdf"
        if content is not None:
            yield paper["file"], content
    for proposal in proposals:
        content = proposal.pop("content")
        proposal["file"] = content and f"proposals/{proposal['id']}.json"
        if content is not None:
            yield proposal["file"], facts.proposal_bytes(content)
    portrait = found["person"][0].pop("portrait")
    if portrait is not None:
        yield "portrait.jpg", portrait
    yield "papers.json", facts.as_json(papers)
    yield "proposals.json", facts.as_json(proposals)
    yield "decisions.json", facts.as_json(sorted(decisions, key=lambda each: each["decided_at"]))
    yield "timeline.json", facts.as_json(timeline)
    yield "facts.json", facts.as_json(found)
    readme = _README.format(reference=case.reference, at=now().isoformat(timespec="seconds"), officer=officer.number)
    yield "README.txt", readme.encode()
    yield "verify.py", _VERIFY.read_bytes()


def _seals(told: seals.Told) -> bytes:
    keys, made = ([row.model_dump() for row in rows] for rows in (told.keys, told.seals))
    return facts.as_json({"keys": keys, "seals": made})


def _chain(session: Session, reference: str, numbers: list[int], manifest: str, sealed_to: int) -> dict[str, bytes]:
    """Return this case's events in full, with the one of the export, and the hashes alone of all events."""
    exported = session.exec(
        select(AuditEvent).where(
            AuditEvent.reference == reference,
            AuditEvent.action == "case.exported",
            col(AuditEvent.fields)["manifest"].astext == manifest,
        )
    ).one()
    events = session.exec(
        select(AuditEvent).where(col(AuditEvent.seq).in_([*numbers, exported.seq])).order_by(col(AuditEvent.seq))
    )
    links = session.exec(
        select(AuditEvent.seq, AuditEvent.content_hash, AuditEvent.hash)
        .where(AuditEvent.seq <= sealed_to)
        .order_by(col(AuditEvent.seq))
    )
    return {
        "events.json": facts.as_json([{"seq": event.seq, **said(event)} for event in events]),
        "chain.txt": "".join(f"{seq} {content} {hash_}\n" for seq, content, hash_ in links).encode(),
    }


def _zip(file: IO[bytes], reference: str, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members.items()):
            archive.writestr(f"{reference}/{name}", content)


def _write(to: Path, reference: str, members: dict[str, bytes]) -> None:
    part = to.with_name(f".{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _zip(file, reference, members)
            file.flush()
            os.fsync(file.fileno())
        part.replace(to)
    except OSError as failed:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise case_file.Refused(
            f"{to} cannot be written ({failed.strerror}); choose another place with --to."
        ) from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
