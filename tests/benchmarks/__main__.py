"""`make bench`: a stack of its own without workers, and the measurements in a process of their own."""

import os
import shutil
import signal
import subprocess
import sys

from deployments.stack import sealing
from deployments.stack.processes import end_leftovers
from deployments.stack.supervisor import Stack
from tasks.settings import REPOSITORY, Location
from tests.benchmarks import documents, figures, lists, rehearsals

PORTS = ("PREFECT", "DESK", "SANDBOX", "SANDBOX_CONTROL", "POSTGRES", "METRICS")


def main() -> int:
    """Start the stack, measure, end the stack; return the exit code of the measurements."""
    if "--help" in sys.argv or "-h" in sys.argv:
        return subprocess.run([sys.executable, "-m", "tests.benchmarks.measure", "--help"], check=False).returncode
    if "--only" in sys.argv and "matching" in sys.argv:
        # A registry in memory needs no stack.
        lists.main()
        return 0
    if "--only" in sys.argv and "documents" in sys.argv:
        documents.measure(quick="--quick" in sys.argv)
        return 0
    if "--only" in sys.argv and "figures" in sys.argv:
        figures.measure()
        return 0
    if "--only" in sys.argv and "rehearsals" in sys.argv:
        rehearsals.measure(whole="--long" in sys.argv, quick="--quick" in sys.argv)
        return 0
    if "--only" not in sys.argv:
        figures.measure()
        rehearsals.measure(whole="--long" in sys.argv, quick="--quick" in sys.argv)
    where = Location(var=REPOSITORY / "var" / "bench")
    os.environ.update({f"HOMEWARD_{port}_PORT": "0" for port in PORTS})
    # The server's access log is how requests are counted; it writes one line each, for both sides alike.
    os.environ.update({"HOMEWARD_VAR": str(where.var), "HOMEWARD_WORKERS": "0", "PREFECT_SERVER_LOGGING_LEVEL": "INFO"})
    if (where.var / "run").exists():
        end_leftovers(where.var / "run")
    shutil.rmtree(where.var / "postgres" / "data", ignore_errors=True)
    for name in ("logs", "run"):
        shutil.rmtree(where.var / name, ignore_errors=True)
        (where.var / name).mkdir(parents=True)
    for name in ("secrets.env", "stack.env", "sandbox.sqlite", "sandbox.sqlite-wal", "sandbox.sqlite-shm"):
        (where.var / name).unlink(missing_ok=True)
    where.var.chmod(0o711)
    for place in (sealing.place, sealing.signer_place):
        shutil.rmtree(place(where.var).folder, ignore_errors=True)
    stack = Stack(where, lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201 - the results go to stdout
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        stack.start()
        command = [sys.executable, "-m", "tests.benchmarks.measure", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, **stack.variables}, cwd=REPOSITORY, check=False).returncode
    finally:
        stack.stop()


if __name__ == "__main__":
    raise SystemExit(main())
