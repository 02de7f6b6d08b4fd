"""What goes wrong in a drill, and when: faults of partners and processes killed, all drawn from one seed."""

import json
import os
import random
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deployments.drill import ground
from deployments.stack import postgres, public
from deployments.stack.backup import Archive
from deployments.stack.processes import is_running
from tasks import archiving, case_file, seals

PARTNERS = (
    "registry", "lookouts", "airline", "document-check", "carrier-desk", "host-authority", "border-control",
    "treasury", "receiving-agency",
)  # fmt: skip

NOT_DONE = ("status_503", "status_500", "html_502", "plain_403", "drop_before", "delay", "status_429")
DONE_UNSEEN = ("drop_after", "html_502_after", "half_json", "delay_after")
"""The act is done and its answer lost: what must not be done twice."""

_BACK_WITHIN_S = 60.0

_JOINED_BYTES = 1024**2
"""So near to what is written an archive that follows always is."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong."""

    after: float
    """Share of all decisions that were made before, from 0 to 1."""
    fault: dict[str, Any] | None = None
    """What is ordered at the sandbox's control port."""
    victim: str | None = None
    """The process that is killed: without a word, but for PostgreSQL, which is told to end at once."""

    @property
    def words(self) -> str:
        """Return what it is: `worker killed`, or `airline POST: drop_after`."""
        if self.fault is None:
            return f"{self.victim} lost, and restored" if self.victim == DISK else f"{self.victim} killed"
        return f"{self.fault['partner']} {self.fault['method']}: {self.fault['kind']}"


DISK = "the disk"
"""Lost with everything the databases had written, and with the keys, while everything runs."""


def victims(run: Path) -> tuple[str, ...]:
    """Return every process of the stack that runs, by name: whatever it starts may be killed."""
    return tuple(sorted(record.stem for record in run.glob("*.json")))


def plan(
    seed: int, *, people: int, faults: bool, kills: int, among: tuple[str, ...], loses_disk: bool = False
) -> list[Trouble]:
    """
    Return what goes wrong, the earliest first: about one fault for every two people, and so many of these killed.

    With faults the kills come at random moments; without, evenly apart, so that each shows how soon work goes on.
    """
    chance = random.Random(seed)
    to_come = [_fault(chance, at=chance.uniform(0, 0.9)) for _ in range(max(1, people // 2) if faults else 0)]
    # Each process in its turn, in an order of the seed, so that a short drill kills different ones.
    order = chance.sample(among, len(among))
    for number in range(kills):
        at = chance.uniform(0.05, 0.9) if faults else 0.05 + 0.85 * number / kills
        to_come.append(Trouble(at, victim=order[number % len(order)]))
    if loses_disk:
        to_come.append(Trouble(0.5, victim=DISK))
    return sorted(to_come, key=lambda trouble: trouble.after)


def _fault(chance: random.Random, *, at: float) -> Trouble:
    is_done = chance.random() < 0.4
    fault = {
        "partner": chance.choice(PARTNERS),
        "method": chance.choice(("POST", "PUT") if is_done else ("*", "GET", "POST")),
        "kind": chance.choice(DONE_UNSEEN if is_done else NOT_DONE),
        "times": chance.randint(1, 3),
        "seconds": round(chance.uniform(0.2, 2), 1),
    }
    return Trouble(at, fault=fault)


def strike(trouble: Trouble, *, control: str, run: Path) -> bool:
    """
    Let it happen, and return whether it did.

    A process that is down already is not killed again, and the disk is not lost while the archive does not follow.
    """
    if trouble.victim == DISK:
        if not _is_archived():
            return False
        lose_the_disk(run.parent)
        return True
    if trouble.fault is not None:
        try:
            return httpx.post(f"{control}/faults", json=trouble.fault, timeout=5).is_success
        except httpx.TransportError:
            return False
    return _killed(str(trouble.victim), run)


def _killed(name: str, run: Path) -> bool:
    try:
        told = json.loads((run / f"{name}.json").read_text())
    except (OSError, ValueError):
        return False
    if not is_running(told["pid"], told["started"]):
        return False
    os.kill(told["pid"], signal.SIGINT if name == "postgres" else signal.SIGKILL)
    return True


def _is_archived() -> bool:
    """Return whether what is written reaches the archive; where its process was just killed it does not yet."""
    try:
        with case_file.transaction() as session:
            found = archiving.stream(session)
    except case_file.CaseFileUnavailable:
        return False
    return found is not None and found.silent_since is None and found.behind_bytes <= _JOINED_BYTES


def lose_the_disk(var: Path) -> None:
    """
    Kill the whole stack, delete databases and keys, restore them from the archive and the keys file, and start again.

    The databases go first, as with their disk: what is acted on after the last line that was streamed is acted on by
    nobody, for no intent can be written any more. The keys file is older than the last seal.
    """
    _sealed_since(var)
    supervisor, databases = (json.loads((var / name).read_text()) for name in ("supervisor.json", "run/postgres.json"))
    # Stopped, so that it starts nothing again in between.
    os.kill(supervisor["pid"], signal.SIGSTOP)
    if is_running(databases["pid"], databases["started"]):
        os.kill(databases["pid"], signal.SIGQUIT)
    os.kill(supervisor["pid"], signal.SIGKILL)
    ground.homeward("down", quiet=True)
    shutil.rmtree(postgres.home(var).data)
    ground.forget_keys(var)
    (var / "secrets.env").unlink()
    ground.homeward("restore", str(var / ground.ARCHIVE), "--keys", str(var / ground.KEYS), quiet=True)
    ground.homeward("up", "--detach", quiet=True)


def _sealed_since(var: Path) -> None:
    """Have the chain sealed, and wait until the archive has the seal."""
    by = time.monotonic() + _BACK_WITHIN_S
    seal = None
    while seal is None:
        try:
            seal = seals.seal_chain(actor="drill")
        except (seals.SealerUnavailable, case_file.CaseFileUnavailable):
            # Just killed.
            if time.monotonic() > by:
                raise
            time.sleep(0.2)
    kept = Archive(var / ground.ARCHIVE).public / public.SEALS
    while not (kept.exists() and seal.hash in kept.read_text()):
        if time.monotonic() > by:
            raise TimeoutError(f"the seal of event {seal.seq} did not reach {kept}")
        time.sleep(0.2)


def call_off(control: str) -> None:
    """Call off the faults that did not happen yet; a sandbox that was killed last comes back first."""
    by = time.monotonic() + _BACK_WITHIN_S
    while True:
        try:
            httpx.delete(f"{control}/faults", timeout=30).raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > by:
                raise
            time.sleep(0.2)
        else:
            return
