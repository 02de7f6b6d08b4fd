"""Flows that do what a flow should not, for the worker to live through."""

import time
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

_kept: list[bytearray] = []
_MIB = 2**20


@flow(persist_result=False)
def behaves(lasts_s: float = 0.0) -> None:
    """Say something and do its work."""
    get_run_logger().info("it says something")
    time.sleep(lasts_s)


@flow(persist_result=False)
def raises() -> None:
    """End badly."""
    raise ValueError("something went wrong")


@flow(persist_result=False)
def hangs() -> None:
    """Never come back."""
    time.sleep(3600)


@flow(persist_result=False)
def grabs() -> None:
    """Take more memory at once than the process may have."""
    bytearray(4096 * _MIB)


@flow(persist_result=False)
def grows() -> None:
    """Take a little memory again and again, and never let go of it."""
    for _ in range(200):
        _kept.append(bytearray(b"x") * (4 * _MIB))
        time.sleep(0.05)


ALL: tuple[Any, ...] = (behaves, raises, hangs, grabs, grows)
