"""The proxies of the examples, really started: before two servers that can be killed, and before the desk itself."""

import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prefect.settings import PREFECT_LOGGING_TO_API_BATCH_SIZE
from websockets.sync.client import connect

from deployments.desk import public
from deployments.desk.app import LARGEST_REQUEST
from tasks.settings import REPOSITORY, settings
from tests.deployments.test_desk import enrol, sign_in

EXAMPLES = REPOSITORY / "deployments" / "examples"
RUNS, DESK = "runs.homeward.example", "desk.homeward.example"

SERVER = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
name, port = sys.argv[1], int(sys.argv[2])
async def told(request):
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
    return JSONResponse({"by": name, "read": length, "headers": dict(request.headers)})
async def echo(websocket):
    await websocket.accept()
    async for words in websocket.iter_text():
        await websocket.send_text(f"{name} {words}")
routes = [Route("/api/ready", told), Route("/api/events", told, methods=["GET", "POST"]),
    WebSocketRoute("/api/events/in", echo)]
uvicorn.run(Starlette(routes=routes), port=port, log_level="warning")
"""
"""A stand-in of Prefect's server that says who it is and what it was sent."""


def program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port that is free now, beneath those that the system gives to any connection the moment after (RFC 6056)."""
    while True:
        port = random.SystemRandom().randrange(10_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass
class Proxied:
    """A proxy in front of two servers and one desk."""

    port: int
    certificate: Path
    servers: dict[str, subprocess.Popen[bytes]]
    logs: Path

    def client(self, name: str) -> httpx.Client:
        """A browser that reaches `name` at the proxy, and believes its certificate only for that name."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        return _Named(name, self.port, trusted)

    def kill(self, name: str) -> None:
        self.servers[name].send_signal(signal.SIGKILL)
        self.servers[name].wait()


class _Named(httpx.Client):
    """Dials 127.0.0.1 where a name server would have led, with the name in SNI and Host as a browser sends them."""

    def __init__(self, name: str, port: int, trusted: ssl.SSLContext) -> None:
        super().__init__(base_url=f"https://127.0.0.1:{port}", verify=trusted, timeout=60)
        self.headers["host"] = f"{name}:{port}"
        self._name = name

    def send(self, request: httpx.Request, **how: object) -> httpx.Response:
        request.extensions["sni_hostname"] = self._name
        return super().send(request, **how)  # type: ignore[arg-type]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of both names, and its key."""
    pem, key = folder / "own.pem", folder / "own.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={RUNS}", "-addext",
         f"subjectAltName=DNS:{RUNS},DNS:{DESK}", "-keyout", str(key), "-out", str(pem)],
        capture_output=True, check=True,
    )  # fmt: skip
    return pem, key


def of_nginx(folder: Path, port: int, plain: int, pem: Path, key: Path) -> tuple[list[str], Path]:
    """Our file beneath the least of an `http { … }`, its paths and ports those of this test; and how it is started."""
    ours = (EXAMPLES / "nginx.conf").read_text()
    ours = re.sub(r"/etc/nginx/\S+\.pem", str(pem), ours)
    ours = re.sub(r"/etc/nginx/\S+\.key", str(key), ours)
    ours = ours.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace(
        "listen 80", f"listen 127.0.0.1:{plain}"
    )
    ours = ours.replace("/var/log/nginx/", f"{folder}/")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Root's nginx works as somebody who cannot reach this test's folder.
    account = "user root;\n" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{account}pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\ndaemon off;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{places}{ours}\n}}\n"
    )
    return [str(program("nginx")), "-e", f"{folder}/error.log", "-c", str(config)], config


def of_haproxy(folder: Path, port: int, _plain: int, pem: Path, key: Path) -> tuple[list[str], Path]:
    """The same of our file for HAProxy, which keeps certificate and key in one file."""
    both = folder / "both.pem"
    both.write_text(pem.read_text() + key.read_text())
    ours = re.sub(r"/etc/haproxy/\S+\.pem", str(both), (EXAMPLES / "haproxy.cfg").read_text())
    config = folder / "haproxy.cfg"
    config.write_text(ours.replace("bind :443", f"bind 127.0.0.1:{port}"))
    return [str(program("haproxy")), "-db", "-f", str(config)], config


def answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process listens."""
    for _ in range(600):
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of a group of its own, and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(params=[of_nginx, of_haproxy], ids=["nginx", "haproxy"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path, desk: httpx.Client) -> Iterator[Proxied]:
    """The proxy of an example before two servers and the desk of this test."""
    kind = request.param.__name__.removeprefix("of_")
    if program(kind) is None or shutil.which("openssl") is None:
        pytest.skip(f"{kind} or openssl is not installed here")
    pem, key = certificate(tmp_path)
    ports = {"engine-1": free_port(), "engine-2": free_port(), "desk": int(desk.base_url.port or 0)}
    port, plain = free_port(), free_port()
    command, config = request.param(tmp_path, port, plain, pem, key)
    text = config.read_text()
    for name in ("engine-1", "engine-2"):
        text = text.replace(f"{name}.internal:4200", f"127.0.0.1:{ports[name]}")
    config.write_text(text.replace("127.0.0.1:4201", f"127.0.0.1:{ports['desk']}"))
    servers = {
        name: subprocess.Popen([sys.executable, "-c", SERVER, name, str(ports[name])], start_new_session=True)
        for name in ("engine-1", "engine-2")
    }
    proxy = None
    try:
        for name, server in servers.items():
            answers(ports[name], server)
        proxy = subprocess.Popen(command, start_new_session=True)
        answers(port, proxy)
        yield Proxied(port, pem, servers, tmp_path)
    finally:
        for process in (*servers.values(), *([proxy] if proxy else [])):
            end(process)


def test_both_servers_answer_and_are_told_who_asks(proxied: Proxied) -> None:
    with proxied.client(RUNS) as browser:
        replies = [browser.get("/api/events", headers={"x-forwarded-for": "203.0.113.9"}) for _ in range(20)]

    assert {reply.json()["by"] for reply in replies} == {"engine-1", "engine-2"}
    told = replies[0].json()["headers"]
    assert told["host"] == f"{RUNS}:{proxied.port}"
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"


def test_a_batch_of_log_lines_as_large_as_prefect_sends_them_gets_through(proxied: Proxied) -> None:
    batch = PREFECT_LOGGING_TO_API_BATCH_SIZE.value()
    with proxied.client(RUNS) as worker:
        reply = worker.post("/api/events", content=b"x" * (batch + 2**20))

    assert reply.json()["read"] == batch + 2**20


def test_events_are_heard_over_a_websocket_through_the_proxy(proxied: Proxied) -> None:
    trusted = ssl.create_default_context(cafile=str(proxied.certificate))
    line = socket.create_connection(("127.0.0.1", proxied.port))

    with connect(f"wss://{RUNS}/api/events/in", sock=line, ssl=trusted, server_hostname=RUNS) as heard:
        heard.send("one")
        assert str(heard.recv(timeout=10)).endswith(" one")


def test_one_server_killed_is_left_out_and_what_was_asked_is_answered_by_the_other(proxied: Proxied) -> None:
    with proxied.client(RUNS) as worker:
        worker.get("/api/events")
        proxied.kill("engine-1")

        asked = [worker.post("/api/events", content=b"once") for _ in range(20)]

    assert {(reply.status_code, reply.json()["by"]) for reply in asked} == {(200, "engine-2")}


def test_the_desk_through_the_proxy_gives_a_cookie_for_tls_only_and_takes_its_own_forms(
    proxied: Proxied, configured: pytest.MonkeyPatch
) -> None:
    configured.setenv("HOMEWARD_DESK_URL", f"https://{DESK}")
    settings.cache_clear()
    enrolment = enrol()

    with proxied.client(DESK) as browser:
        # A browser without Sec-Fetch-Site says only where a form comes from.
        browser.headers["origin"] = f"https://{DESK}:{proxied.port}"
        signed = sign_in(browser, enrolment)
        foreign = browser.post("/sign-out", headers={"origin": "https://elsewhere.example"}, data={"a": "b"})

    cookie = signed.headers["set-cookie"]
    assert signed.status_code == 303
    assert {"Secure", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    assert signed.headers["location"] == "/"
    assert signed.headers["strict-transport-security"] == "max-age=31536000"
    assert foreign.status_code == 403


def test_the_public_page_counts_each_address_and_not_the_proxy(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "_ANSWERS_AFTER_S", 0.0)
    form = {"number": "X123A4567", "expires_on": "2026-12-01"}

    def asks(at: str, **more: str) -> int:
        transport = httpx.HTTPTransport(
            verify=ssl.create_default_context(cafile=str(proxied.certificate)), local_address=at
        )
        with httpx.Client(transport=transport, timeout=60) as stranger:
            return stranger.post(
                f"https://127.0.0.1:{proxied.port}/confirm",
                data=form,
                headers={"host": f"{DESK}:{proxied.port}", **more},
                extensions={"sni_hostname": DESK},
            ).status_code

    asked = [asks("127.0.0.1") for _ in range(public.EACH_A_MINUTE)]

    assert asked == [200] * public.EACH_A_MINUTE
    # Who says they are somebody else is still who they are; somebody else is.
    assert asks("127.0.0.1", **{"x-forwarded-for": "203.0.113.9"}) == 429
    assert asks("127.0.0.7") == 200


def test_a_portrait_of_the_largest_size_gets_to_the_desk_which_itself_refuses_more(proxied: Proxied) -> None:
    with proxied.client(DESK) as browser:
        most = browser.post("/sign-in", files={"portrait": b"x" * (LARGEST_REQUEST - 2**20)})
        more = browser.post("/sign-in", files={"portrait": b"x" * (LARGEST_REQUEST + 2**10)})

    assert most.status_code != 413
    assert (more.status_code, "send less" in more.text) == (413, True)


def test_nothing_that_was_asked_of_the_desk_is_written_down_by_the_proxy(proxied: Proxied, desk: httpx.Client) -> None:
    with proxied.client(DESK) as browser:
        browser.get("/cases", params={"search": "planted-name"})
        written = "".join(file.read_text(errors="replace") for file in proxied.logs.glob("*.log"))

    assert "planted-name" not in written
