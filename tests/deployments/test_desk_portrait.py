"""Crown and chin at the desk: two lines moved with the pointer or the keyboard, or two numbers and no script."""

import io
import re
from datetime import date
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page
from sqlmodel import select

from models.case import Step
from models.instrument import Instrument, Rule, ruling_of
from models.officer import Role
from models.person import Person
from models.portrait import HeadMarks
from models.travel_document import AuthorisationProposal, Envelope
from tasks import case_file, corrections, decisions, vault
from tasks.clock import now
from tests.browser import opened_page
from tests.deployments.test_desk import enrol, sign_in
from tests.deployments.test_desk_decides import FORM, token
from tests.deployments.test_desk_for_everybody import LAPTOP, TABLET, serious
from tests.deployments.test_desk_for_everybody import sign_in as sign_in_there
from tests.papers.contents import synthetic_portrait
from tests.tasks.asked import BORN_ON, House

SQUARE = synthetic_portrait(1062, 1062)


def stored() -> tuple[bool, HeadMarks | None]:
    """Whether a portrait is stored, and its marks."""
    with case_file.transaction() as session:
        (person,) = session.exec(select(Person))
        crown, chin = person.portrait_crown, person.portrait_chin
        marks = None if crown is None or chin is None else HeadMarks(crown=crown, chin=chin)
        return person.portrait_sealed is not None, marks


def sent(desk: httpx.Client, **typed: str) -> httpx.Response:
    """Send the form of the one case there is."""
    reference = House().opens()
    sign_in(desk, enrol(Role.coordinator))
    data = {FORM: token(desk.get(f"/cases/{reference}")), **typed}
    return desk.post(f"/cases/{reference}/portrait", data=data, files={"image": ("face.png", SQUARE, "image/png")})


def test_without_a_script_two_numbers_mark_the_head(desk: httpx.Client) -> None:
    assert sent(desk, crown="9.5", chin="84").status_code == 303

    assert stored() == (True, HeadMarks(crown=95, chin=840))


def test_without_marks_the_portrait_is_stored_and_not_measured(desk: httpx.Client) -> None:
    assert sent(desk, crown="", chin="").status_code == 303

    assert stored() == (True, None)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"crown": "20", "chin": "84"}, "the head is 64 % of the picture&#39;s height"),
        ({"crown": "5", "chin": "90"}, "leave more room around it"),
        ({"crown": "10"}, "marked both or neither"),
        ({"crown": "84", "chin": "10"}, "the crown above the chin"),
        ({"crown": "1e1", "chin": "84"}, "such as 12.5"),
        ({"crown": "10%", "chin": "84"}, "such as 12.5"),
    ],
)
def test_a_head_that_does_not_fit_is_refused_in_a_sentence(desk: httpx.Client, typed: dict[str, str], why: str) -> None:
    reply = sent(desk, **typed)

    assert reply.status_code == 409
    assert why in reply.text.split('class="refused"', 1)[1].split("</p>", 1)[0]
    assert stored() == (False, None)


def test_a_waiver_lets_a_bandaged_head_through_and_keeps_the_measure(desk: httpx.Client) -> None:
    assert sent(desk, crown="20", chin="84", waiver="A bandage hides the crown").status_code == 303

    assert stored() == (True, HeadMarks(crown=200, chin=840))


def test_an_old_page_overwrites_no_newer_portrait_and_shows_it(desk: httpx.Client) -> None:
    reference = House().opens()
    sign_in(desk, enrol(Role.coordinator))
    drawn = desk.get(f"/cases/{reference}").text
    form = drawn.split('id="portrait"', 1)[1].split("</form>", 1)[0]
    typed = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form))
    assert typed["after"] == "0"
    # given somebody else who stores one meanwhile
    newer = synthetic_portrait(826, 1062)
    corrections.set_portrait(reference, image=newer, captured_at=now(), officer=enrol(Role.coordinator).officer.number)

    late = desk.post(f"/cases/{reference}/portrait", data=typed, files={"image": ("face.png", SQUARE, "image/png")})

    assert late.status_code == 409
    assert "written down here meanwhile" in late.text
    assert f'src="/cases/{reference}/portrait"' in late.text
    assert desk.get(f"/cases/{reference}/portrait").content == newer
    # and from the page that shows it, it is taken
    again = {**typed, "after": "1"}
    assert 'name="after" value="1"' in late.text.split('id="portrait"', 1)[1].split("</form>", 1)[0]
    sent_again = desk.post(
        f"/cases/{reference}/portrait", data=again, files={"image": ("face.png", SQUARE, "image/png")}
    )
    assert sent_again.status_code == 303
    assert desk.get(f"/cases/{reference}/portrait").content != newer


def asked_to_authorise(head: HeadMarks | None) -> str:
    """A document waits for who authorises it, with a portrait beside it; return the case."""
    house = House()
    reference = house.opens()
    officer = house.officers[Role.coordinator]
    corrections.set_portrait(reference, image=synthetic_portrait(), captured_at=now(), officer=officer, head=head)
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        ruling = ruling_of(Rule.urgent)
        content = AuthorisationProposal(
            salt=vault.salt(session, case.person_id, "test"), name_hangul="배준미", name_latin="PAE JUN MI", sex="F",
            born_on=BORN_ON, nationality="KOR", instrument=Instrument.travel_certificate, legal_ground=ruling.ground,
            number="X123A4567", expires_on=date(2026, 12, 19), acceptances=(), previous_passport_on_record=True,
            envelope=Envelope(
                destination_country="KR", transit_countries=(), latest_arrival_on=date(2026, 12, 17)
            ),
            head=head, portrait_captured_by=officer,
        )  # fmt: skip
        decisions.propose(session, case, Step.authorise, content)
    house.asks(Step.authorise, reference=reference)
    return reference


@pytest.mark.parametrize(
    ("head", "lines", "told"),
    [
        (HeadMarks(crown=100, chin=840), ["100", "840"], "74 % (70 to 80 %), marked by O-"),
        (None, [], "NOT MEASURED, nobody marked crown and chin"),
    ],
)
def test_who_authorises_sees_the_marks_on_the_portrait_and_the_measure_beside_it(
    desk: httpx.Client, head: HeadMarks | None, lines: list[str], told: str
) -> None:
    reference = asked_to_authorise(head)
    sign_in(desk, enrol(Role.authorising_officer))

    page = desk.get(f"/evidence/{reference}").text

    assert re.findall(r'<line x1="0" x2="210" y1="(\d+)" y2="\1"/>', page) == lines
    assert told in page


def chosen(page: Page, address: str, picture: Path) -> None:
    """Open the one case and choose the picture for its portrait."""
    reference = House().opens()
    sign_in_there(page, address, enrol(Role.coordinator))
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/cases/{reference}")
    page.locator("#portrait input[type=file]").set_input_files(picture)
    page.locator("#portrait .frame").wait_for()


@pytest.mark.parametrize("size", [LAPTOP, TABLET])
def test_the_lines_are_moved_with_the_keyboard_and_the_pointer(
    desk: httpx.Client, tmp_path: Path, size: dict[str, int]
) -> None:
    picture, address = tmp_path / "face.jpg", str(desk.base_url).rstrip("/")
    Image.open(io.BytesIO(SQUARE)).convert("RGB").save(picture, "JPEG")

    with opened_page(viewport=size, bypass_csp=True, locale="en-US") as page:
        chosen(page, address, picture)
        crown, chin = page.get_by_role("slider", name="Crown"), page.get_by_role("slider", name="Chin")
        fields = [page.locator(f"#portrait input[name={name}]") for name in ("crown", "chin")]
        assert [field.input_value() for field in fields] == ["", ""], "a line nobody placed marks nothing"

        crown.focus()
        for key in ("Enter", "ArrowUp", "ArrowUp", "ArrowUp"):
            page.keyboard.press(key)
        frame = page.locator("#portrait .frame").bounding_box()
        line = chin.bounding_box()
        assert frame is not None
        assert line is not None
        page.mouse.move(line["x"] + 50, line["y"] + line["height"] / 2)
        page.mouse.down()
        page.mouse.move(line["x"] + 50, frame["y"] + frame["height"] * 0.84)
        page.mouse.up()

        assert fields[0].input_value() == "9.5"
        assert float(fields[1].input_value()) == pytest.approx(84, abs=0.5)
        assert page.locator("#portrait .head-height").inner_text().startswith("Crown to chin: 74")
        assert page.locator("#portrait .set").count() == 2
        assert serious(page) == []
        fields[1].fill("84")
        assert chin.get_attribute("aria-valuenow") == "84"

        page.get_by_role("button", name="Store the portrait").click()
        page.get_by_text("The portrait is stored.").wait_for()

    assert stored() == (True, HeadMarks(crown=95, chin=840))


def test_who_moves_the_picture_under_the_lines_marks_it_anew(desk: httpx.Client, tmp_path: Path) -> None:
    picture, address = tmp_path / "face.jpg", str(desk.base_url).rstrip("/")
    Image.open(io.BytesIO(SQUARE)).convert("RGB").save(picture, "JPEG")

    with opened_page(viewport=LAPTOP, bypass_csp=True, locale="en-US") as page:
        chosen(page, address, picture)
        field = page.locator("#portrait input[name=crown]")
        field.fill("10")
        assert page.locator("#portrait .set").count() == 1
        page.locator("#portrait .zoom").focus()
        page.keyboard.press("ArrowRight")

        assert field.input_value() == ""
        assert page.locator("#portrait .set").count() == 0
