"""`homeward drill`: many synthetic people from a field list to home, decided by scripted officers, with faults."""

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pendulum
from sqlalchemy import ARRAY, ColumnElement, String, any_, literal
from sqlmodel import col, select

from deployments.drill import cast, judging, trouble
from deployments.drill.crew import Crew, NotTaken
from deployments.stack.ground import read_env
from models.case import CaseStatus, RepatriationCase, Step
from models.decision import Asking, Door
from models.rehearsal import Rehearsal
from tasks import alarms, case_file, doorbell, operations, starting
from tasks.clock import now

OFFICERS_AT_ONCE = 4
QUESTIONS_EACH = 7
"""Questions a journey asks where nothing goes wrong; kills and faults are spread over so many."""

_LOOKS_EVERY_S = 0.2
_RESTS = 9
"""So many times as long as a look took nobody looks again."""
_ASKED_AGAIN_AFTER_S = 20.0
"""A question that is still open so long after an answer was given is answered again."""
_HELP_WAITS_S = 3.0
"""A coordinator lets a partner come back before they say: try again."""
_PATIENCE = 4
"""So often a coordinator says try again in one case; then it stays with them, and waits."""
_STILL_AFTER_S = 240.0
"""Without anything happening for so long, the drill ends and says who waits."""

Tell = Callable[[str], None]


@dataclass
class Progress:
    """What has happened so far."""

    references: list[str]
    answered: dict[UUID, float] = field(default_factory=dict)
    """When each question was last answered, by the monotonic clock."""
    doors: Counter[Door] = field(default_factory=Counter)
    helps: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    home_s: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the decisions made, of as many as there would be if nothing went wrong; 1 at most."""
        return min(1.0, self.doors.total() / (QUESTIONS_EACH * len(self.references)))


def rehearse(
    people: int, *, seed: int, to_come: list[trouble.Trouble], processes: tuple[str, ...], var: Path, tell: Tell
) -> Rehearsal:
    """
    Take so many people home on the stack in a state folder while all this goes wrong, and return what came of it.

    Raises:
        cast.TooFew: the sandbox does not know so many.
    """
    drawn = cast.drawn(people, seed=seed)
    crew, began_at, began = Crew(seed=seed), now(), time.monotonic()
    operation = f"drill-{began_at:%Y%m%d-%H%M%S}"
    control = f"http://127.0.0.1:{read_env(var / 'stack.env')['SANDBOX_CONTROL_PORT']}"
    references = cast.taken_in(drawn, operation=operation, seed=seed, officer=crew.coordinator)
    opened_s = time.monotonic() - began
    tell(f"{len(references)} cases are open after {opened_s:.0f} s, with word and portrait; the journeys begin.")
    progress = Progress(references)
    _begun(operation)
    _decided(progress, crew, list(to_come), control=control, run=var / "run", tell=tell)
    trouble.call_off(control)
    waiting = tuple((asking.reference, asking.step) for asking in _open(references))
    return Rehearsal(
        operation=operation,
        seed=seed,
        people=people,
        began_at=began_at,
        ended_at=now(),
        opened_s=opened_s,
        home_s=tuple(sorted(progress.home_s.values())),
        waiting=waiting,
        decisions=tuple((door.value, count) for door, count in sorted(progress.doors.items())),
        steps=judging.step_times(references),
        processes=processes,
        struck=tuple(sorted(progress.struck.items())),
        alarms=tuple(sorted(Counter(alarm.kind.value for alarm in alarms.standing()).items())),
        promises=judging.promises(references, drawn, control=control),
    )


def as_json(rehearsal: Rehearsal) -> str:
    """Return the report for a program: moments in RFC 3339, times in seconds."""
    facts = asdict(rehearsal) | {"holds": rehearsal.holds, "lasted_s": rehearsal.lasted_s}
    return json.dumps(facts, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever JSON has no word for
    return value.to_iso8601_string() if isinstance(value, pendulum.DateTime) else str(value)


def _begun(operation: str) -> None:
    """Begin everybody's journey in one action; two who may be one person are looked at and begun as two."""
    _, held = starting.ready(operation)
    operations.start(operation)
    for pair in held:
        doorbell.start(pair.second)


def _decided(
    progress: Progress, crew: Crew, to_come: list[trouble.Trouble], *, control: str, run: Path, tell: Tell
) -> None:
    """Answer every question as it comes, and let everything go wrong in its turn, until nobody is left."""
    began = last = time.monotonic()
    given_up: set[str] = set()
    with ThreadPoolExecutor(OFFICERS_AT_ONCE) as pool:
        at_work: dict[Future[Door], Asking] = {}
        while True:
            looks = time.monotonic()
            try:
                homes, asked = _home(progress.references), _open(progress.references)
            except case_file.CaseFileUnavailable:
                if time.monotonic() - last > _STILL_AFTER_S:
                    raise
                time.sleep(_LOOKS_EVERY_S)
                continue
            for reference in homes - progress.home_s.keys():
                progress.home_s[reference] = time.monotonic() - began
                last = time.monotonic()
                if len(progress.home_s) % max(1, len(progress.references) // 10) == 0:
                    tell(f"  {last - began:6.1f} s  {len(progress.home_s)} of {len(progress.references)} home")
            taken = {each.id for each in at_work.values()}
            for asking in asked:
                if asking.id not in taken and _is_due(asking, progress, given_up):
                    at_work[pool.submit(crew.answers, asking)] = asking
            for done in [future for future in at_work if future.done()]:
                if _came_of(done, at_work.pop(done), progress):
                    last = time.monotonic()
            waits = {asking.reference for asking in asked}
            if len(homes) + len(given_up & waits) == len(progress.references) and not at_work:
                return
            if time.monotonic() - last > _STILL_AFTER_S:
                return
            # With a thousand people a look itself costs: it may take a tenth of the time, which is the machine's.
            rests_s = max(_LOOKS_EVERY_S, _RESTS * (time.monotonic() - looks))
            _struck(progress, to_come, control=control, run=run, tell=tell)
            time.sleep(rests_s)


def _struck(progress: Progress, to_come: list[trouble.Trouble], *, control: str, run: Path, tell: Tell) -> None:
    """Let everything go wrong whose turn it is."""
    again = []
    while to_come and to_come[0].after <= progress.share:
        first = to_come.pop(0)
        if not trouble.strike(first, control=control, run=run):
            # It is down already; its turn comes when it is up again.
            again.append(first)
            continue
        progress.struck[first.words] += 1
        if first.victim is not None:
            tell(f"          {first.words}")
    to_come[:0] = again


def _is_due(asking: Asking, progress: Progress, given_up: set[str]) -> bool:
    """Return whether a question is to be answered now."""
    if asking.reference in given_up:
        return False
    if asking.step is Step.help:
        if progress.helps[asking.reference] >= _PATIENCE:
            given_up.add(asking.reference)
            return False
        if (now() - asking.asked_at).total_seconds() < _HELP_WAITS_S:
            return False
    answered = progress.answered.get(asking.id)
    return answered is None or time.monotonic() - answered > _ASKED_AGAIN_AFTER_S


def _came_of(done: Future[Door], asking: Asking, progress: Progress) -> bool:
    """Note an answer, and return whether it was taken."""
    try:
        door = done.result()
    except NotTaken:
        return False
    if asking.id not in progress.answered:
        progress.doors[door] += 1
        progress.helps[asking.reference] += asking.step is Step.help
    progress.answered[asking.id] = time.monotonic()
    return True


def _home(references: list[str]) -> set[str]:
    query = select(RepatriationCase.reference).where(
        _one_of(RepatriationCase.reference, references), RepatriationCase.status == CaseStatus.home
    )
    with case_file.transaction() as session:
        return set(session.exec(query))


def _open(references: list[str]) -> list[Asking]:
    query = select(Asking).where(
        _one_of(Asking.reference, references), col(Asking.closed_at).is_(None), col(Asking.shown_at).is_not(None)
    )
    with case_file.transaction() as session:
        return list(session.exec(query.order_by(col(Asking.asked_at))))


def _one_of(reference: str, references: list[str]) -> ColumnElement[bool]:
    """Say that a case is one of these; one value to the database, for a thousand of them are asked about often."""
    return col(reference) == any_(literal(references, ARRAY(String)))
