"""Planted names, numbers and words are searched for in everything the engine keeps, and in every log."""

import subprocess
from pathlib import Path

import pytest
from prefect.logging.handlers import APILogWorker

from deployments.stack import postgres
from models.case import Step
from models.decision import Outcome, ReasonCode
from tests.conftest import KEPT, PASSWORD, Server
from tests.journeys.story import Story, a_person

STORY = "Zyxwvut-compound-seventh-floor"
PHONE = "+82-10-9999-1234"


def engine_dump(server: Server) -> str:
    """Everything in the engine's database, as text."""
    place = postgres.home(KEPT)
    dump = subprocess.run(
        [str(place.programs / "pg_dump"), "--host=127.0.0.1", f"--port={server.port}", "--username=prefect", "prefect"],
        env={**postgres.environment(place), "PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        check=True,
    )
    return dump.stdout


def test_no_personal_data_reaches_the_engine_even_when_things_fail(
    story: Story, postgres_server: Server, capfd: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
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
    APILogWorker.drain_all(timeout=10)

    kept = engine_dump(postgres_server)
    said = capfd.readouterr()
    logs = "".join(
        path.read_text(errors="replace")
        for folder in (KEPT / "logs", Path(str(tmp_path_factory.getbasetemp())))
        for path in folder.rglob("*.log")
    )
    assert story.reference in kept
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
        for where, text in (("engine", kept), ("output", said.out + said.err), ("logs", logs)):
            assert value not in text, f"{what} in {where}"
