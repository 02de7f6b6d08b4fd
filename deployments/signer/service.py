"""
The signer: draws the approved page again, compares it, seals it, signs it, reads it back, and remembers it.

It is asked with a case reference and the id of a proposal, and believes neither: proposal, decisions and facts it
reads in the case database itself.
"""

import base64
import fcntl
import hashlib
import json
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from deployments.signer.approved import Approved, WillNotSign, approved
from deployments.signer.folder import Folder, FolderUnusable, Held, Use, read_folder
from deployments.signer.hardware import TokenUnusable
from deployments.signer.register import Entry, Register
from models.audit import AuditEvent
from models.case import is_reference
from tasks import case_file, journal, status_list, vault
from tasks.clock import now
from tasks.papers.emergency_document import bears_seal, code_lines, render
from tasks.papers.inspection import inspect
from tasks.papers.seal import etd_seal, sign_seal
from tasks.papers.signature import sign_page
from tasks.papers.travel_document import TravelDocumentContent
from tasks.settings import Mode, SettingsUnusable, settings
from tasks.signing import STATUS_LIST
from tasks.trouble import NeedsPerson, type_and_place

LONGEST_REQUEST = 4096
ACTOR = "signer"

_logger = logging.getLogger(__name__)
_SEALED_AS = "signed document"
_ASKED_WITHIN_S = 5


class Signer:
    """Keys, register and the rule of what is signed; one process a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Not at the first release: whoever starts it is there to hear that a PIN is wrong.
            self._folder().open_keys(at=now())
        except BlockingIOError:
            self._lock.close()
            raise FolderUnusable(f"another signer works in {folder}") from None
        except (FolderUnusable, SettingsUnusable):
            self._lock.close()
            raise
        self._register = Register(folder)

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.close()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what the signer says to one request."""
        if request == {"want": STATUS_LIST}:
            return self._guarded(self.status_list, "list")
        try:
            reference, proposal_id = str(request["reference"]), UUID(str(request["proposal_id"]))
        except (KeyError, ValueError):
            return {"refused": "a request names a case reference and the id of a proposal"}
        with journal.about(reference if is_reference(reference) else None):
            return self._guarded(lambda: self.signed(reference, proposal_id), "pdf")

    def _guarded(self, make: Callable[[], bytes], name: str) -> dict[str, Any]:
        try:
            made = make()
            _logger.info("Signed: %s", name)
        except (WillNotSign, FolderUnusable, TokenUnusable, case_file.UnknownCase) as refused:
            _logger.warning("Not signed: %s", type(refused).__name__)
            return {"refused": str(refused).rstrip(".")}
        except NeedsPerson as needed:
            return {"refused": needed.code}
        except case_file.CaseFileUnavailable:
            return {"unavailable": "the case database does not answer"}
        except Exception as fault:  # noqa: BLE001, RUF100 - it goes on for everybody else, and its words may hold a name
            _logger.error("Signing failed: %s", type_and_place(fault))  # noqa: TRY400 - its words may hold a name
            return {"failed": type_and_place(fault)}
        return {name: base64.b64encode(made).decode(), "sha256": hashlib.sha256(made).hexdigest()}

    def status_list(self) -> bytes:
        """
        Return the signed list of the numbers that are good for nothing, as the case database has them now.

        Raises:
            FolderUnusable: no key may sign now.
        """
        at = now()
        with case_file.transaction() as session:
            numbers = status_list.numbers_out_of_use(session)
        signs = self._folder().signing(Use.page, at=at)
        return status_list.made(numbers, at=at, key=signs.key(), certificate=signs.certificate)

    def signed(self, reference: str, proposal_id: UUID) -> bytes:
        """
        Return the document, sealed and signed; asked again, the very same one.

        Raises:
            WillNotSign: what is asked for is not what was approved, or the number carries another page already.
            FolderUnusable: no key may sign now.
        """
        at = now()
        with case_file.transaction() as session:
            found = approved(session, reference, proposal_id, at=at)
            number = found.content.document_number
            entry = self._register.find(number)
            if entry is None:
                entry = self._make(session, found, self._folder())
                self._register.add(entry)
            elif (entry.reference, entry.page_sha256) != (reference, found.page_sha256):
                raise WillNotSign(
                    "another page was signed under this number before; return the case to travel_document, so that "
                    "it gets a new number"
                )
            _note_once(session, found, entry)
            pdf = vault.open_(session, found.case.person_id, _SEALED_AS, entry.sealed)
            if hashlib.sha256(pdf).hexdigest() != entry.sha256:
                raise vault.SealBroken(f"the register's {_SEALED_AS} is not the one that was signed")
            return pdf

    def _make(self, session: Session, found: Approved, folder: Folder) -> Entry:
        at = now()
        content = found.content
        of_seal = folder.signing(Use.seal, at=at) if bears_seal(content) else None
        of_page = folder.signing(Use.page, at=at)
        # By the calendar of the place of issue, as the page's own dates are.
        signed_on = at.in_timezone(content.local_zone).date()
        sealed = _seal(content, of_seal, signed_on) if of_seal is not None else None
        pdf = sign_page(
            render(content, seal=sealed), key=of_page.key(), certificate=of_page.certificate, password=_password()
        )
        _read_back(pdf, content, folder, on=signed_on)
        return Entry(
            number=content.document_number,
            reference=found.case.reference,
            page_sha256=found.page_sha256,
            sha256=hashlib.sha256(pdf).hexdigest(),
            seal_serial=of_seal.serial if of_seal is not None else None,
            page_serial=of_page.serial,
            signed_at=at.to_iso8601_string(),
            sealed=vault.seal(session, found.case.person_id, _SEALED_AS, pdf),
        )

    def _folder(self) -> Folder:
        """Return the keys as they lie there now: a ceremony counts at once."""
        return read_folder(self._path, drill=settings().mode is Mode.drill)


def _password() -> str | None:
    """Return what locks the file, where the ministry wants it locked."""
    password = settings().document_password
    return password.get_secret_value() if password is not None else None


def _seal(content: TravelDocumentContent, signer: Held, signed_on: date) -> bytes:
    seal = etd_seal(
        code_lines(content),
        issuing_country=content.issuing_state,
        signer_identifier=signer.identifier,
        certificate_reference=signer.serial,
        document_issued_on=content.issued_on,
        signed_on=signed_on,
    )
    return sign_seal(seal, signer.key()).encoded


def _read_back(pdf: bytes, content: TravelDocumentContent, folder: Folder, *, on: date) -> None:
    """Refuse to hand out what an inspector would not take."""
    inspected = inspect(
        pdf,
        "the document",
        trust=folder.trust,
        at=on,
        printed_mrz=code_lines(content),
        password=_password(),
    )
    if not inspected.verdict.valid:
        raise WillNotSign(
            f"what was made does not verify ({inspected.verdict.sub_indication}); look at the signer's keys"
        )


def _note_once(session: Session, found: Approved, entry: Entry) -> None:
    """Note the signature in the audit trail, also where the process died between the two."""
    action = "document.signed"
    noted = session.exec(
        select(AuditEvent.seq).where(
            AuditEvent.action == action,
            AuditEvent.reference == entry.reference,
            col(AuditEvent.fields).contains({"sha256": entry.sha256}),
        )
    ).first()
    if noted is None:
        case_file.note(
            session,
            action,
            actor=ACTOR,
            about=found.case,
            ids={
                "sha256": entry.sha256,
                "page_sha256": entry.page_sha256,
                "digest": found.proposal.digest,
                **({"seal_signer": entry.seal_serial} if entry.seal_serial is not None else {}),
                "page_signer": entry.page_serial,
            },
            values={"number": entry.number},
        )


def serve(signer: Signer, listening: socket.socket) -> None:
    """Answer one request a connection, one after the other, for ever."""
    while True:
        asker, _ = listening.accept()
        # Whoever asks may leave, or say nothing.
        with asker, suppress(OSError):
            asker.settimeout(_ASKED_WITHIN_S)
            line = asker.makefile("rb").readline(LONGEST_REQUEST)
            asker.sendall(json.dumps(_reply(signer, line)).encode() + b"\n")


def _reply(signer: Signer, line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    return signer.answer(request) if isinstance(request, dict) else {"refused": "ask with one line, a JSON object"}
