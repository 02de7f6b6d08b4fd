"""What the command line shows a coordinator or officer is seen at the desk too, by the same officers and no others."""

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from sqlmodel import select, update

from deployments.desk import language
from deployments.desk.session import COOKIE
from models.audit import AuditEvent
from models.case import Step
from models.category import Change
from models.message import STUCK_AFTER, Message, OfficerAddress
from models.officer import Role
from models.person import Category, CategoryReason, Language
from tasks import case_file, categories, document_rules, officers
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM
from tests.deployments.test_desk_screening import another, own
from tests.tasks.asked import House


def test_what_waits_for_anybody_is_seen_by_who_runs_the_cases_alone(
    desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House()
    lookout, funding = house.asks(Step.lookout), house.asks(Step.funding)
    sign_in(desk, enrol(Role.coordinator))
    assert lookout.reference not in desk.get("/inbox/waiting").text

    shown = desk.get("/inbox/all").text

    assert shown.index(lookout.reference) < shown.index(funding.reference)
    assert ("lookout-officer" in shown, "funding-officer" in shown) == (True, True)
    by_itself = desk.get("/inbox/all", headers={"hx-request": "true"}).text
    assert (funding.reference in by_itself, "<html" in by_itself) == (True, False)
    monkeypatch.setattr("deployments.desk.inbox.SHOWN", 1)
    first, second = desk.get("/inbox/all").text, desk.get("/inbox/all?leaf=1").text
    assert (lookout.reference in first, funding.reference in first, "leaf=1" in first) == (True, False, True)
    assert (lookout.reference in second, funding.reference in second, "leaf=2" in second) == (False, True, False)
    another(desk, Role.lookout_officer)
    reply = desk.get("/inbox/all")
    assert (reply.status_code, funding.reference in reply.text) == (403, False)
    assert "/inbox/all" not in desk.get("/").text


def test_what_a_person_is_and_was_stands_beside_where_it_is_changed_for_who_may_change_it(desk: httpx.Client) -> None:
    coordinator = enrol(Role.coordinator)
    reference = case_file.open_case(
        country="KHM", officer=coordinator.officer.number, name_hangul="홍길동", name_latin=None, place="p", keeper="k",
        host_status="detained", categories=[Category.witness, Category.patient],
    )  # fmt: skip
    categories.change(
        reference, Change.remove, Category.witness, reason=CategoryReason.entered_in_error, officer=coordinator.officer
    )
    sign_in(desk, coordinator)
    asks_for_it = f'hx-get="/cases/{reference}/categories"'
    assert asks_for_it in desk.get(f"/cases/{reference}").text
    assert asks_for_it in desk.get(f"/cases/{reference}/acts/category").text

    shown = desk.get(f"/cases/{reference}/categories").text

    assert "<s>witness</s>" in shown
    assert "entered in error" in shown
    assert "<strong>patient</strong>" in shown
    part = desk.get(f"/cases/{reference}/categories", headers={"hx-request": "true"}).text
    assert ("<s>witness</s>" in part, "<html" in part) == (True, False)
    # Who knows nothing of health is not told that somebody is sick.
    another(desk, Role.lookout_officer)
    shown = desk.get(f"/cases/{reference}/categories").text
    assert ("witness" in shown, "patient" in shown) == (True, False)
    another(desk, Role.funding_officer)
    reply = desk.get(f"/cases/{reference}/categories")
    assert (reply.status_code, "witness" in reply.text) == (403, False)
    assert asks_for_it not in desk.get(f"/cases/{reference}").text
    with case_file.transaction() as session:
        seen = select(AuditEvent).where(AuditEvent.action == "person.read", AuditEvent.reference == reference)
        looks = [each for each in session.exec(seen).all() if each.fields["purpose"] == "categories"]
    assert len(looks) == 3


@pytest.mark.parametrize("spoken", Language)
def test_whom_messages_do_not_reach_is_said_with_the_reason_and_no_command(
    desk: httpx.Client, spoken: Language
) -> None:
    desk.headers["accept-language"] = spoken.value
    house = House()
    sign_in(desk, enrol(Role.coordinator))
    assert language.speaker(spoken)("Every message goes out.") in desk.get("/undelivered").text
    nowhere = house.enrol(Role.lookout_officer, mailed=False)
    house.asks()

    shown = desk.get("/undelivered").text

    for number in (house.officers[Role.lookout_officer], nowhere):
        assert f"<td>{number}</td>" in shown
    assert not re.search("homeward |HOMEWARD_|SMTP", shown)
    another(desk, Role.border_partner)
    reply = desk.get("/undelivered")
    assert (reply.status_code, nowhere in reply.text) == (403, False)


def test_messages_that_were_tried_in_vain_are_counted_where_a_coordinator_sees_everything(desk: httpx.Client) -> None:
    house = House()
    house.asks()
    sign_in(desk, enrol(Role.coordinator))
    assert "do not arrive: " not in desk.get("/inbox/all").text
    with case_file.transaction() as session:
        session.execute(update(Message).values(tries=STUCK_AFTER, last_failure="SMTPDataError"))
        session.execute(update(OfficerAddress).values(notify_sealed=OfficerAddress.email_sealed))

    assert re.search(r"do not arrive: \d", desk.get("/inbox/all").text)
    assert "Sending failed: SMTPDataError" in desk.get("/undelivered").text


def test_who_reads_no_paper_is_told_where_to_go_on(desk: httpx.Client) -> None:
    reference = House().opens()
    sign_in(desk, enrol(Role.border_partner))

    told = desk.get(f"/papers/{reference}")

    assert (told.status_code, 'href="/compare"' in told.text, "cover page" in told.text) == (200, True, False)
    liaison = officers.add(name="L", agency="x", roles=[Role.host_liaison], country="KHM", by="test").officer
    desk.cookies.set(COOKIE, officers.open_session(liaison, door="desk"))
    shown = desk.get(f"/papers/{reference}").text
    assert ("cover page" in shown, f"/papers/{reference}/exit-request" in shown) == (False, True)


RULE = (
    "travel_certificate,KOR,VNM,airside_transit,conditional,with a ticket onward,MOFA table,2025-02-01,O-03,2099-12-31"
)


def test_a_coordinator_takes_up_a_table_of_rules_whole_or_not_at_all_and_others_see_it(desk: httpx.Client) -> None:
    sign_in(desk, enrol(Role.coordinator))
    form = {FORM: own(desk)}
    head = ",".join(document_rules.COLUMNS)

    def sends(*lines: str) -> httpx.Response:
        table = {"table": ("kim-gildong.csv", "\n".join([head, *lines]).encode(), "text/csv")}
        return desk.post("/document-rules", data=form, files=table)

    wrong = sends(RULE, RULE.replace("VNM", "Vietnam"))
    assert (wrong.status_code, "The table, line 3: The column country holds one of" in wrong.text) == (422, True)
    assert desk.post("/document-rules", data=form).status_code == 422
    assert "with a ticket onward" not in desk.get("/document-rules").text

    assert sends(RULE).headers["location"] == "/document-rules?done=taken"

    another(desk, Role.travel_officer)
    shown = desk.get("/document-rules").text
    assert ("with a ticket onward" in shown, "MOFA table" in shown, 'type="file"' in shown) == (True, True, False)
    form = {FORM: own(desk)}
    assert sends(RULE.replace("onward", "back")).status_code == 403
    with case_file.transaction() as session:
        (loaded,) = session.exec(select(AuditEvent).where(AuditEvent.action == "document_rules.loaded")).all()
    assert (loaded.fields["lines"], loaded.fields["file"]) == ("1", "The table")
    another(desk, Role.border_partner)
    assert desk.get("/document-rules").status_code == 403


def test_the_archive_of_a_case_is_taken_at_the_desk_by_who_runs_it_and_holds(
    desk: httpx.Client, sealing: Path, tmp_path: Path
) -> None:
    del sealing
    house = House()
    reference = house.asks().reference
    coordinator = enrol(Role.coordinator)
    sign_in(desk, coordinator)
    address = f"/cases/{reference}/archive"
    assert f'href="{address}"' in desk.get(f"/cases/{reference}").text
    key = re.search(r'<code class="digest">(\S+)</code>', desk.get(address).text)
    assert key is not None

    taken = desk.post(address, data={FORM: own(desk)})

    assert taken.headers["content-disposition"] == f'attachment; filename="{reference}.zip"'
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archived:
        archived.extractall(tmp_path)
    checked = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "--key", key[1]], cwd=tmp_path / reference, env={},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    with case_file.transaction() as session:
        (event,) = session.exec(select(AuditEvent).where(AuditEvent.action == "case.exported")).all()
    assert (event.reference, event.actor, event.fields["door"]) == (reference, coordinator.officer.number, "desk")
    another(desk, Role.verifying_officer)
    assert f'href="{address}"' not in desk.get(f"/cases/{reference}").text
    assert desk.get(address).status_code == 403
    reply = desk.post(address, data={FORM: own(desk)})
    assert (reply.status_code, reply.headers["content-type"]) == (403, "text/html; charset=utf-8")


def test_without_a_sealer_no_archive_leaves_and_nothing_is_noted(desk: httpx.Client) -> None:
    reference = House().opens()
    sign_in(desk, enrol(Role.coordinator))

    for reply in (
        desk.get(f"/cases/{reference}/archive"), desk.post(f"/cases/{reference}/archive", data={FORM: own(desk)}),
    ):  # fmt: skip
        assert (reply.status_code, "The sealer does not answer" in reply.text) == (409, True)
        assert ".sock" not in reply.text
    with case_file.transaction() as session:
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "case.exported")).all() == []
