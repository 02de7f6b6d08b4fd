"""Travel documents: how many a second are drawn, sealed, signed and stored, how large they are, how fast checked."""

import multiprocessing
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from deployments.signer import ceremony
from deployments.signer.folder import Folder, Use, read_folder
from deployments.signer.register import Entry, Register
from tasks.papers.inspection import inspect
from tasks.papers.seal import etd_seal, sign_seal
from tasks.papers.signature import sign_page
from tasks.papers.travel_document import TravelDocumentContent, render, td2_lines
from tests.benchmarks.results import tell
from tests.papers.contents import plain_travel_document

PROCESSES = 2
"""A document is made by one process from its facts to the disk; two cores make two at a time."""


def measure(*, quick: bool = False) -> None:
    """Tell throughput, size and the time of a check."""
    count = 20 if quick else 200
    with tempfile.TemporaryDirectory() as place:
        keys = Path(place) / "keys"
        keys.mkdir()
        # A day old, since a signer's first day begins at its hour and a check asks at noon.
        ceremony.begin(keys, at=datetime.now(UTC) - timedelta(days=1))
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            pool.starmap(_made, [(keys, Path(place) / "warm", at, 2) for at in range(PROCESSES)])
            began = time.perf_counter()
            sizes = pool.starmap(
                _made, [(keys, Path(place) / "made", at, count // PROCESSES) for at in range(PROCESSES)], chunksize=1
            )
            took_s = time.perf_counter() - began
        tell("documents_a_second", count / took_s, "1/s", goal=10, at_least=True, documents=count, processes=PROCESSES)
        tell("document_size", max(max(each) for each in sizes), "bytes", goal=400_000)
        tell("document_verified", _verified_s(keys, 5 if quick else 30), "s, median", goal=0.3)


def _made(keys: Path, to: Path, process: int, count: int) -> list[int]:
    """Draw, seal, sign and store so many documents, each under its own number; return their sizes in bytes."""
    to = to / str(process)
    to.mkdir(parents=True)
    register, sizes = Register(to), []
    for place in range(count):
        content = plain_travel_document(document_number=f"X{process:03d}A{place:04d}", specimen=True)
        pdf, folder = _signed(keys, content)
        register.add(
            Entry(
                number=content.document_number, reference=content.reference, page_sha256="", sha256="",
                seal_serial=folder.signing(Use.seal, at=datetime.now(UTC)).serial, page_serial="",
                signed_at=datetime.now(UTC).isoformat(), sealed=pdf,
            )
        )  # fmt: skip
        sizes.append(len(pdf))
    return sizes


def _signed(keys: Path, content: TravelDocumentContent) -> tuple[bytes, Folder]:
    at = datetime.now(UTC)
    # Read anew for each document, as the signer does, so that a revocation counts at once.
    folder = read_folder(keys, drill=True)
    of_seal, of_page = (folder.signing(use, at=at) for use in (Use.seal, Use.page))
    seal = etd_seal(
        td2_lines(content),
        issuing_country=content.issuing_state,
        signer_identifier=of_seal.identifier,
        certificate_reference=of_seal.serial,
        document_issued_on=content.issued_on,
        signed_on=at.date(),
    )
    page = render(content, seal=sign_seal(seal, of_seal.key()).encoded)
    return sign_page(page, key=of_page.key(), certificate=of_page.certificate), folder


def _verified_s(keys: Path, times: int) -> float:
    pdf, folder = _signed(keys, plain_travel_document(specimen=True))
    on: date = datetime.now(UTC).date()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        inspected = inspect(pdf, "a document", trust=folder.trust, at=on)
        took.append(time.perf_counter() - began)
        assert inspected.verdict.valid, inspected.verdict
    return median(took)


if __name__ == "__main__":
    measure()
