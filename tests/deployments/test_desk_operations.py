"""Operations and alarms at the desk: a head-count by name, everybody begun at once, and what a coordinator has seen."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pendulum
import pytest
from sqlmodel import col, select, update

from deployments import desk as desk_package
from models.audit import AuditEvent
from models.message import AlarmKind
from models.officer import Role
from models.officer import Session as DeskSession
from tasks import alarms, case_file, engine, officers
from tasks.clock import now
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, no_engine, token
from tests.deployments.test_desk_screening import another, own

__all__ = ["no_engine"]

OPERATION = "khm-2026-11"


@pytest.fixture
def references(desk: httpx.Client) -> list[str]:
    """Two cases of one operation; a coordinator is at the desk."""
    coordinator = enrol(Role.coordinator)
    sign_in(desk, coordinator)
    return [
        case_file.open_case(
            country="KHM", officer=coordinator.officer.number, name_hangul=name, name_latin=None, place="Poipet",
            keeper="centre", host_status="detained", operation=OPERATION,
        )
        for name in ("홍길동", "김철수")
    ]  # fmt: skip


def looked() -> int:
    with case_file.transaction() as session:
        return len(session.exec(select(AuditEvent).where(AuditEvent.action == "person.read")).all())


def test_everybody_of_an_operation_is_counted_by_name_and_the_look_is_audited(
    desk: httpx.Client, references: list[str]
) -> None:
    assert OPERATION in desk.get("/operations").text
    before = looked()

    shown = desk.get(f"/operations/{OPERATION}").text

    assert all(each in shown for each in (*references, "홍길동", "김철수", "not started"))
    assert looked() == before + len(references)
    assert desk.get("/operations/khm-2026-99").status_code == 403
    another(desk, Role.border_partner)
    for address in ("/operations", f"/operations/{OPERATION}"):
        reply = desk.get(address)
        assert (reply.status_code, "홍길동" in reply.text) == (403, False)


def test_a_coordinator_begins_everybody_and_another_officer_nobody(
    desk: httpx.Client, references: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def start_operation(operation: str) -> UUID:
        begun.append(operation)
        return uuid4()

    monkeypatch.setattr(engine, "start_operation", start_operation)
    address = f"/operations/{OPERATION}"
    assert "Begin the journeys: 2" in desk.get(address).text

    done = desk.post(f"{address}/start", data={FORM: own(desk)})

    assert (done.headers["location"], begun) == (f"{address}?begun=yes", [OPERATION])
    another(desk, Role.funding_officer)
    assert "/start" not in desk.get(address).text
    assert desk.post(f"{address}/start", data={FORM: own(desk)}).status_code == 403
    assert begun == [OPERATION]
    assert len(references) == 2


def sounds(reference: str, kind: AlarmKind, count: int = 1) -> None:
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        for _ in range(count):
            alarms.sound(session, case, kind, about=str(uuid4()))


def test_the_newest_alarm_is_seen_and_put_away_by_who_has_looked(desk: httpx.Client, references: list[str]) -> None:
    sounds(references[0], AlarmKind.contact_overdue, count=25)
    sounds(references[0], AlarmKind.run_ended, count=25)
    sounds(references[1], AlarmKind.stranded)
    newest = max(alarm.id for alarm in alarms.standing())

    shown = desk.get("/inbox/alarms").text

    assert f"/alarms/{newest}" in shown
    assert f"/alarms/{newest}" in desk.get("/").text
    assert "6 older ones" in shown
    (overdue, *_) = [alarm.id for alarm in alarms.standing() if alarm.kind is AlarmKind.contact_overdue]
    assert desk.post(f"/alarms/{overdue}", data={FORM: own(desk)}).status_code == 409
    assert desk.post(f"/alarms/{newest}", data={FORM: own(desk)}).status_code == 303
    assert newest not in {alarm.id for alarm in alarms.standing()}
    assert desk.post(f"/alarms/{newest}", data={FORM: own(desk)}).status_code == 409
    another(desk, Role.funding_officer)
    assert "/alarms/" not in desk.get("/").text
    assert desk.get("/inbox/alarms").text.strip() == ""
    assert desk.post(f"/alarms/{newest - 1}", data={FORM: own(desk)}).status_code == 409


def test_a_page_that_asks_by_itself_keeps_no_session_open(desk: httpx.Client, references: list[str]) -> None:
    def unused_for(minutes: float) -> None:
        with case_file.transaction() as session:
            session.execute(update(DeskSession).values(seen_at=now().subtract(seconds=round(60 * minutes))))

    def seen_at() -> pendulum.DateTime:
        with case_file.transaction() as session:
            return session.exec(select(col(DeskSession.seen_at))).one()

    unused_for(officers.IDLE_LASTS.total_minutes() - 1)
    before = seen_at()
    assert desk.get("/inbox/waiting", headers={"X-Timed": "yes"}).status_code == 200
    assert seen_at() == before
    assert desk.get("/").status_code == 200
    assert seen_at() > before
    unused_for(officers.IDLE_LASTS.total_minutes() + 1)
    assert desk.get("/inbox/waiting", headers={"X-Timed": "yes"}).status_code == 401


def test_whatever_asks_by_itself_says_so() -> None:
    by_itself = [
        tag
        for page in (Path(desk_package.__file__).parent / "templates").glob("*.html")
        for tag in re.findall(r'<[^>]*hx-trigger="every[^>]*>', page.read_text())
    ]
    assert len(by_itself) >= 4
    assert [tag for tag in by_itself if "X-Timed" not in tag] == []


def test_an_old_page_writes_nothing_over_what_came_since(
    desk: httpx.Client, references: list[str], no_engine: list[str]
) -> None:
    reference = references[0]
    page = desk.get(f"/cases/{reference}").text
    words, notes, _portraits = re.findall(r'name="after" value="(\d+)"', page)[::-1]
    where = {FORM: token(desk.get(f"/cases/{reference}")), "keeper": "K", "host_status": "detained", "hours": "24"}
    first = desk.post(f"/cases/{reference}/whereabouts", data={**where, "place": "Detention", "after": notes})

    late = desk.post(f"/cases/{reference}/whereabouts", data={**where, "place": "Shelter", "after": notes})

    assert (first.status_code, late.status_code) == (303, 409)
    assert "written down here meanwhile" in late.text
    assert "Detention" in desk.get(f"/cases/{reference}").text
    said = {FORM: where[FORM], "spoken": "ko", "after": words}
    no = desk.post(f"/cases/{reference}/declaration", data={**said, "wish": "refuse"})
    yes = desk.post(f"/cases/{reference}/declaration", data={**said, "wish": "return"})
    assert (no.status_code, yes.status_code) == (303, 409)
