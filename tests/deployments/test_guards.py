"""Standing guards over what no single test owns."""

import importlib
import re
import subprocess
import sys

import yaml
from prefect import Flow
from typer.main import get_command

from deployments.cli.main import app
from deployments.exporter.settings import ExporterSettings
from deployments.stack.ground import BackupSettings, EngineSettings, Ports
from deployments.worker.settings import WorkerSettings
from models.case import Stage
from tasks.settings import REPOSITORY, Location, OpenIdSettings, Settings, SignerToken

README = (REPOSITORY / "README.md").read_text()


def test_every_entrypoint_of_the_engine_imports_by_its_dotted_name() -> None:
    deployed = yaml.safe_load((REPOSITORY / "prefect.yaml").read_text())["deployments"]

    for deployment in deployed:
        assert ":" not in deployment["entrypoint"]
        module, name = deployment["entrypoint"].rsplit(".", 1)
        assert isinstance(getattr(importlib.import_module(module), name), Flow)


def test_every_setting_stands_in_the_readme() -> None:
    names = {
        *(field.upper() for field in Location.model_fields),
        *(field.upper() for field in Ports.model_fields),
        *(field.upper() for field in EngineSettings.model_fields),
        *(field.upper() for field in BackupSettings.model_fields),
        *(field.upper() for field in WorkerSettings.model_fields),
        *(f"SIGNER_PKCS11_{field.upper()}" for field in SignerToken.model_fields),
        *(f"OIDC_{field.upper()}" for field in OpenIdSettings.model_fields),
        *(field.upper() for field in ExporterSettings.model_fields),
        *(field.upper() for field in Settings.model_fields if not field.startswith("prefect_")),
    }

    missing = [name for name in sorted(names) if f"HOMEWARD_{name}" not in README]
    assert missing == []


def test_every_command_stands_in_the_readme() -> None:
    def commands(command: object, words: str) -> list[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            return [words]
        return [found for name, each in inner.items() for found in commands(each, f"{words} {name}")]

    missing = [words for words in commands(get_command(app), "homeward") if words not in README]
    assert missing == []


def test_every_stage_stands_in_the_readme_and_in_each_folder() -> None:
    for stage in Stage:
        assert stage.value in README
        for folder in ("flows", "tasks", "models"):
            module = REPOSITORY / folder / stage.value
            assert module.with_suffix(".py").exists() or (module / "__init__.py").exists()


def test_no_upper_limit_of_money_exists_in_code() -> None:
    sources = [
        path
        for folder in ("models", "tasks", "flows", "deployments")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "sandbox" not in path.parts
    ]
    suspicious = re.compile(
        r"(max|limit|cap|ceiling)_(amount|budget|funding|cost)|(amount|budget|cost)_(max|limit|cap)"
    )

    assert [str(path) for path in sources if suspicious.search(path.read_text())] == []


def test_the_lock_names_no_package_index() -> None:
    assert not re.search(r"https?://|index-url", (REPOSITORY / "requirements.lock").read_text())


def test_a_command_does_not_wait_for_the_library_of_the_engine() -> None:
    listing = (
        "import sys, deployments.cli.main; print([each for each in ('prefect', 'openpyxl') if each in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", listing], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
