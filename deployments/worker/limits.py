"""What one worker process may use, so that a run that eats memory or hangs hurts only itself."""

import ctypes
import resource
import sys
from pathlib import Path

_MIB = 2**20
_M_ARENA_MAX = -8
_PAGE = resource.getpagesize()


def resident_mb() -> float:
    """Return the resident memory of this process; 0 where /proc does not say."""
    return _statm(1)


def bound_memory(extra_mb: int) -> None:
    """Let the process reserve only so much more: a sudden huge allocation fails in the run that makes it."""
    if not sys.platform.startswith("linux"):
        return
    # Each arena reserves 64 MiB of addresses; with one a thread the limit would be spent on nothing.
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = int((_statm(0) + extra_mb) * _MIB)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _statm(column: int) -> float:
    try:
        return int(Path("/proc/self/statm").read_text().split()[column]) * _PAGE / _MIB
    except OSError:
        return 0.0
