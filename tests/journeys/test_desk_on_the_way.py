"""What a journey needs on its way, at the desk: seats by telephone, escorts, and the page in its holder's hand."""

import httpx
from sqlmodel import col, select

from deployments.desk.session import COOKIE
from models.audit import AuditEvent
from models.by_hand import ManualBooking
from models.case import Step
from models.escort import EscortDuty, TravelGroup
from models.officer import Role
from models.stock import StockState
from tasks import by_hand, case_file, delivery, officers, vault
from tasks.clock import now
from tests.deployments.conftest import desk
from tests.deployments.test_desk_decides import FORM, token
from tests.journeys.story import Story
from tests.journeys.test_by_hand import LOCATOR, PROOF, returns_the_hold
from tests.journeys.test_delivery import lines_of, number_of, printed, released, scan, state_of

__all__ = ["desk", "released"]


def comes_to_the_desk(browser: httpx.Client, story: Story, role: Role) -> None:
    browser.cookies.clear()
    browser.cookies.set(COOKIE, officers.open_session(story.officer(role), door="desk"))


def refused(reply: httpx.Response) -> str:
    """The one sentence of a page that says no."""
    assert reply.status_code in (409, 422), (reply.status_code, reply.text)
    (said,) = [part.split("</p>", 1)[0] for part in reply.text.split('<p class="refused" role="alert">')[1:]]
    return said


def looks(story: Story, purpose: str) -> list[str]:
    with case_file.transaction() as session:
        events = session.exec(
            select(AuditEvent).where(AuditEvent.reference == story.reference).order_by(col(AuditEvent.seq))
        ).all()
    return [event.actor for event in events if event.fields.get("purpose") == purpose]


def test_a_page_is_read_again_handed_over_once_and_never_before(released: Story, desk: httpx.Client) -> None:
    # given a keeper at the page of a released case
    address, page = f"/handover/{released.reference}", scan(printed(released))
    comes_to_the_desk(desk, released, Role.issuing_officer)
    shown = desk.get(address)
    own, number = {FORM: token(shown)}, number_of(released)
    assert number in shown.text
    assert f'href="{address}"' in desk.get(f"/papers/{released.reference}").text
    assert looks(released, "hand-over") == [released.deciders[Role.issuing_officer]]

    def sends(content: bytes, line1: str = "", line2: str = "") -> httpx.Response:
        files = {"scan": ("a.png", content, "image/png")}
        return desk.post(f"{address}/check", data={**own, "line1": line1, "line2": line2}, files=files)

    # when what is sent is no page of it, it is said in one sentence, what was typed stays, and no sheet is spoiled
    first, second = lines_of(released)
    assert "was not read again" in refused(desk.post(address, data=own))
    assert "The scan is no PDF" in refused(sends(b"hello"))
    assert "empty or larger" in refused(sends(b""))
    assert "empty or larger" in refused(sends(b"x" * 20_000_001))
    short = sends(page, first[:-1], second)
    assert "36 letters" in refused(short)
    assert f'value="{first[:-1].replace("<", "&lt;")}"' in short.text
    assert "carries the number X999Z9999" in refused(sends(PROOF, first, "X999Z99999KOR" + "<" * 23))
    assert state_of(number) is StockState.issued

    # when the page itself is sent, with the lines as somebody types them
    read = sends(page, first.lower(), f" {second}")
    handed, again = desk.post(address, data=own), desk.post(address, data=own)

    # then it is handed over once, as at the command line
    assert (read.headers["location"], handed.headers["location"]) == (
        f"{address}?done=read",
        f"{address}?done=delivered",
    )
    assert "only one that was issued is read" in refused(again)
    assert state_of(number) is StockState.delivered
    assert f"The document was handed to its holder by {released.deciders[Role.issuing_officer]}." in released.timeline()
    assert delivery.is_delivered(released.reference)


def test_a_page_that_is_not_what_was_signed_is_spoiled_and_another_number_is_asked_for(
    released: Story, desk: httpx.Client
) -> None:
    address, number = f"/handover/{released.reference}", number_of(released)
    comes_to_the_desk(desk, released, Role.travel_officer)
    assert desk.get(address).status_code == 403
    comes_to_the_desk(desk, released, Role.coordinator)
    own = {FORM: token(desk.get(address))}

    files = {"scan": ("a.png", scan(printed(released), spoiled=True), "image/png")}
    reply = desk.post(f"{address}/check", data=own, files=files)

    assert reply.headers["location"] == f"{address}?fault=no-seal"
    assert "no seal can be read on it. The sheet is spoiled" in desk.get(reply.headers["location"]).text
    assert state_of(number) is StockState.spoiled
    released.goes_on()
    released.comes_to(Step.handoff)
    assert number_of(released) != number


def typed(changes: dict[str, str]) -> dict[str, str]:
    day = now().add(days=4).date()
    right = {
        "number1": "ke690", "origin1": "PNH", "departs1": f"{day}T23:40", "destination1": "ICN",
        "arrives1": f"{day.add(days=1)}T07:10", "locator": LOCATOR, "price": "412.30", "currency": "USD",
        "tickets": "180-2400123456", "told_by": "KE reservations, Ms Kim",
    }  # fmt: skip
    return {**right, **changes}


def test_seats_by_telephone_are_written_down_read_and_cancelled_at_the_desk(story: Story, desk: httpx.Client) -> None:
    # given a case whose travel officer wants other seats
    story.opens()
    story.begins()
    returns_the_hold(story)
    address, travel = f"/cases/{story.reference}/by-telephone", story.deciders[Role.travel_officer]
    comes_to_the_desk(desk, story, Role.travel_officer)
    own = {FORM: token(desk.get(address))}
    assert f'href="{address}"' in desk.get(f"/cases/{story.reference}").text

    def sends(content: bytes = PROOF, changes: dict[str, str] | None = None) -> httpx.Response:
        files = {"proof": ("confirmation.jpg", content, "image/jpeg")}
        return desk.post(address, data={**own, **typed(changes or {})}, files=files)

    # when something cannot be, then it is one sentence, and what was typed stays
    for changes, says in (
        ({"number1": ""}, "is no flight; fill in its number"), ({"price": "much"}, "Not an amount of money"),
        ({"currency": "XXX"}, "is no currency we pay in"), ({"pay_by": "soon"}, "The deadline to pay is no moment"),
        ({"pay_by": "2026-01-01T09:00"}, "The deadline to pay has passed"), ({"told_by": " "}, "who took the booking."),
        ({"locator": "?"}, "That is no record locator"), ({"destination1": "QQQ"}, "airport&#39;s IATA code"),
        ({"stops1": "CAN"}, "CN, which the document does not cover"),
    ):  # fmt: skip
        reply = sends(changes=changes)
        assert says in refused(reply), changes
        assert 'value="ke690"' in reply.text or "number1" in changes
    assert "The file is no PDF, JPEG or PNG" in refused(sends(b"%PNG"))
    assert "larger than 10 MB" in refused(sends(b"x" * (10 * 2**20 + 1)))
    with case_file.transaction() as session:
        assert session.exec(select(ManualBooking)).all() == []

    # when it is right, then it stands as from the command line, once
    done, again = sends(), sends()
    assert done.headers["location"] == f"{address}?done=booked"
    assert "Seats by telephone are on file" in refused(again)
    with case_file.transaction() as session:
        (entry,) = session.exec(select(ManualBooking)).all()
        locator = vault.open_text(session, entry.person_id, "record_locator", entry.record_locator_sealed)
        tickets = vault.open_text(session, entry.person_id, "ticket_numbers", entry.ticket_numbers_sealed)
    assert (locator, tickets, entry.entered_by) == (LOCATOR, "1802400123456", travel)
    assert (str(entry.total), entry.told_by) == ("USD 412.30", "KE reservations, Ms Kim")
    shown = desk.get(done.headers["location"]).text
    assert "KE690 KTI" in shown
    assert LOCATOR not in shown

    # then who pays reads the proof and books nothing, and others read neither
    comes_to_the_desk(desk, story, Role.funding_officer)
    proof = desk.get(f"{address}/proof")
    assert (proof.headers["content-type"], proof.content) == ("image/jpeg", PROOF)
    assert looks(story, "proof of seats") == [story.deciders[Role.funding_officer]]
    assert f'action="{address}/cancelled"' not in desk.get(address).text
    comes_to_the_desk(desk, story, Role.receiving_officer)
    assert [desk.get(path).status_code for path in (address, f"{address}/proof")] == [403, 403]

    # when they were cancelled there
    comes_to_the_desk(desk, story, Role.coordinator)
    told = {FORM: token(desk.get(address)), "told_by": "Ms Kim", "refund": "300", "currency": "EUR"}
    wrong = desk.post(f"{address}/cancelled", data=told)
    assert "an amount in USD" in refused(wrong)
    assert 'value="Ms Kim"' in wrong.text
    right = {**told, "currency": "USD"}
    assert [desk.post(f"{address}/cancelled", data=right).status_code for _ in range(2)] == [303, 409]
    with case_file.transaction() as session:
        assert by_hand.open_entry(session, story.reference) is None
        assert session.exec(select(ManualBooking.refund_minor)).one() == 30000


def test_escorts_are_put_into_the_pool_assigned_and_taken_off_and_cases_travel_together(
    story: Story, desk: httpx.Client
) -> None:
    # given a case with seats, another one, and a coordinator at the desk
    story.opens()
    story.begins()
    story.comes_to(Step.booking)
    first, escort = story.reference, story.deciders[Role.receiving_officer]
    other = case_file.open_case(
        country="KHM", officer=story.coordinator, name_hangul="홍길동", name_latin=None, place="Poipet",
        keeper="centre", host_status="detained",
    )  # fmt: skip
    comes_to_the_desk(desk, story, Role.coordinator)
    own, address = {FORM: token(desk.get("/escorts"))}, f"/cases/{first}/escorts"
    joining = {
        **own, "number": escort.lower(), "sex": "F", "passport_until": "2099-01-01", "duty_from": "2026-01-01T09:00",
        "duty_until": "2098-01-01T09:00",
    }  # fmt: skip

    # when something cannot be, then it is one sentence and the rest stays
    for changes in ({"passport_until": "soon"}, {"duty_from": "P1D"}, {"sex": "X"}, {"number": "O-999"},
                    {"duty_until": "2025-01-01T09:00"}):  # fmt: skip
        reply = desk.post("/escorts", data={**joining, **changes})
        assert refused(reply)
        assert 'value="2098-01-01T09:00"' in reply.text or "duty_until" in changes
    beside = {**own, "number": escort, "out": "ABC123", "back": "DEF456"}
    assert "is not in the pool; put them into it first." in refused(desk.post(address, data=beside))

    # when it is right, then each stands once
    assert desk.post("/escorts", data=joining).status_code == 303
    assert escort in desk.get("/escorts").text
    assert "five to eight letters" in refused(desk.post(address, data={**beside, "back": "?"}))
    assert [desk.post(address, data=beside).status_code for _ in range(2)] == [303, 409]
    page = desk.get(address).text
    assert f'name="number" value="{escort}"' in page
    assert "ABC123" not in page
    with case_file.transaction() as session:
        (duty,) = session.exec(select(EscortDuty)).all()
    assert (duty.reference, duty.officer, duty.assigned_by) == (first, escort, story.coordinator)

    ended = {**own, "number": escort}
    assert [desk.post(f"{address}/end", data=ended).status_code for _ in range(2)] == [303, 409]

    together = f"/cases/{first}/together"
    assert "two cases or more" in refused(desk.post(together, data={**own, "others": first}))
    assert "KHM-2000-9999" in refused(desk.post(together, data={**own, "others": "KHM-2000-9999"}))
    assert desk.post(together, data={**own, "others": f" {other.lower()},"}).status_code == 303
    with case_file.transaction() as session:
        assert {row.reference for row in session.exec(select(TravelGroup))} == {first, other}
    assert f'href="/cases/{other}"' in desk.get(address).text

    # then whoever runs no case sees the pool and nothing else
    comes_to_the_desk(desk, story, Role.travel_officer)
    front = desk.get("/escorts")
    assert (front.status_code, 'action="/escorts"' in front.text, desk.get(address).status_code) == (200, False, 403)
    comes_to_the_desk(desk, story, Role.host_liaison)
    assert desk.get("/escorts").status_code == 403
