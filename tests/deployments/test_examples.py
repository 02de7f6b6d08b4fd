"""The examples for several machines say what the program, Prefect and the proxies really take."""

import importlib.util
import re
import shlex
import subprocess
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
    units = [line.partition("=")[2] for unit in UNITS for line in unit.read_text().splitlines() if line[:5] == "ExecS"]
    return [*started, *units]


def test_every_module_the_examples_start_is_there() -> None:
    modules = {found for command in commands() for found in re.findall(r"-m (deployments\.\S+)", command)}

    assert {"deployments.worker", "deployments.desk", "deployments.exporter"} <= modules
    for module in modules:
        package = importlib.util.find_spec(module)
        assert package is not None, module


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_with_arguments_its_program_takes(unit: Path) -> None:
    command = next(line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    words = shlex.split(command.partition("=")[2])
    options = {word for word in words if word.startswith("--")}
    told = {
        "deployments.worker": {"--name", "--health-port", "--limit", "--pool"},
        "deployments.desk": {"--host", "--port", "--name"},
        "deployments.exporter": {"--host", "--port"},
        "server": {"--no-services", "--host", "--port"},
    }
    program = words[2] if words[1] == "-m" else words[1]

    assert options <= told[program]


@pytest.mark.skipif(cluster._path("haproxy") is None, reason="haproxy is not installed here")
def test_haproxy_takes_the_example(tmp_path: Path) -> None:
    pem = tmp_path / "own.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=runs", "-keyout", "-", "-out", "-"],
        capture_output=True,
        check=True,
    )
    pem.write_bytes(made.stdout)
    example = (EXAMPLES / "haproxy.cfg").read_text().replace("/etc/haproxy/runs.homeward.example.pem", str(pem))
    config = tmp_path / "haproxy.cfg"
    config.write_text(re.sub(r"engine-(\d)\.internal", r"127.0.0.\1", example))

    checked = subprocess.run([str(cluster._path("haproxy")), "-c", "-f", str(config)], capture_output=True, check=False)

    assert checked.returncode == 0, checked.stderr
