"""The examples for several machines say what the program, Prefect and the proxies really take."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_settings_fields

from deployments.exporter.settings import ExporterSettings
from deployments.stack import cluster
from deployments.worker.settings import WorkerSettings
from tasks.settings import REPOSITORY, Location, Settings

EXAMPLES = REPOSITORY / "deployments" / "examples"
COMPOSE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
UNITS = sorted((EXAMPLES / "systemd").glob("*.service"))
OURS = {
    f"HOMEWARD_{name.upper()}"
    for kind in (Location, Settings, WorkerSettings, ExporterSettings)
    for name in kind.model_fields
}
ENGINE = set(cluster.Cluster(1, (2, 3), 4, Path()).variables("x"))
"""What several servers must be told, as the embedded stack tells it."""


def names_in(file: str) -> set[str]:
    """The variables an example sets."""
    lines = (EXAMPLES / file).read_text().splitlines()
    return {line.partition("=")[0] for line in lines if line and not line.startswith("#")}


def known(name: str) -> bool:
    """Whether somebody reads a variable."""
    if name.startswith("HOMEWARD_"):
        return name in OURS
    if name.startswith("PREFECT_REDIS_"):
        return name == "PREFECT_REDIS_MESSAGING_URL"
    return name == "DO_NOT_TRACK" or name in PREFECT_NAMES


PREFECT_NAMES = set(_get_settings_fields(PrefectSettings)) | {"PREFECT_MESSAGING_BROKER", "PREFECT_MESSAGING_CACHE"}


def test_every_variable_of_the_examples_is_one_somebody_reads() -> None:
    written = {
        *names_in("engine.env"),
        *names_in("homeward.env"),
        *COMPOSE["x-engine"],
        *COMPOSE["x-cases"],
    }

    assert sorted(name for name in written if not known(name)) == []


def test_the_servers_of_every_example_are_told_what_the_embedded_ones_are() -> None:
    assert names_in("engine.env") >= ENGINE
    assert set(COMPOSE["x-engine"]) >= ENGINE


def test_the_cases_of_the_compose_file_have_every_setting_without_a_default() -> None:
    needed = {
        field.validation_alias or f"HOMEWARD_{name.upper()}"
        for name, field in Settings.model_fields.items()
        if field.is_required()
    }

    assert needed <= set(COMPOSE["x-cases"])


def commands() -> list[str]:
    """Every command an example starts of ours or of Prefect's."""
    started = [str(service.get("command", "")) for service in COMPOSE["services"].values()]
    return [*started, *map(started_by, UNITS)]


def started_by(unit: Path) -> str:
    """The command of a unit; a line that ends with a backslash goes on."""
    lines = unit.read_text().replace("\\\n", "").splitlines()
    return next(line for line in lines if line.startswith("ExecStart=")).partition("=")[2]


def test_every_module_the_examples_start_is_there() -> None:
    modules = {found for command in commands() for found in re.findall(r"-m (deployments\.\S+)", command)}

    assert {"deployments.worker", "deployments.desk", "deployments.exporter"} <= modules
    for module in modules:
        package = importlib.util.find_spec(module)
        assert package is not None, module


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_with_arguments_its_program_takes(unit: Path) -> None:
    words = shlex.split(started_by(unit).removeprefix("/usr/bin/env "))
    words = [word for word in words if not word.startswith("HOMEWARD_")]
    options = {word for word in words if word.startswith("--")}
    told = {
        "deployments.worker": {"--name", "--health-port", "--limit", "--pool"},
        "deployments.desk": {"--host", "--port", "--name"},
        "deployments.exporter": {"--host", "--port"},
        "deployments.signer": {"--folder", "--socket", "--account"},
        "deployments.sealer": {"--folder", "--socket", "--account"},
        # Of ssh, whose options have one dash.
        "-NT": set(),
        "server": {"--no-services", "--host", "--port"},
    }
    program = words[2] if words[1] == "-m" else words[1]

    assert options <= told[program]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    for unit in UNITS:
        here = unit.read_text().replace("/opt/homeward/.venv/bin", str(programs))
        # What is not installed on this machine is no fault of the unit.
        (tmp_path / unit.name).write_text(here.replace("/usr/bin/ssh", shutil.which("ssh") or sys.executable))

    found = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_writes_only_where_systemd_made_it_a_folder_and_is_never_given_up(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    said = {line.partition("=")[0]: line.partition("=")[2] for line in lines if "=" in line and line[0] != "#"}

    made = {f"/var/lib/{said.get('StateDirectory')}"} | {
        f"/run/{each}" for each in said.get("RuntimeDirectory", "").split()
    }
    written = set(re.findall(r"/(?:var/lib|run)/[\w-]+", unit.read_text()))
    assert written <= made
    assert said["ProtectSystem"] == "strict"
    assert (said["Restart"], said["StartLimitIntervalSec"]) == ("always", "0")


def test_every_process_finds_signer_and_sealer_where_their_units_listen() -> None:
    told = dict(
        line.split("=", 1) for line in (EXAMPLES / "homeward.env").read_text().splitlines() if line[:4] == "HOME"
    )

    for name in ("signer", "sealer"):
        socket = told[f"HOMEWARD_{name.upper()}_SOCKET"]
        assert f"--socket {socket}" in started_by(EXAMPLES / "systemd" / f"homeward-{name}.service")
        assert f"{socket}:{socket}" in started_by(EXAMPLES / "systemd" / "homeward-keys.service")


def test_a_shell_reads_the_settings_as_systemd_does() -> None:
    shell = 'set -a; . "$0"; . "$1"; env -0'
    files = [str(EXAMPLES / name) for name in ("homeward.env", "engine.env")]
    read = subprocess.run(["sh", "-c", shell, *files], capture_output=True, text=True, check=True, env={})
    told = dict(line.split("=", 1) for line in read.stdout.split("\0") if line)

    assert json.loads(told["HOMEWARD_KEY_ENCRYPTION_KEYS"]) == {told["HOMEWARD_KEY_ENCRYPTION_KEY_ID"]: "CHANGE-ME"}
    for file in ("homeward.env", "engine.env"):
        for name in names_in(file):
            # systemd takes a value that begins with a quote without it, and nothing else in it for special.
            line = next(line for line in (EXAMPLES / file).read_text().splitlines() if line.startswith(f"{name}="))
            assert told[name] == line.partition("=")[2].strip("'"), name


@pytest.mark.skipif(cluster._path("haproxy") is None, reason="haproxy is not installed here")
def test_haproxy_takes_the_example(tmp_path: Path) -> None:
    pem = tmp_path / "own.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=runs", "-keyout", "-", "-out", "-"],
        capture_output=True,
        check=True,
    )
    pem.write_bytes(made.stdout)
    example = re.sub(r"/etc/haproxy/\S+\.pem", str(pem), (EXAMPLES / "haproxy.cfg").read_text())
    config = tmp_path / "haproxy.cfg"
    config.write_text(re.sub(r"engine-(\d)\.internal", r"127.0.0.\1", example))

    checked = subprocess.run([str(cluster._path("haproxy")), "-c", "-f", str(config)], capture_output=True, check=False)

    assert checked.returncode == 0, checked.stderr
