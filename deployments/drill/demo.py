"""`make demo`: one person home on a fresh embedded stack, each step decided by a named officer; papers in `out/`."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from deployments.drill import walk
from deployments.signer import ceremony
from deployments.signer.folder import read_folder
from deployments.stack import postgres, sealing
from models.case import HOME_ZONE, CaseStatus
from models.decision import Asking, Decision
from models.officer import Role
from models.paper import PaperKind
from tasks import case_file, doorbell, overview, paperwork
from tasks.clock import now
from tasks.papers.inspection import inspect
from tasks.papers.seal import TrustStore
from tasks.settings import REPOSITORY, settings

FRESH = {"HOMEWARD_VAR": str(REPOSITORY / "var" / "demo"), **{
    f"HOMEWARD_{name}_PORT": "0" for name in ("PREFECT", "DESK", "SANDBOX", "SANDBOX_CONTROL", "POSTGRES", "METRICS")
}}  # fmt: skip
"""A state folder and ports of its own, so that a demonstration disturbs no stack that is in use."""


def main() -> int:
    """Run the demonstration; return the exit code."""
    os.environ.update(FRESH)
    began = time.monotonic()
    homeward = str(Path(sys.executable).with_name("homeward"))
    _remove_last_one(homeward)
    _say("Starting a stack of its own …")
    if (started := subprocess.run([homeward, "up", "--detach"], check=False)).returncode:
        return started.returncode
    _say(f"The stack was ready after {time.monotonic() - began:.0f} s.\n")
    try:
        return _journey(Path("out"), began)
    finally:
        subprocess.run([homeward, "down"], check=True, stdout=subprocess.DEVNULL)


def _remove_last_one(homeward: str) -> None:
    subprocess.run([homeward, "down"], check=True, stdout=subprocess.DEVNULL)
    if not Path(FRESH["HOMEWARD_VAR"]).exists():
        return
    # Only the data are made anew; the unpacked PostgreSQL stays.
    shutil.rmtree(postgres.home(Path(FRESH["HOMEWARD_VAR"])).data, ignore_errors=True)
    # With the chain its seals; the sealer would take the new one for the old one written anew. With the vault's keys
    # what the signer keeps under them.
    for place in (sealing.place, sealing.signer_place):
        shutil.rmtree(place(Path(FRESH["HOMEWARD_VAR"])).folder, ignore_errors=True)
    for name in ("secrets.env", "stack.env", "sandbox.sqlite", "sandbox.sqlite-wal", "sandbox.sqlite-shm"):
        (Path(FRESH["HOMEWARD_VAR"]) / name).unlink(missing_ok=True)


def _journey(out: Path, began: float) -> int:
    reference = walk.open_example()
    _say(f"Case {reference} is open for one person detained in Cambodia. The journey begins.\n")
    if (refusal := doorbell.start(reference)) is not None:
        _say(refusal)
        return 1

    def tell(asking: Asking, decision: Decision, waited_s: float) -> None:
        _say(f"  {waited_s:5.1f} s  {asking.step.value:<26} decided by {decision.officer}, {decision.role.value}")

    walk.walk_home(reference, tell=tell)
    coordinator = walk.officer_for(Role.coordinator)
    seen = overview.of(reference, reader=coordinator)
    _say(f"\nCase {reference} is {seen.status}. What happened:\n")
    for happened in seen.timeline:
        _say(f"  {happened.at.in_timezone('Asia/Phnom_Penh'):%H:%M:%S}  {happened.words}")
    _say("\nPapers:\n")
    out.mkdir(exist_ok=True)
    for paper in paperwork.listed(reference):
        found = paperwork.read(reference, paper.kind, officer=coordinator)
        if found is not None:
            file = out / f"{reference}-{paper.kind.value}.pdf"
            file.write_bytes(found[1])
            _say(f"  {file}")
    is_genuine = _judged(reference, out)
    with case_file.transaction() as session:
        broken, read = case_file.broken_link(session)
    _say(f"\nThe audit chain of {read} events {'holds' if broken is None else f'is BROKEN: {broken.words}'}.")
    _say(f"One person home in {time.monotonic() - began:.0f} s, the stack's start included.")
    return 0 if seen.status is CaseStatus.home and broken is None and is_genuine else 1


def _judged(reference: str, out: Path) -> bool:
    """Export what a verifier needs, and judge the released document with that alone."""
    keys = sealing.signer_place(Path(FRESH["HOMEWARD_VAR"])).folder
    ceremony.export(read_folder(keys, drill=True), out / "trust")
    trust = TrustStore.load(out / "trust", takes_specimens=True)
    file = out / f"{reference}-{PaperKind.travel_document}.pdf"
    lock, today = settings().document_password, now().in_timezone(HOME_ZONE).date()
    password = lock.get_secret_value() if lock else None
    verdict = inspect(file.read_bytes(), file.name, trust=trust, at=today, password=password).verdict
    found = "is genuine, as a specimen" if verdict.valid else f"is NOT genuine: {verdict.sub_indication}"
    _say(f"\nThe travel document {found}; see for yourself:\n")
    _say(f"  .venv/bin/homeward documents verify {file} --trust {out / 'trust'}")
    return verdict.valid


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
