"""Settings of the worker: how many, how much each may take on, and when one gives up its process."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class WorkerSettings(BaseSettings):
    """How the workers of this machine run."""

    model_config = SettingsConfigDict(env_prefix="HOMEWARD_")

    workers: int = Field(default=1, ge=0, le=256)
    """How many worker processes the embedded stack starts; 0 when they run elsewhere."""
    worker_limit: int = Field(default=8, ge=1, le=1000)
    """How many runs one worker works on at a time; waiting runs do not count."""
    worker_memory_mb: int = Field(default=1024, ge=256)
    """Resident memory beyond which a worker drains and ends, to be started again."""
    segment_lasts_s: float = Field(default=900, gt=0)
    """A run that works longer than this without asking is taken to hang; its worker drains and ends."""
    drain_s: float = Field(default=30, ge=0)
    """How long a worker that ends waits for the runs it works on."""
    sweep_s: float = Field(default=3, gt=0)
    """How often a worker looks for cases that stand still."""
    compare_s: float = Field(default=10, gt=0)
    """How often a worker compares a page of waiting cases with the engine."""


@cache
def worker_settings() -> WorkerSettings:
    """Return the worker's settings; read once a process."""
    return WorkerSettings()
