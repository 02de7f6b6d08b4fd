"""Whoever holds a dump of the case database, and no key, reads names and dates in it, and nothing that is sealed."""

import base64
import subprocess
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import select

from deployments.stack import postgres
from models.case import Step
from models.contact import Item
from models.decision import Outcome, ReasonCode
from models.funding import Payer
from models.host_clearance import HostItem, HostState
from models.money import Money
from models.officer import Role
from models.person import Language, Sex
from models.referral import AgencyKind, Said
from models.representation import Incapacity, Interest, Relation
from models.travel_document import TravelDocument
from models.validity import LongerReason
from tasks import (
    assurance,
    by_hand,
    case_file,
    contacts,
    corrections,
    decisions,
    doorbell,
    escorts,
    host_clearance,
    losses,
    merging,
    referrals,
    representation,
    screening,
    validity,
)
from tasks.archive import facts
from tasks.clock import now
from tasks.intake import read_list, remembered, take_in
from tasks.settings import settings
from tests.conftest import PASSWORD, Server
from tests.journeys.story import Story
from tests.journeys.test_by_hand import typed

STORY = "Zyxwvut-compound-seventh-floor, 열두 명이 한 방에"
PHONE = "+82-10-9999-1234"
REASON = "Qponmlk, as her sister confirmed"
PURPOSE = "Jihgfed, a night in a hotel"
SISTER = "홍자매-Kjihgfe"
SISTERS_PHONE = "+82-10-7777-4321"
MOTHER = "홍모친-Tsrqpon"
INTEREST = "Wvutsrq, as the agency that will shelter them says"
SAME = "Srqponm, two guards wrote one person down"
PERMIT = "EXIT-Lkjihgf-2026"
LONGER = "Yxwvuts, her doctor lets her fly in December"
ESCORTS_TICKET = "QXZVWY"
LOST_AT = "Ihgfedc, a market by the river"
SHELTERS_CONTACT = "Ms Nmlkjih of the shelter"
EMBASSYS_CONTACT = "Consul Hjklmno of the embassy"
SHELTERS_FILE = "SHELTER-Gfedcba-7"
LEAST_BASE64 = 8
LEAST_BYTES = 12
"""Pieces so long do not turn up by chance, whatever is sealed beside them."""


def case_dump(server: Server) -> str:
    """Everything in the case database, as text."""
    place, database = postgres.home(server.folder), case_file.engine().url.database
    command = [
        str(place.programs / "pg_dump"),
        "--host=127.0.0.1",
        f"--port={server.port}",
        "--username=homeward_owner",
    ]
    dump = subprocess.run(
        [*command, str(database)],
        env={**postgres.environment(place), "PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        check=True,
    )
    return dump.stdout


def forms(value: bytes) -> dict[str, str]:
    """How a value could stand in a dump: as it is, as PostgreSQL writes bytes, or in base64 at any offset."""
    found = {"hex": value.hex()}
    for offset in range(3):
        # The first and last letters also depend on what stands before and after.
        inner = base64.b64encode(b"\0" * offset + value).decode()[4:-4]
        if len(inner) >= LEAST_BASE64:
            found[f"base64 at {offset}"] = inner
    with suppress(UnicodeDecodeError):
        found["text"] = value.decode()
    return found


def assert_absent(what: str, value: bytes, dump: str) -> None:
    for form, written in forms(value).items():
        assert written not in dump, f"{what} as {form}"


def a_life(story: Story, folder: Path) -> None:
    """One person comes home, and everything that is sealed was written on the way."""
    story.opens(story=STORY, next_of_kin_phone=PHONE)
    merging.merge(story.reference, taken_in(story, folder), reason=SAME, officer=story.coordinator)
    host_clearance.record(
        story.reference, HostItem.exit_permit, state=HostState.granted, told_by="airport immigration", told_at=now(),
        number=PERMIT, officer=story.coordinator,
    )  # fmt: skip
    corrections.note_private_payment(
        story.reference, payer=Payer.family, payer_officer=None, amount=Money(100, "USD"), purpose=PURPOSE,
        officer=story.coordinator,
    )  # fmt: skip
    coordinator, screener = story.officer(Role.coordinator), story.officer(Role.screening_officer)
    assurance.record_referral(
        story.reference, agency="A shelter", kind=AgencyKind.ngo, said=Said.refers, contact=SHELTERS_CONTACT,
        file=SHELTERS_FILE, said_at=now(), officer=story.coordinator,
    )  # fmt: skip
    referrals.ask(
        story.reference, agency="An embassy", kind=AgencyKind.mission, contact=EMBASSYS_CONTACT, asked_at=now(),
        officer=coordinator,
    )  # fmt: skip
    contacts.add(story.reference, relation=Relation.sibling, name=SISTER, phone=SISTERS_PHONE, officer=coordinator)
    contacts.hear(
        story.reference, 2, Item.alive, gives=True, language=Language.korean, reader=story.coordinator, said_at=now(),
        officer=coordinator,
    )  # fmt: skip
    representation.add(
        story.reference, name=MOTHER, relation=Relation.parent, because=Incapacity.minor, officer=coordinator
    )
    representation.examine_interest(
        story.reference, interest=Interest.return_home, reasons=INTEREST, officer=coordinator
    )
    screening.record(
        story.reference, indicators=["electric_shock", "guarded"], language=Language.korean, interpreter=None,
        screened_at=now(), officer=screener,
    )  # fmt: skip
    validity.record(
        story.reference, days=20, reason=LongerReason.medical, words=LONGER, officer=story.coordinator
    )  # fmt: skip
    story.begins()
    step = story.question().step
    decisions.record(story.reference, step.value, replace(story.answer(), reason=REASON))
    assert doorbell.wake(story.reference)
    story.goes_on()
    # The airline's seats are given back for others by telephone, so that both kinds were written.
    story.comes_to(Step.booking)
    has_an_escort(story, story.deciders[Role.duty_officer])
    story.decides(Outcome.return_, ReasonCode.wrong_route)
    by_hand.enter(story.reference, typed(), officer=coordinator)
    story.decides()
    story.comes_home()
    with case_file.transaction() as session:
        mine = select(TravelDocument.number).where(TravelDocument.reference == story.reference)
        number = session.exec(mine).first()
    assert number is not None
    losses.report(number, stolen=False, lost_on=None, place=LOST_AT, officer=story.coordinator)


def has_an_escort(story: Story, number: str) -> None:
    """An officer sits beside the person, with tickets of their own."""
    coordinator = story.officer(Role.coordinator)
    escorts.add(
        number, sex=Sex(story.person["sex"]), passport_valid_until=date(2099, 1, 1), on_duty_from=now(),
        on_duty_until=now().add(years=1), officer=coordinator,
    )  # fmt: skip
    escorts.assign(story.reference, number, out=ESCORTS_TICKET, back="ZZQYXW", officer=coordinator)
    assert doorbell.wake(story.reference)
    story.goes_on()


def taken_in(story: Story, folder: Path) -> str:
    """The person stands on a list, too; return the case that made."""
    rows = folder / "list.csv"
    name = story.person["surname_hangul"] + story.person["given_hangul"]
    row = ["1", name, story.person["born_on"], "Sihanoukville", "Border post"]
    rows.write_text("ref,name_hangul,born_on,found_at,keeper\n" + ",".join(row) + "\n")
    taken = take_in(read_list(rows, remembered=remembered), country="KHM", operation=None, officer=story.coordinator)
    return taken.references[0]


def test_a_dump_without_the_keys_shows_none_of_what_is_sealed(
    story: Story, postgres_server: Server, tmp_path: Path
) -> None:
    a_life(story, tmp_path)
    person = story.person

    dump = case_dump(postgres_server)

    assert person["surname_hangul"] + person["given_hangul"] in dump, "names stay searchable: the dump is the right one"
    assert story.reference in dump
    planted: dict[str, str] = {
        "story": STORY,
        "phone": PHONE,
        "reason": REASON,
        "purpose of a private payment": PURPOSE,
        "contact's name": SISTER,
        "contact's telephone": SISTERS_PHONE,
        "representative": MOTHER,
        "reasons about a child": INTEREST,
        "indicator": "electric_shock",
        "why two cases are one": SAME,
        "exit permit": PERMIT,
        "escort's ticket": ESCORTS_TICKET,
        "where a document was lost": LOST_AT,
        "why a document is valid for longer": LONGER,
        "whom to ask at a shelter": SHELTERS_CONTACT,
        "whom to ask at an embassy": EMBASSYS_CONTACT,
        "a shelter's file": SHELTERS_FILE,
        "personal number": person["personal_number"],
        "personal number in digits": "".join(filter(str.isdigit, person["personal_number"])),
        "passport number": person["passport"]["number"],
        **{f"telephone {number}": number for number in telephones(person)},
    }
    for what, value in planted.items():
        assert_absent(what, value.encode(), dump)


def telephones(record: Any) -> list[str]:
    """Every telephone number the registry knows of."""
    if isinstance(record, dict):
        own = [value for key, value in record.items() if key == "phone" and isinstance(value, str)]
        return own + [number for value in record.values() for number in telephones(value)]
    return [number for value in record for number in telephones(value)] if isinstance(record, list) else []


def test_whatever_a_column_seals_is_nowhere_in_clear(story: Story, postgres_server: Server, tmp_path: Path) -> None:
    a_life(story, tmp_path)
    with case_file.transaction() as session:
        found = facts.of(session, case_file.load(session, story.reference))
    dump = case_dump(postgres_server)
    # Other papers bear numbers of our own: of the stock, of a decision.
    found["paper"] = [row for row in found["paper"] if row["kind"] == "itinerary"]

    seen = set()
    for column in facts.SEALED_AS:
        table, _, name = column.partition(".")
        for value in (row[name.removesuffix("_sealed")] for row in found[table]):
            if value is None:
                continue
            seen.add(column)
            middle = len(value) // 2
            pieces = [value] if len(value) < 2 * LEAST_BYTES else [value[:LEAST_BYTES], value[middle : middle + 24]]
            for piece in pieces:
                written = forms(piece)
                # A piece of JSON alone may be a word every case has; as bytes it would be the column in clear.
                if value[:1] == b"{":
                    written.pop("text", None)
                for form, text in written.items():
                    assert text not in dump, f"{column} as {form}"
    # Nobody refused this person on the way; everything else that can be sealed was.
    assert facts.SEALED_AS.keys() - seen == {"handoff.refusal_sealed"}


def test_no_key_of_the_vault_lies_in_the_database_it_seals(story: Story, postgres_server: Server) -> None:
    story.opens()
    dump = case_dump(postgres_server)

    secrets = [settings().lookup_key, *settings().key_encryption_keys.values()]
    for secret in secrets:
        assert_absent("key", base64.b64decode(secret.get_secret_value()), dump)
