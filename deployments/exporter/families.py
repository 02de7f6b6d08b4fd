"""The figures of the case database under the names Prometheus knows them by; read anew at every scrape."""

import logging
import time
from collections.abc import Callable, Iterator

import pendulum
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.case import CaseStatus, Reached, progress
from models.message import AlarmKind, MessageKind
from tasks import case_file, figures
from tasks.clock import now

_logger = logging.getLogger(__name__)


class CaseDatabase(Collector):
    """Yields the figures; when the database does not answer only that it does not."""

    def __init__(self, collect: Callable[..., figures.Figures] = figures.collect) -> None:
        self._collect = collect

    def describe(self) -> list[Metric]:
        """Return nothing: being registered must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every figure of now."""
        began, at = time.monotonic(), now()
        try:
            found = self._collect(at=at)
        except case_file.CaseFileUnavailable as unavailable:
            _logger.warning("No figures: %s", unavailable)
            yield _one("homeward_database_up", "Whether the case database answered.", 0)
            return
        yield _one("homeward_database_up", "Whether the case database answered.", 1)
        yield _cases(found)
        yield _one("homeward_cases_at_work", "Cases begun for which no question waits.", found.at_work)
        yield from _questions(found, at)
        yield from _messages(found)
        yield _alarms(found)
        yield from _seal(found)
        yield from _archive(found)
        yield _one("homeward_figures_seconds", "How long these figures took.", time.monotonic() - began)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _cases(found: figures.Figures) -> GaugeMetricFamily:
    family = GaugeMetricFamily("homeward_cases", "Cases by stage and status.", labels=["stage", "status"])
    for status in CaseStatus:
        stage = next((each.value for each, how in progress(status, None).items() if how is Reached.now), "")
        family.add_metric([stage, status.value], found.cases.get((status, False), 0))
    undone = sum(count for (_, is_ending), count in found.cases.items() if is_ending)
    family.add_metric(["", "ending"], undone)
    return family


def _questions(found: figures.Figures, at: pendulum.DateTime) -> Iterator[GaugeMetricFamily]:
    labels = ["step", "role"]
    waiting = GaugeMetricFamily("homeward_questions_open", "Questions that wait for an officer.", labels=labels)
    overdue = GaugeMetricFamily("homeward_questions_overdue", "Of these, those past their time.", labels=labels)
    oldest = GaugeMetricFamily("homeward_question_oldest_seconds", "Age of the oldest of them.", labels=labels)
    for each in found.questions:
        place = [each.step.value, each.role.value]
        waiting.add_metric(place, each.open)
        overdue.add_metric(place, each.overdue)
        oldest.add_metric(place, max(0.0, (at - each.oldest_at).total_seconds()))
    yield from (waiting, overdue, oldest)


def _messages(found: figures.Figures) -> Iterator[GaugeMetricFamily]:
    waiting = GaugeMetricFamily("homeward_messages_waiting", "Messages that have not gone out.", labels=["kind"])
    failing = GaugeMetricFamily("homeward_messages_failing", "Of these, those that failed often.", labels=["kind"])
    by_kind = {each.kind: each for each in found.messages}
    for kind in MessageKind:
        each = by_kind.get(kind)
        waiting.add_metric([kind.value], each.waiting if each else 0)
        failing.add_metric([kind.value], each.failing if each else 0)
    yield from (waiting, failing)


def _alarms(found: figures.Figures) -> GaugeMetricFamily:
    family = GaugeMetricFamily("homeward_alarms", "Alarms that stand.", labels=["kind"])
    for kind in AlarmKind:
        family.add_metric([kind.value], found.alarms.get(kind, 0))
    return family


def _seal(found: figures.Figures) -> Iterator[GaugeMetricFamily]:
    if found.sealed_at is not None:
        sealed = found.sealed_at.timestamp()
        yield _one("homeward_audit_sealed_timestamp_seconds", "When the audit trail was sealed last.", sealed)
    yield _one("homeward_audit_unsealed_events", "Events that no seal covers yet.", found.unsealed)


def _archive(found: figures.Figures) -> Iterator[GaugeMetricFamily]:
    if found.archive is not None:
        streams = found.archive.silent_since is None
        yield _one("homeward_archive_streams", "Whether what the databases write is streamed to the archive.", streams)
        yield _one("homeward_archive_behind_bytes", "What was written and is not archived.", found.archive.behind_bytes)
