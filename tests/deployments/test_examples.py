"""The examples for several machines say what the program, Prefect and the proxies really take."""

import importlib.util
import itertools
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


def started() -> list[list[str]]:
    """Each command as words, without the shell, `env` and folder it is named in."""
    found = []
    for command in commands():
        words = shlex.split(command)
        inner = words[2].split(";") if words[:2] == ["sh", "-c"] else [shlex.join(words)]
        for each in map(shlex.split, inner):
            kept = [word for word in each if word not in ("exec", "/usr/bin/env") and not word.startswith("HOMEWARD_")]
            found.append([kept[0].removeprefix("/opt/homeward/.venv/bin/"), *kept[1:]] if kept else [])
    return found


def before_options(words: list[str]) -> list[str]:
    """A program of ours or of Prefect's with its subcommands, or its module."""
    if words[1] == "-m":
        return [sys.executable, *words[1:3]]
    program = str(Path(sys.executable).with_name(words[0]))
    return [program, *itertools.takewhile(lambda word: not word.startswith("-"), words[1:])]


OURS_STARTED = [words for words in started() if words and words[0] in ("python", "prefect", "homeward")]


@pytest.mark.parametrize("words", OURS_STARTED, ids=lambda words: " ".join(words[:4]))
def test_a_command_of_the_examples_takes_the_arguments_it_is_given(words: list[str]) -> None:
    program = before_options(words)
    options = [word for word in words if word.startswith("-") and word not in ("-m", "-c")]
    if program[1:] == ["-m", "deployments.migrations"]:
        assert options == []
        return

    told = subprocess.run([*program, "--help"], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr
    assert [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", told.stdout)] == []


def test_every_process_a_stack_of_several_servers_needs_is_in_both_examples() -> None:
    needed = {
        "deployments.worker", "deployments.desk", "deployments.signer", "deployments.sealer", "server start",
        "server services",
    }  # fmt: skip

    for commands_of in (map(started_by, UNITS), (str(each.get("command")) for each in COMPOSE["services"].values())):
        text = "\n".join(commands_of)
        assert [name for name in needed if name not in text] == []


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
