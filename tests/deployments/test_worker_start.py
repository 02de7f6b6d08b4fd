"""A worker on a machine of its own: under a policy that does not hold it does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.stack import supervisor
from deployments.stack.ground import CannotStart
from models.officer import Role
from tasks import officers, policy
from tasks.settings import REPOSITORY, Location, settings
from tests.conftest import Server

PREFECT = str(Path(sys.executable).with_name("prefect"))
COMMANDS = {
    "ours": (sys.executable, "-m", "deployments.worker"),
    "prefect's": (PREFECT, "worker", "start", "--type", "homeward", "--pool", "homeward"),
}


def starts(command: str) -> subprocess.CompletedProcess[str]:
    """Start a worker where no engine answers; only one that is refused ends soon."""
    return subprocess.run(
        COMMANDS[command], env=dict(os.environ), cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )


def sentence_of_up() -> str:
    """What `homeward up` says of the same policy."""
    settings.cache_clear()
    policy.policy.cache_clear()
    with pytest.raises(CannotStart) as refused:
        supervisor.Stack(Location(), print)._refuse_unworkable()
    return str(refused.value)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_policy_that_does_not_hold_stops_a_worker_with_the_sentence_of_the_stack(
    case_database: Server, configured: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    del case_database
    file = tmp_path / "policy.toml"
    file.write_text("[[rule]]\nstep = 'funding'\n")
    configured.setenv("HOMEWARD_POLICY_FILE", str(file))

    done = starts(command)

    assert done.returncode == 2, done.stderr
    assert done.stderr.strip().splitlines()[-1] == sentence_of_up()
    assert "Traceback" not in done.stderr


def test_a_policy_that_leaves_a_step_to_nobody_stops_a_worker_too(case_database: Server) -> None:
    del case_database
    officers.add(name="R", agency="MOFA", roles=[Role.registrar], by="test")

    done = starts("ours")

    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (2, sentence_of_up())
