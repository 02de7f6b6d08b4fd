"""
The register: what was signed, one file a number, written before it is handed out.

It lies with the signer and not in the case database, so that whoever owns that database cannot have a number signed
twice. The documents in it are sealed under the person's own key: an erasure reaches them too.
"""

import base64
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One document that was sealed and signed."""

    number: str
    reference: str
    page_sha256: str
    """Of the page that was approved, with its empty seal place."""
    sha256: str
    """Of the document as it was signed."""
    seal_serial: str | None
    """None for a sticker, which bears no seal."""
    page_serial: str
    signed_at: str
    sealed: bytes
    """The document, sealed for its person."""


class Register:
    """Every document signed in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "signed"
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def find(self, number: str) -> Entry | None:
        """Return what was signed under a number."""
        try:
            kept = json.loads(self._file(number).read_bytes())
        except FileNotFoundError:
            return None
        return Entry(**{**kept, "sealed": base64.b64decode(kept["sealed"])})

    def add(self, entry: Entry) -> None:
        """
        Keep what was signed; once this returns it outlives the process and the machine's power.

        Raises:
            FileExistsError: something was signed under the number already.
        """
        file = self._file(entry.number)
        part = file.with_name(f".{file.name}.part")
        kept = {name: getattr(entry, name) for name in Entry.__slots__}
        kept["sealed"] = base64.b64encode(entry.sealed).decode()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as written:
            written.write(json.dumps(kept))
            written.flush()
            os.fsync(written.fileno())
        # A link is refused where the name is taken; a rename would write over it.
        os.link(part, file)
        part.unlink()
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _file(self, number: str) -> Path:
        if not re.fullmatch(r"[A-Z0-9]{9}", number):
            raise ValueError("a document number has nine characters A-Z and 0-9")
        return self._folder / f"{number}.json"
