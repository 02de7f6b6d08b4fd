"""
Logs: one JSON object a line, with the case and the attempt it is about, and no personal data.

`reference` and `attempt` come from the context a segment of a run sets; `attempt` is the id of the engine's run. Of a
fault only type and place are written: its words may hold a name.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from tasks.trouble import type_and_place

_OURS = ("deployments", "flows", "tasks", "uvicorn")

_subject: ContextVar[tuple[str | None, str | None]] = ContextVar("subject", default=(None, None))


@contextmanager
def about(reference: str | None, attempt: str | None = None) -> Iterator[None]:
    """Have every line of the block name the case, and the attempt, it is about."""
    before = _subject.set((reference, attempt))
    try:
        yield
    finally:
        _subject.reset(before)


class Formatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a fault's traceback is not part of it."""
        reference, attempt = _subject.get()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "reference": reference,
            "attempt": attempt,
            "event": record.getMessage().strip(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = type_and_place(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def begin(service: str) -> None:
    """Write this process's logs as JSON to standard error, also what Prefect and uvicorn would write otherwise."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(service))
    root = logging.getLogger()
    known = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    for logger in (root, *known):
        kept = [each for each in logger.handlers if not isinstance(each, logging.StreamHandler)]
        # Where a library wrote for itself we write; what it sends elsewhere, as Prefect to its server, goes on.
        logger.handlers = kept if len(kept) == len(logger.handlers) else [*kept, handler]
    if handler not in root.handlers:
        root.addHandler(handler)
    # The rest of the libraries speak only when something is wrong: a client of HTTP would tell whole addresses.
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
