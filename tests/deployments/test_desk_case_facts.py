"""What the page of a case shows of the person's portrait and of costs, and to whom."""

import html

import httpx
import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.funding import CostKind
from models.money import Money
from models.officer import Role
from models.person import Language
from tasks import case_file, corrections
from tasks.clock import now
from tests.deployments.test_desk import enrol, sign_in
from tests.papers.contents import synthetic_portrait
from tests.tasks.asked import House


@pytest.fixture
def reference() -> str:
    """A case with a portrait and two costs."""
    house = House()
    reference = house.opens()
    coordinator = house.officers[Role.coordinator]
    corrections.set_portrait(reference, image=synthetic_portrait(), captured_at=now(), officer=coordinator)
    for kind, amount in ((CostKind.medical, Money.parse("7319.47", "USD")), (CostKind.escort, Money(510_000, "KRW"))):
        corrections.note_cost(reference, kind=kind, amount=amount, officer=coordinator)
    return reference


def page_for(desk: httpx.Client, reference: str, *roles: Role) -> str:
    """The page of the case as an officer of these roles sees it."""
    desk.cookies.clear()
    sign_in(desk, enrol(*roles))
    reply = desk.get(f"/cases/{reference}")
    assert reply.status_code == 200
    return html.unescape(reply.text)


@pytest.mark.parametrize("role", [Role.coordinator, Role.verifying_officer])
def test_whoever_attends_to_the_person_sees_the_portrait_and_nothing_keeps_it(
    desk: httpx.Client, reference: str, role: Role
) -> None:
    assert f'src="/cases/{reference}/portrait"' in page_for(desk, reference, role)

    reply = desk.get(f"/cases/{reference}/portrait")

    assert reply.status_code == 200
    assert reply.content == synthetic_portrait()
    headers = {name: reply.headers[name] for name in ("content-type", "cache-control", "x-content-type-options")}
    assert headers == {
        "content-type": "image/jpeg", "cache-control": "no-store", "x-content-type-options": "nosniff",
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.funding_officer, Role.issuing_officer, Role.registrar, Role.receiving_officer])
def test_nobody_else_sees_it_on_the_page_or_at_its_own_address(desk: httpx.Client, reference: str, role: Role) -> None:
    assert f"/cases/{reference}/portrait" not in page_for(desk, reference, role)

    assert desk.get(f"/cases/{reference}/portrait").status_code == 403
    assert looks(reference) == []


def test_each_look_at_the_portrait_is_in_the_audit_trail(desk: httpx.Client, reference: str) -> None:
    page_for(desk, reference, Role.coordinator)
    for _ in range(2):
        desk.get(f"/cases/{reference}/portrait")

    assert looks(reference) == ["portrait of the case", "portrait of the case"]


def looks(reference: str) -> list[str]:
    """For what purpose the portrait was looked at."""
    with case_file.transaction() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "portrait.read")).all()
    return [event.fields["purpose"] for event in events if event.reference == reference]


def test_a_case_without_a_portrait_shows_none_and_says_so(desk: httpx.Client) -> None:
    bare = House().opens()

    assert f'src="/cases/{bare}/portrait"' not in page_for(desk, bare, Role.coordinator)
    assert desk.get(f"/cases/{bare}/portrait").status_code == 404


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (Language.english, ("medical", "$7,319.47", "escort", "₩510,000")),
        (Language.korean, ("의료", "US$7,319.47", "₩510,000")),
        (Language.khmer, ("វេជ្ជសាស្ត្រ", "អ្នកអម", "$")),
    ],
)
def test_whoever_runs_the_case_reads_each_cost_in_their_own_custom(
    desk: httpx.Client, reference: str, language: Language, shown: tuple[str, ...]
) -> None:
    desk.headers["accept-language"] = language.value
    page = page_for(desk, reference, Role.coordinator)

    costs = page.split('class="number">', 1)[1].split("</section>", 1)[0]
    assert [words for words in shown if words not in costs] == []


def test_whoever_pays_reads_the_amounts_and_not_that_somebody_is_ill(desk: httpx.Client, reference: str) -> None:
    page = page_for(desk, reference, Role.funding_officer)

    costs = page.split("Costs noted for the journey", 1)[1].split("</section>", 1)[0]
    assert "$7,319.47" in costs
    assert "<td>other</td>" in costs
    assert "medical" not in costs


@pytest.mark.parametrize("role", [Role.verifying_officer, Role.issuing_officer, Role.registrar, Role.travel_officer])
def test_nobody_else_reads_what_the_journey_costs(desk: httpx.Client, reference: str, role: Role) -> None:
    page = page_for(desk, reference, role)

    assert "7,319.47" not in page
    assert "Costs noted" not in page


def test_a_cost_that_was_taken_back_is_not_shown(desk: httpx.Client, reference: str) -> None:
    corrections.take_back_cost(
        reference, kind=CostKind.medical, amount=Money.parse("7319.47", "USD"), officer=House().officers[Role.registrar]
    )

    page = page_for(desk, reference, Role.coordinator)

    assert "7,319.47" not in page
    assert "₩510,000" in page
