"""
What processes count of themselves: calls to partners and what went wrong with them, a worker's slots, clocks.

Counts lie in a folder (prometheus_client's multiprocess mode), in files named after the process, so that a process that
is started again counts on and a folder holds no more files than there are processes. Without `keep` they stay in the
process. No label ever names a case or a person: partners, kinds of error, clocks and workers are few and known.
"""

import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import mark_process_dead

_logger = logging.getLogger(__name__)

FOLDER = "metrics"
"""Beneath the stack's state."""

_PARTNER_CALL_SECONDS = Histogram(
    "homeward_partner_call_seconds",
    "How long calls to a partner took, whatever came of them.",
    ["partner"],
    buckets=(0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 130.0),
)
_PARTNER_ERRORS = Counter(
    "homeward_partner_errors", "Steps that ended in an error of a partner, by what is done next.", ["partner", "error"]
)
# A worker that has ended has no slots: those of its kind are taken away when it does.
_WORKER_SLOTS_USED = Gauge(
    "homeward_worker_slots_used", "Runs a worker works on now.", ["worker"], multiprocess_mode="livemax"
)
_WORKER_SLOTS = Gauge(
    "homeward_worker_slots", "Runs a worker works on at most.", ["worker"], multiprocess_mode="livemax"
)
_WORKER_WAITING = Gauge(
    "homeward_worker_waiting",
    "Runs a worker has heard of and has no slot for.",
    ["worker"],
    multiprocess_mode="livemax",
)
_CLOCK_TICKED = Gauge(
    "homeward_clock_ticked_timestamp_seconds", "When a clock ran to its end last.", ["clock"], multiprocess_mode="max"
)


def keep(var: Path, process: str) -> None:
    """Count in the folder from now on, under a name that no other running process of this folder has."""
    name = _file_name(process)
    try:
        folder = made(var)
    except OSError as failed:
        # Nobody stays where they are because something could not be counted.
        _logger.warning("Figures of this process are not kept: %s", failed.strerror)
        return
    # What was counted before is of no process.
    for metric in (
        _PARTNER_CALL_SECONDS, _PARTNER_ERRORS, _WORKER_SLOTS_USED, _WORKER_SLOTS, _WORKER_WAITING, _CLOCK_TICKED,
    ):  # fmt: skip
        metric.clear()
    # The library reads the place from the environment when it makes the first file.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: name)  # type: ignore[no-untyped-call]


def made(var: Path) -> Path:
    """Return the folder of the counts, made for us alone."""
    folder = var / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def ended(var: Path, process: str) -> None:
    """Take away what counts only while a process lives, once it has ended."""
    mark_process_dead(_file_name(process), str(var / FOLDER))  # type: ignore[no-untyped-call]


def _file_name(process: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", process)


@contextmanager
def partner_called(partner: str) -> Iterator[None]:
    """Count a call to a partner, and how long it took."""
    began = time.monotonic()
    try:
        yield
    finally:
        _PARTNER_CALL_SECONDS.labels(partner).observe(time.monotonic() - began)


def partner_failed(partner: str, error: str) -> None:
    """Count a step that ended in an error of a partner, by the error's name."""
    _PARTNER_ERRORS.labels(partner, error).inc()


def slots(worker: str, *, used: int, limit: int, waiting: int) -> None:
    """Say how much a worker works on, at most may, and has to put off."""
    _WORKER_SLOTS_USED.labels(worker).set(used)
    _WORKER_SLOTS.labels(worker).set(limit)
    _WORKER_WAITING.labels(worker).set(waiting)


def ticked(clock: str) -> None:
    """Say that a clock has run to its end."""
    _CLOCK_TICKED.labels(clock).set(time.time())
