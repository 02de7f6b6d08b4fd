"""Two API servers, one services process, Redis and two workers: whichever is killed, a case goes home."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Queue
from threading import Thread

import httpx
import psycopg
import pytest

from deployments.stack import cluster, ground, postgres, sealing
from deployments.stack.ground import CannotStart, read_env
from deployments.stack.processes import is_running
from tasks.settings import REPOSITORY
from tests.deployments.test_stack import PORTS

KEPT = REPOSITORY / "var" / "tests-cluster"
WALK = (sys.executable, "-m", "tests.deployments.one_home")
KILLED = {
    "the engine": ("prefect-1", "redis", "prefect-services", "prefect-2", "worker", "prefect-proxy"),
    # Sandbox and signer where the next step does not need them at once: else a coordinator is asked, and rightly.
    "what it stands on": ("sandbox", "signer", "postgres", "desk", "worker-2", "postgres"),
}
TAKEN_OVER_WITHIN_S = 180.0
"""Not a goal, which is the bench's: after so long nobody took over."""
HOMEWARD = str(Path(sys.executable).with_name("homeward"))

PROGRAMS = all(shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in cluster.PROGRAMS)


def variables(**more: str) -> dict[str, str]:
    """The environment of a stack on two servers with two workers."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("HOMEWARD_", "PREFECT_"))}
    free = {f"HOMEWARD_{name}_PORT": "0" for name in PORTS}
    return {**ours, **free, "HOMEWARD_SERVERS": "2", "HOMEWARD_WORKERS": "2", "HOMEWARD_VAR": str(KEPT), **more}


def homeward(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HOMEWARD, *words], env=variables(**more), capture_output=True, text=True, check=False, timeout=600
    )


def recorded(name: str) -> dict[str, int]:
    """Id and start of a process of the stack."""
    told: dict[str, int] = json.loads((KEPT / "run" / f"{name}.json").read_text())
    return told


def killed(name: str) -> dict[str, int]:
    """Kill a process of the stack, by the id it was recorded under, and return that."""
    before = recorded(name)
    os.kill(before["pid"], signal.SIGKILL)
    return before


def is_back(name: str, *, before: dict[str, int]) -> bool:
    """Whether another process does its work."""
    now = recorded(name)
    return now != before and is_running(now["pid"], now["started"])


def asked_by(walk: subprocess.Popen[str]) -> "Queue[tuple[float, str | None]]":
    """Questions of a walk, each with the moment it was told; None once it has ended."""
    asked: Queue[tuple[float, str | None]] = Queue()
    lines = walk.stdout
    assert lines is not None

    def read() -> None:
        for line in lines:
            if line.startswith("asks "):
                asked.put((time.monotonic(), line.removeprefix("asks ").strip()))
        asked.put((time.monotonic(), None))

    Thread(target=read, daemon=True).start()
    return asked


def taken_over(walk: subprocess.Popen[str], victims: Sequence[str]) -> list[tuple[str, float, float]]:
    """
    Approve each question as it comes, and just before it kill the next of these.

    Return for each killed one after how many seconds the next question came, or the end, and after how many another
    process did its work.
    """
    asked, took, to_come = asked_by(walk), [], list(victims)
    while asked.get(timeout=TAKEN_OVER_WITHIN_S)[1] is not None:
        assert walk.stdin is not None
        victim = to_come.pop(0) if to_come else None
        before, began = killed(victim) if victim else None, time.monotonic()
        walk.stdin.write("approve\n")
        walk.stdin.flush()
        if victim is None or before is None:
            continue
        while not is_back(victim, before=before):
            assert time.monotonic() - began < TAKEN_OVER_WITHIN_S, f"the {victim} did not come back"
            time.sleep(0.05)
        back_s = time.monotonic() - began
        following = asked.get(timeout=TAKEN_OVER_WITHIN_S)
        took.append((victim, following[0] - began, back_s))
        # Looked at again, by the loop.
        asked.put(following)
    assert to_come == []
    return took


@pytest.fixture
def stack() -> Iterator[dict[str, str]]:
    """Such a stack; its addresses."""
    homeward("down")
    # Only the data are made anew; the unpacked PostgreSQL stays.
    if KEPT.exists():
        shutil.rmtree(postgres.home(KEPT).data, ignore_errors=True)
        for place in (sealing.place, sealing.signer_place):
            shutil.rmtree(place(KEPT).folder, ignore_errors=True)
        shutil.rmtree(KEPT / "cluster", ignore_errors=True)
        for file in (*KEPT.glob("sandbox.sqlite*"), KEPT / "secrets.env", KEPT / "stack.env"):
            file.unlink(missing_ok=True)
    started = homeward("up", "--detach")
    assert started.returncode == 0, started.stdout + started.stderr
    yield read_env(KEPT / "stack.env")
    homeward("down")


@pytest.mark.long
@pytest.mark.skipif(not PROGRAMS, reason="redis-server and haproxy are not installed here")
@pytest.mark.parametrize("what", KILLED)
def test_whichever_process_is_killed_a_case_goes_home(stack: dict[str, str], what: str) -> None:
    control = f"http://127.0.0.1:{stack['SANDBOX_CONTROL_PORT']}"
    before = httpx.get(f"{control}/counts").json()
    owner = stack["HOMEWARD_OWNER_DATABASE_URL"].replace("postgresql+psycopg", "postgresql")

    with subprocess.Popen(
        WALK, env=variables(), cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as walk:
        took = taken_over(walk, KILLED[what])
        for name, next_s, back_s in took:
            print(f"{name} killed: went on after {next_s:.1f} s, back after {back_s:.1f} s")  # noqa: T201 - the figures

    assert walk.returncode == 0
    assert [name for name, _, _ in took] == list(KILLED[what])
    assert max(next_s for _, next_s, _ in took) < TAKEN_OVER_WITHIN_S
    after = httpx.get(f"{control}/counts").json()
    for name in ("payments", "commitments_posted", "receipts", "offers_accepted"):
        assert after[name] - before[name] == 1, name
    assert after["holds_unpaid"] == before["holds_unpaid"]
    with psycopg.connect(owner) as connection:
        found = connection.execute("SELECT status FROM repatriation_case ORDER BY opened_at DESC LIMIT 1").fetchone()
        troubles = connection.execute("SELECT words FROM trouble").fetchall()
    assert found == ("home",)
    assert troubles == []


def test_several_servers_without_redis_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PROGRAMS", ("redis-server-of-nobody",))

    with pytest.raises(CannotStart, match="apt-get install redis-server-of-nobody") as refused:
        cluster.refuse_without_programs()

    assert str(refused.value).count(". ") == 0


def test_a_number_of_servers_nobody_can_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEWARD_SERVERS", "0")

    with pytest.raises(CannotStart, match="HOMEWARD_"):
        ground._refuse_odd_surroundings()


@pytest.mark.skipif(not PROGRAMS, reason="redis-server and haproxy are not installed here")
def test_the_proxy_takes_its_configuration(tmp_path: Path) -> None:
    engine = cluster.Cluster(proxy=1, servers=(2, 3), redis=4, folder=tmp_path)
    engine.write("secret")

    checked = subprocess.run([*engine.proxy_command()[:1], "-c", "-f", str(tmp_path / "haproxy.cfg")], check=False)

    assert checked.returncode == 0
    assert (tmp_path / "redis.conf").stat().st_mode & 0o077 == 0
