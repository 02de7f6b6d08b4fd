"""Planted names, numbers and words are searched for in everything the engine keeps, and in every log."""

import base64
import json
import logging
import os
import pickle
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_LOCAL_STORAGE_PATH
from sqlmodel import select

from deployments.stack import postgres
from deployments.stack.first_day import specimen_numbers
from flows import gate
from models.case import Step
from models.decision import Outcome, ReasonCode
from models.funding import Payer
from models.money import Money
from models.person import Wish
from models.travel_document import StockNumber
from tasks import (
    booking,
    case_file,
    corrections,
    decisions,
    engine,
    funding,
    handoff,
    journal,
    officers,
    paperwork,
    travel_document,
    verification,
)
from tasks.clock import now
from tasks.settings import settings
from tests.conftest import PARTNERS, PASSWORD, Server
from tests.journeys.story import Story, a_person
from tests.journeys.unusual import Unusual, forms, people, registry_file
from tests.sandbox.harness import Sandbox

SEED = int(os.environ.get("HOMEWARD_SEED", str(random.SystemRandom().randrange(10**6))))
STORY = "Zyxwvut-compound-seventh-floor"
PHONE = "+82-10-9999-1234"


def engine_dump(server: Server) -> str:
    """Everything in the engine's database, as text."""
    place = postgres.home(server.folder)
    dump = subprocess.run(
        [str(place.programs / "pg_dump"), "--host=127.0.0.1", f"--port={server.port}", "--username=prefect", "prefect"],
        env={**postgres.environment(place), "PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        check=True,
    )
    return dump.stdout


Places = Callable[[], dict[str, str]]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """What the worker, the desk and the signer would log, of every library, written as they write it."""
    file = tmp_path / "logs" / "service.log"
    file.parent.mkdir()
    handler = logging.FileHandler(file)
    handler.setFormatter(journal.Formatter("worker"))
    # Prefect's own do not tell the root what they hear.
    loggers = [logging.getLogger(name) for name in (None, "prefect", "prefect.flow_runs", "prefect.task_runs")]
    for logger in loggers:
        logger.addHandler(handler)
    yield file
    for logger in loggers:
        logger.removeHandler(handler)
    handler.close()


def lines_of(written: Path) -> list[dict[str, Any]]:
    """The lines of a log, each one JSON object with what every line says."""
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    for line in lines:
        assert {"time", "level", "service", "reference", "attempt", "event"} <= line.keys()
    return lines


@pytest.fixture
def places(
    postgres_server: Server, capfd: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> Places:
    """Everything the engine keeps and anybody has written, as text, by where it was found."""

    def read() -> dict[str, str]:
        APILogWorker.drain_all(timeout=10)
        said = capfd.readouterr()
        return {
            "engine": engine_dump(postgres_server),
            "output": said.out + said.err,
            "results": everything_in(PREFECT_LOCAL_STORAGE_PATH.value(), PREFECT_HOME.value()),
            "logs": everything_in(postgres_server.folder / "logs", *tmp_path_factory.getbasetemp().rglob("logs")),
        }

    return read


def everything_in(*folders: Path) -> str:
    """The text of every file beneath some folders."""
    files = [file for folder in folders if folder.exists() for file in folder.rglob("*") if file.is_file()]
    return "".join(file.read_text(errors="replace") for file in files if file.suffix not in (".db", ".sqlite"))


def test_21_no_personal_data_reaches_the_engine_even_when_things_fail(
    story: Story, places: Places, written: Path
) -> None:
    person = a_person(lookout="arrest_warrant")
    story.opens(person, story=STORY, next_of_kin_phone=PHONE)
    story.fault("half_json", partner="registry")
    story.begins()
    assert story.waits_at() is Step.help
    story.decides()
    story.fault("html_502_after", method="POST", path="/air/orders")
    story.comes_to(Step.booking)
    story.decides(Outcome.return_, ReasonCode.wrong_route, to_stage="booking")
    story.decides(Outcome.approve, ReasonCode.corrected)

    kept = places()
    assert story.reference in kept["engine"]
    failed = [
        line for line in lines_of(written) if "PartnerAnswerUnclear" in line["event"] or "registry" in line["event"]
    ]
    assert {(line["reference"], line["attempt"]) for line in failed} == {(story.reference, str(story.run_id))}
    planted = {
        "surname and given name": f"{person['surname_hangul']}{person['given_hangul']}",
        "given name": person["given_latin"],
        "personal number": person["personal_number"],
        "passport number": person["passport"]["number"],
        "birth date": person["born_on"],
        "story": STORY,
        "phone": PHONE,
        "category": "presumed_victim",
        "hit": "arrest_warrant",
    }
    for what, value in planted.items():
        for where, text in kept.items():
            assert value not in text, f"{what} in {where}"


# Fifty unusual people on journeys that go wrong in every way.


@pytest.fixture
def crowd(request: pytest.FixtureRequest) -> list[Unusual]:
    """So many unusual people as the test asks for."""
    print(f"seed {SEED}")  # noqa: T201 - to repeat the very same people
    return people(request.param, random.Random(SEED))


@pytest.fixture
def wary(story: Story, crowd: list[Unusual], configured: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Story]:
    """A story whose partners know the unusual people and nobody else."""
    with Sandbox(tmp_path / "unusual.sqlite", "--registry", str(registry_file(tmp_path, crowd))) as sandbox:
        for partner in PARTNERS:
            path = partner.replace("_", "-")
            configured.setenv(f"HOMEWARD_{partner.upper()}_URL", f"http://127.0.0.1:{sandbox.port}/{path}")
        settings.cache_clear()
        story.sandbox = sandbox
        with case_file.transaction() as session:
            kept = set(session.exec(select(StockNumber.number)).all())
            session.add_all(
                StockNumber(number=number, mission="KHM", received_at=now(), moved_at=now())
                for number in specimen_numbers(len(crowd) * 2 + len(kept))
                if number not in kept
            )
        yield story


def opens_unusually(story: Story, one: Unusual) -> None:
    """Open a case, with everything an officer could write down."""
    story.opens(
        one.person,
        story=one.story,
        next_of_kin_phone=one.phone,
        place=f"{one.words} (place)",
        keeper=f"{one.words} (keeper)",
        birthplace=one.person["birthplace"],
    )
    corrections.declare(
        story.reference, wish=Wish.return_home, language="ko", reader=one.interpreter, declared_at=now(),
        officer=story.coordinator,
    )  # fmt: skip
    corrections.note_private_payment(
        story.reference, payer=Payer.diplomat, payer_officer=None, amount=Money(41200, "USD"), purpose=one.words,
        officer=story.coordinator,
    )  # fmt: skip


def goes_as_far_as_it_goes(story: Story, most: int = 14) -> None:
    """Approve whatever is asked."""
    for _ in range(most):
        step = story.waits_at()
        if step is None:
            return
        # A fresh officer each time: codes are few a minute, and the people are many.
        fresh = officers.add(name="Officer", agency="MOFA", roles=[story.question().role], by="test").officer.number
        reason = ReasonCode.try_again if step is Step.help else ReasonCode.in_order
        decisions.record(story.reference, step.value, story.answer(reason=reason, officer=fresh))
        # Not by the bell: a run that failed has no ear for it.
        one_more_segment(story)


def goes_home(story: Story, one: Unusual) -> None:
    """Nothing goes wrong but what the first officer thinks of it, in words of their own."""
    opens_unusually(story, one)
    story.begins()
    answer = story.answer(Outcome.return_, ReasonCode.wrong_details, to_stage="verification")
    said = type(answer)(**{**{name: getattr(answer, name) for name in answer.__slots__}, "reason": one.words})
    decisions.record(story.reference, story.question().step.value, said)
    story.goes_on()
    goes_as_far_as_it_goes(story)
    assert story.status().value == "home", story.timeline()


WRONGLY = (
    "half_json",
    "html_502",
    "html_502_after",
    "plain_403",
    "status_500",
    "drop_after",
    "huge_body",
    "status_429",
)
FAILS = ("registry", "lookouts", "airline", "document-check", "carrier-desk", "host-authority", "border-control",
         "treasury", "receiving-agency")  # fmt: skip


def partners_fail(kind: str, story: Story, one: Unusual) -> None:
    """Every partner fails once in a way of its own, for ever in the case of the last."""
    opens_unusually(story, one)
    for partner in FAILS:
        story.fault(kind, partner=partner, times=6 if partner == "treasury" else 1)
    story.begins()
    goes_as_far_as_it_goes(story)
    story.sandbox.control.delete("/faults").raise_for_status()


def receiver_refuses(story: Story, one: Unusual) -> None:
    """The agency refuses, with personal words."""
    opens_unusually(story, one)
    answer = {"partner": "receiving-agency", "status": "refused", "reason": one.words, "times": 1}
    story.sandbox.control.post("/answers", json=answer).raise_for_status()
    story.begins()
    goes_as_far_as_it_goes(story, 6)
    story.sandbox.control.delete("/answers")


def bursting(one: Unusual, came: list[bool]) -> Callable[..., Any]:
    """A function with a fault nobody foresaw, which names everything it knows, down to its cause; `came` counts."""

    def bursts(*_args: object, **_kwargs: object) -> Any:
        came.append(True)
        try:
            json.loads(json.dumps(one.person) + one.story)
        except ValueError as cause:
            fault = RuntimeError(*one.planted.values())
            fault.add_note(one.story)
            raise fault from cause

    return bursts


PLACES: tuple[tuple[object, str], ...] = (
    (verification, "search"),
    (verification, "standing_declaration"),
    (travel_document, "_reserve"),
    (paperwork, "portrait_of"),
    (booking.holding, "rank"),
    (booking.holding, "_traveller"),
    (booking.holding, "adopt"),
    (funding, "_items"),
    (funding, "_post"),
    (handoff, "needs_of"),
    (case_file, "move"),
    (case_file, "facts"),
    (case_file, "claim"),
    (decisions, "hear"),
    (decisions, "ask"),
    (decisions, "propose"),
    (gate, "suspend"),
    (engine, "set_tags"),
)


def program_fails(place: tuple[object, str], story: Story, one: Unusual) -> None:
    """The program fails at one place, with personal words, until it is mended."""
    opens_unusually(story, one)
    came: list[bool] = []
    with pytest.MonkeyPatch.context() as faulty:
        faulty.setattr(*place, bursting(one, came))
        # It may burst in this test's own hands before the run comes to it.
        for act in (story.begins, partial(goes_as_far_as_it_goes, story, 7), partial(one_more_segment, story)):
            with suppress(RuntimeError):
                act()
    assert came, f"nothing asked {place[1]}"
    one_more_segment(story)
    # Home, where another way was found around the fault.
    assert story.waits_at() is not None or story.status().value == "home", story.timeline()


def one_more_segment(story: Story) -> None:
    """Run the newest run once more from the top, whatever it is doing."""
    story.run_id = story.newest_run()
    engine.start_again(story.run_id)
    story.goes_on()


def officers_type_names(story: Story, one: Unusual) -> None:
    """Somebody types personal words into every field of the Resume form, right and wrong."""
    opens_unusually(story, one)
    story.begins()
    kept = {"decision": "approve", "reason_code": "in_order", "to_stage": "—"}
    fields = ("officer", "code", "seen", "decision", "reason_code", "to_stage", "reason")
    for field, word in zip(fields, one.planted.values(), strict=False):
        body = {"run_input": {**kept, field: word}}
        answered = httpx.post(f"{PREFECT_API_URL.value()}/flow_runs/{story.run_id}/resume", json=body, timeout=60)
        if answered.json()["status"] == "ACCEPT":
            story.goes_on()
    everything = json.dumps({**kept, **dict(zip(fields, one.planted.values(), strict=False))})
    key = f"suspended-{story.question().key}-response"
    planted = {"key": key, "value": everything}
    httpx.post(f"{PREFECT_API_URL.value()}/flow_runs/{story.run_id}/input", json=planted).raise_for_status()
    assert story.run_id is not None
    engine.start_again(story.run_id)
    story.goes_on()
    assert "Resumed without a valid decision" in story.timeline()[-1]


def test_every_place_that_can_fail_is_there() -> None:
    assert [name for module, name in PLACES if not hasattr(module, name)] == []


Journey = Callable[[Story, Unusual], None]
JOURNEYS: tuple[Journey, ...] = (
    officers_type_names,
    *(partial(program_fails, place) for place in PLACES),
    *(partial(partners_fail, kind) for kind in WRONGLY),
    receiver_refuses,
    goes_home,
)
QUICK: tuple[Journey, ...] = (
    officers_type_names,
    partial(program_fails, PLACES[0]),
    partial(program_fails, (decisions, "hear")),
    partial(program_fails, (case_file, "claim")),
    partial(partners_fail, "half_json"),
    partial(partners_fail, "plain_403"),
)


@pytest.mark.parametrize(
    ("crowd", "journeys"),
    [pytest.param(6, QUICK, id="6"), pytest.param(50, JOURNEYS, id="50", marks=pytest.mark.long)],
    indirect=["crowd"],
)
def test_fifty_unusual_people_leave_no_trace_in_the_engine(
    wary: Story, crowd: list[Unusual], journeys: tuple[Journey, ...], places: Places, written: Path
) -> None:
    for number, one in enumerate(crowd):
        wary.run_id = None
        journeys[number % len(journeys)](wary, one)

    kept = places()
    assert wary.reference in kept["engine"]
    assert "UnexpectedFailure" in kept["engine"] + kept["output"]
    logged = lines_of(written)
    assert any("RuntimeError at" in line["event"] + line.get("fault", "") for line in logged)
    assert {line["reference"] for line in logged} - {None} <= {case.reference for case in case_file.listed()}
    found = [
        f"{what} of person {number} in {where}"
        for number, one in enumerate(crowd, start=1)
        for what, value in one.planted.items()
        for where, text in kept.items()
        if any(form in text for form in forms(value))
    ]
    assert found == [], f"seed {SEED}"


def test_a_planted_word_is_found_in_whatever_form_it_lies(subtests: pytest.Subtests) -> None:
    one = people(1, random.Random(SEED))[0]
    for what, value in one.planted.items():
        kept = {
            "as it is": f"… {value} …",
            "in JSON": json.dumps({"x": f"a {value} b"}),
            "in JSON in JSON": json.dumps(json.dumps({"x": f"a {value} b"})),
            "in hex": f"xx{value}yy".encode().hex(),
            **{f"in base64 after {n}": base64.b64encode(b"x" * n + value.encode() + b"yy").decode() for n in range(4)},
            "in a pickle in base64": base64.b64encode(pickle.dumps(ValueError(f"bad {value}"))).decode(),
        }
        for how, text in kept.items():
            with subtests.test(f"{what} {how}"):
                assert any(form in text for form in forms(value))
