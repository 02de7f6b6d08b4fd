"""What a person is and their own word, without an engine: the doors, and the database behind them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pendulum
import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from deployments.cli.main import app
from deployments.stack.ground import write_private
from models.audit import AuditEvent
from models.category import Change
from models.contact import Item
from models.mandate import DelegationKind
from models.officer import Officer, Role
from models.person import Category, CategoryReason, Language, PersonCategory, Wish
from models.representation import Incapacity, Interest, Proof, Relation
from models.screening import Finding, Ground
from tasks import (
    case_file,
    categories,
    contacts,
    corrections,
    mandates,
    merging,
    officers,
    representation,
    screened,
    screening,
)
from tasks.clock import now
from tasks.settings import Location
from tests.conftest import Server
from tests.papers.contents import synthetic_portrait

PHONE = "+82-10-9999-1234"
SIGNS = ["passport_taken", "guarded"]


@dataclass
class Mission:
    """A case, and the officers around it."""

    reference: str = ""
    of: dict[Role, Officer] = field(default_factory=dict)

    def opens(self, *held: Category, **facts: Any) -> str:
        self.reference = case_file.open_case(
            country="KHM", officer=self.of[Role.coordinator].number, name_hangul="홍길동", name_latin=None,
            place="Poipet", keeper="centre", host_status="detained", categories=held, **facts,
        )  # fmt: skip
        return self.reference

    def changes(self, change: Change, category: Category, reason: CategoryReason, officer: Officer) -> None:
        categories.change(self.reference, change, category, reason=reason, officer=officer)

    def held(self) -> list[Category]:
        with case_file.transaction() as session:
            return case_file.categories(session, case_file.load(session, self.reference).person_id)

    def is_screened(self, signs: list[str], officer: Officer | None = None) -> Finding:
        return screening.record(
            self.reference, indicators=signs, language=Language.khmer, interpreter="interpreter", screened_at=now(),
            officer=officer or self.of[Role.screening_officer],
        )  # fmt: skip


def enrolled(*roles: Role, agency: str = "MOFA", police: bool = False) -> Officer:
    return officers.add(name="N", agency=agency, roles=list(roles), by="test", police=police).officer


@pytest.fixture
def mission(case_database: Server) -> Mission:
    del case_database
    wanted = (Role.coordinator, Role.verifying_officer, Role.screening_officer)
    made = Mission(of={role: enrolled(role) for role in wanted})
    made.of[Role.lookout_officer] = enrolled(Role.lookout_officer, agency="Korean National Police Agency")
    return made


def events(action: str) -> list[AuditEvent]:
    with case_file.transaction() as session:
        return list(session.exec(select(AuditEvent).where(col(AuditEvent.action) == action)).all())


@pytest.mark.parametrize("agency", ["Korean National Police Agency", "서울중앙지방검찰청", "경찰청", "នគរបាលជាតិ"])
def test_a_screening_officer_is_of_no_agency_that_names_the_police(mission: Mission, agency: str) -> None:
    del mission
    with pytest.raises(case_file.Refused, match="outside the police"):
        enrolled(Role.screening_officer, agency=agency)


def test_nor_of_one_that_is_police_by_another_name_nor_by_delegation(mission: Mission) -> None:
    with pytest.raises(case_file.Refused, match="outside the police"):
        enrolled(Role.screening_officer, agency="Korean Desk", police=True)
    screener, desk = mission.of[Role.screening_officer], enrolled(Role.travel_officer, agency="Desk", police=True)
    with pytest.raises(case_file.Refused, match="outside the police"):
        mandates.delegate(
            screener.number, officers.drill_code(screener.number), to=desk.number, role=Role.screening_officer,
            kind=DelegationKind.acting_for, begins_at=now(), ends_at=now().add(days=1),
        )  # fmt: skip


def test_police_add_a_suspect_and_keep_their_hands_off_the_victim(mission: Mission) -> None:
    mission.opens(Category.presumed_victim)
    police = mission.of[Role.lookout_officer]

    mission.changes(Change.add, Category.suspect, CategoryReason.authority_told, police)
    with pytest.raises(case_file.Refused, match="outside the police"):
        mission.changes(Change.remove, Category.presumed_victim, CategoryReason.screening_finding, police)

    assert mission.held() == [Category.presumed_victim, Category.suspect]


def test_protection_ends_by_a_recorded_finding_and_comes_back_with_new_facts(mission: Mission) -> None:
    mission.opens()
    screener, another = mission.of[Role.screening_officer], enrolled(Role.screening_officer, agency="MOGEF")
    remove = (Change.remove, Category.presumed_victim, CategoryReason.screening_finding)
    assert mission.is_screened(SIGNS) is Finding.presumed
    with pytest.raises(case_file.Refused, match="No recorded finding"):
        mission.changes(*remove, screener)
    with pytest.raises(case_file.Refused, match="Another screening officer"):
        screening.conclude(
            mission.reference, finding=Finding.not_confirmed, ground=Ground.evidence_seen, officer=screener
        )
    screening.conclude(mission.reference, finding=Finding.not_confirmed, ground=Ground.evidence_seen, officer=another)
    assert mission.held() == [Category.presumed_victim], "no finding takes a category away by itself"
    mission.changes(*remove, another)
    assert mission.held() == []

    assert mission.is_screened([*SIGNS, "electric_shock"]) is Finding.presumed

    assert mission.held() == [Category.presumed_victim]
    history = categories.history(mission.reference, reader=screener)
    assert [(row.added_by, row.removed_by) for row in history] == [
        (screener.number, another.number), (screener.number, None),
    ]  # fmt: skip
    with case_file.transaction() as session:
        case = case_file.load(session, mission.reference)
        assert screened.memo(session, case) is None, "nobody suspects them of anything"


def test_nobody_else_screens_at_any_door(mission: Mission) -> None:
    mission.opens()
    for role in (Role.coordinator, Role.verifying_officer, Role.lookout_officer):
        with pytest.raises(case_file.Refused, match="outside the police"):
            mission.is_screened(SIGNS, mission.of[role])
    turned = mission.of[Role.screening_officer].model_copy(update={"police": True})
    with pytest.raises(case_file.Refused, match="outside the police"):
        mission.is_screened(SIGNS, turned)
    with pytest.raises(case_file.Refused, match="No indicator is called beatn"):
        mission.is_screened(["beatn"])
    assert mission.held() == []


def breaks(constraint: str, write: Callable[[Session], None]) -> bool:
    with pytest.raises(case_file.CaseFileConflict) as refused, case_file.transaction() as session:
        write(session)
    assert refused.value.constraint == constraint
    return True


def test_the_database_refuses_what_no_rule_of_the_program_let_through(mission: Mission) -> None:
    mission.opens(Category.presumed_victim)
    police, coordinator = mission.of[Role.lookout_officer].number, mission.of[Role.coordinator].number
    with case_file.transaction() as session:
        person = case_file.load(session, mission.reference).person_id

    def adds(category: Category, **facts: Any) -> Callable[[Session], None]:
        row = PersonCategory(
            person_id=person, category=category, added_at=now(), added_by=coordinator,
            reason_code=CategoryReason.reported, **facts,
        )  # fmt: skip
        return lambda session: session.add(row)

    def runs(statement: str, **values: Any) -> Callable[[Session], None]:
        def run(session: Session) -> None:
            session.execute(text(statement), values)

        return run

    removed = "UPDATE person_category SET removed_at = now(), removed_by = :by, removed_reason_code = :why"
    screened_by = (
        "INSERT INTO screening (id, reference, person_id, content_sealed, screened_at, recorded_at, recorded_by) "
        "VALUES (gen_random_uuid(), :reference, :person, '', now(), now(), :by)"
    )
    assert breaks("only_a_screening_confirms", adds(Category.confirmed_victim))
    mission.changes(Change.add, Category.witness, CategoryReason.reported, mission.of[Role.coordinator])
    # PostgreSQL's log repeats what stands twice; a victim's category is looked for there by another test.
    assert breaks("one_standing_category", adds(Category.witness))
    for by in (police, coordinator, mission.of[Role.screening_officer].number):
        assert breaks("protection_ends_by_screening", runs(removed, by=by, why="screening_finding"))
    for by in (police, coordinator):
        wanted = {"reference": mission.reference, "person": person, "by": by}
        assert breaks("screened_outside_the_police", runs(screened_by, **wanted))
    made_police = runs(
        'INSERT INTO officer SELECT (jsonb_populate_record(o, \'{"number": "O-99", "police": true}\')).* '
        "FROM officer o WHERE 'screening-officer' = ANY (roles)"
    )
    assert breaks("screening_is_outside_the_police", made_police)
    mission.changes(Change.add, Category.patient, CategoryReason.medical_opinion, mission.of[Role.coordinator])
    nobodys = "UPDATE person_category SET removed_at = now(), removed_by = :by WHERE category = 'patient'"
    assert breaks("removed_by_somebody_for_a_reason", runs(nobodys, by=coordinator))
    mission.changes(Change.remove, Category.patient, CategoryReason.medical_opinion, mission.of[Role.coordinator])
    assert breaks("history_stays", runs("UPDATE person_category SET removed_by = :by WHERE category = 'patient'",
                                        by=police))  # fmt: skip


def test_a_birth_date_that_may_be_a_childs_makes_one_at_the_opening(mission: Mission) -> None:
    year = now().year - 19
    mission.opens(birth_date=str(year))
    assert mission.held() == [Category.minor]
    mission.opens(birth_date=str(year - 1))
    assert mission.held() == []
    with pytest.raises(case_file.Refused, match="Only a screening confirms"):
        mission.opens(Category.confirmed_victim)


def consents(mission: Mission, *, gives: bool, item: Item = Item.alive, at: pendulum.DateTime | None = None) -> None:
    contacts.hear(
        mission.reference, 1, item, gives=gives, language=Language.korean, reader="O-01", said_at=at or now(),
        officer=mission.of[Role.coordinator],
    )  # fmt: skip


def test_a_number_is_shown_for_what_the_person_agreed_to_and_an_attempt_without_is_on_record(mission: Mission) -> None:
    mission.opens(next_of_kin_phone=PHONE)
    reader = mission.of[Role.verifying_officer]

    def asks(item: Item = Item.alive) -> str:
        return contacts.telephone(mission.reference, 1, item, reader=reader)

    with pytest.raises(case_file.Refused, match="has not agreed that contact 1 is told about alive"):
        asks()
    attempt = events("contact.refused")
    assert [(each.actor, each.fields["purpose"]) for each in attempt] == [(reader.number, "tell alive")]
    consents(mission, gives=True)
    assert asks() == PHONE
    with pytest.raises(case_file.Refused, match="about money"):
        asks(Item.money)
    consents(mission, gives=False)
    with pytest.raises(case_file.Refused, match="has not agreed"):
        asks()
    assert (len(events("contact.refused")), len(events("contact.read"))) == (3, 1)


def test_a_word_that_a_later_one_overrules_is_not_taken_for_one_that_counts(mission: Mission) -> None:
    mission.opens(next_of_kin_phone=PHONE)
    reader = mission.of[Role.verifying_officer]
    consents(mission, gives=True)

    with pytest.raises(case_file.Refused, match="is later and stands"):
        consents(mission, gives=False, at=now().subtract(hours=3))
    assert contacts.telephone(mission.reference, 1, Item.alive, reader=reader) == PHONE

    consents(mission, gives=False)
    with pytest.raises(case_file.Refused, match="is later and stands"):
        consents(mission, gives=True, at=now().subtract(hours=3))


def test_a_no_counts_although_the_yes_was_heard_by_a_fast_clock(mission: Mission) -> None:
    mission.opens(next_of_kin_phone=PHONE)
    consents(mission, gives=True, at=now().add(minutes=4))

    consents(mission, gives=False)

    with pytest.raises(case_file.Refused, match="has not agreed"):
        contacts.telephone(mission.reference, 1, Item.alive, reader=mission.of[Role.verifying_officer])


def test_what_was_found_in_a_merged_case_travels_with_the_one_that_is_kept(mission: Mission) -> None:
    dropped = mission.opens(Category.patient)
    mission.is_screened(SIGNS)
    kept = mission.opens(Category.suspect)
    merging.merge(kept, dropped, reason="one face", officer=mission.of[Role.coordinator].number)

    with case_file.transaction() as session:
        case = case_file.load(session, kept)
        memo = screened.memo(session, case)
        assert screened.state(session, case) != screened.NOT_SCREENED
    assert memo is not None
    assert (memo.finding, set(memo.indicators)) == (Finding.presumed, set(SIGNS))
    assert len(screened.shown(kept, reader=mission.of[Role.screening_officer])) == 1
    history = categories.history(kept, reader=mission.of[Role.screening_officer])
    assert {Category.suspect, Category.presumed_victim} <= {row.category for row in history}


def test_a_finding_of_a_merged_case_takes_no_protection_from_the_one_that_is_kept(mission: Mission) -> None:
    dropped = mission.opens()
    mission.is_screened([])
    kept = mission.opens(Category.presumed_victim)
    merging.merge(kept, dropped, reason="one face", officer=mission.of[Role.coordinator].number)

    with pytest.raises(case_file.Refused, match=f"was recorded in {dropped}"):
        mission.changes(
            Change.remove,
            Category.presumed_victim,
            CategoryReason.screening_finding,
            mission.of[Role.screening_officer],
        )

    assert mission.held() == [Category.presumed_victim]


def test_a_merged_case_hears_nothing_that_its_journey_would_not_and_keeps_what_it_is(mission: Mission) -> None:
    dropped = mission.opens(Category.witness)
    kept = mission.opens()
    coordinator = mission.of[Role.coordinator]
    merging.merge(kept, dropped, reason="one face", officer=coordinator.number)

    with pytest.raises(case_file.Refused, match="separate it with `homeward case unmerge`"):
        mission.changes(Change.remove, Category.witness, CategoryReason.entered_in_error, coordinator)
    mission.reference = dropped
    there = f"is merged into {kept}, which is the person's journey now; write it down there"
    with pytest.raises(case_file.Refused, match=there):
        mission.changes(Change.add, Category.suspect, CategoryReason.reported, coordinator)
    with pytest.raises(case_file.Refused, match=there):
        mission.is_screened(SIGNS)
    with pytest.raises(case_file.Refused, match=there):
        corrections.declare(
            dropped, wish=Wish.refuse, language="ko", reader="x", declared_at=now(), officer=coordinator.number
        )

    picture, due = synthetic_portrait(), now().add(days=1)
    with pytest.raises(case_file.Refused, match=there):
        corrections.set_portrait(dropped, image=picture, captured_at=now(), officer=coordinator.number)
    with pytest.raises(case_file.Refused, match=there):
        corrections.locate(
            dropped, place="Bavet", keeper="x", host_status="rescued", next_contact_due_at=due,
            officer=coordinator.number,
        )  # fmt: skip
    with pytest.raises(case_file.Refused, match=there):
        contacts.add(dropped, relation=Relation.parent, name=None, phone=PHONE, officer=coordinator)
    with pytest.raises(case_file.Refused, match=there):
        representation.examine_interest(dropped, interest=Interest.return_home, reasons="x", officer=coordinator)
    with pytest.raises(case_file.Refused, match=there):
        representation.add(
            dropped, name="x", relation=Relation.parent, because=Incapacity.minor, officer=coordinator
        )  # fmt: skip

    merging.unmerge(dropped, officer=coordinator.number)
    mission.changes(Change.remove, Category.witness, CategoryReason.entered_in_error, coordinator)
    assert mission.held() == []


def test_contacts_of_a_merged_case_are_known_in_the_kept_one_by_numbers_that_never_change(mission: Mission) -> None:
    coordinator, consul = mission.of[Role.coordinator], mission.of[Role.verifying_officer]
    first = mission.opens(next_of_kin_phone="+82-10-1111-1111")
    consents(mission, gives=True)
    second = mission.opens(next_of_kin_phone=PHONE)
    consents(mission, gives=True)
    kept = mission.opens(next_of_kin_phone="+82-10-3333-3333")
    for dropped in (first, second):
        merging.merge(kept, dropped, reason="one face", officer=coordinator.number)

    # given both merges, each contact has a number of its own, and the person's word about it stands
    known = {each.number: each.items for each in contacts.listed(kept, reader=consul)}
    assert known == {1: (), 101: (Item.alive,), 201: (Item.alive,)}
    assert contacts.telephone(kept, 201, Item.alive, reader=consul) == PHONE

    # when another contact is added, one merge is undone and a word is taken back
    contacts.add(kept, relation=Relation.parent, name=None, phone="+82-10-4444-4444", officer=coordinator)
    merging.unmerge(first, officer=coordinator.number)
    assert [each.number for each in contacts.listed(kept, reader=consul)] == [1, 2, 201]
    contacts.hear(
        kept, 201, Item.alive, gives=False, language=Language.korean, reader="O-01", said_at=now(), officer=coordinator
    )
    with pytest.raises(case_file.Refused, match="has not agreed"):
        contacts.telephone(kept, 201, Item.alive, reader=consul)

    # then the word stays with the contact it was about, and the other case is what it was
    merging.unmerge(second, officer=coordinator.number)
    assert [each.number for each in contacts.listed(kept, reader=consul)] == [1, 2]
    assert [each.items for each in contacts.listed(second, reader=consul)] == [()]
    assert [each.items for each in contacts.listed(first, reader=consul)] == [(Item.alive,)]


def test_who_speaks_for_a_child_and_what_is_best_for_it_travel_with_the_merge(mission: Mission) -> None:
    coordinator, consul = mission.of[Role.coordinator], mission.of[Role.verifying_officer]
    dropped = mission.opens(Category.minor)
    by: Any = {"relation": Relation.parent, "because": Incapacity.minor}
    number = representation.add(dropped, name="Han", officer=coordinator, **by)
    representation.verify(dropped, number, proof=Proof.family_register, officer=consul)
    representation.examine_interest(dropped, interest=Interest.return_home, reasons="safe", officer=coordinator)
    kept = mission.opens(Category.minor)
    unverified = representation.add(kept, name="Kim", officer=coordinator, **by)

    def missing() -> str:
        with case_file.transaction() as session:
            return " ".join(representation.missing_at(session, case_file.load(session, kept)))

    assert "best interest was not examined" in missing()
    merging.merge(kept, dropped, reason="one face", officer=coordinator.number)

    assert "best interest" not in missing()
    found = [(each, name, row.stands) for each, row, name in representation.listed(kept, reader=consul)]
    assert found == [(unverified, "Kim", False), (101, "Han", True)]
    said: Any = {"wish": Wish.return_home, "language": "ko", "reader": "x", "declared_at": now()}
    corrections.declare(kept, representative=101, officer=coordinator.number, **said)
    contact = contacts.add(kept, relation=Relation.relative, name=None, phone=PHONE, officer=coordinator)
    contacts.hear(
        kept, contact, Item.alive, gives=True, language=Language.korean, reader="O-01", said_at=now(),
        representative=101, officer=coordinator,
    )  # fmt: skip
    assert contacts.telephone(kept, contact, Item.alive, reader=consul) == PHONE

    # when the merge is undone, nobody speaks for the other child any more, and nothing they said counts for it
    merging.unmerge(dropped, officer=coordinator.number)
    with pytest.raises(case_file.Refused, match="has not agreed"):
        contacts.telephone(kept, contact, Item.alive, reader=consul)
    with case_file.transaction() as session:
        persons = {each: case_file.load(session, each).person_id for each in (kept, dropped)}
        assert case_file.declaration(session, persons[kept]) is None
        assert case_file.declaration(session, persons[dropped]) is not None

    merging.merge(kept, dropped, reason="one face after all", officer=coordinator.number)
    representation.end(kept, 201, officer=coordinator)
    with pytest.raises(case_file.Refused, match="Representative 201 is not verified, or has ended"):
        corrections.declare(kept, representative=201, officer=coordinator.number, **said)


def test_a_childs_own_no_is_heard_without_anybody_who_speaks_for_it(mission: Mission) -> None:
    mission.opens(Category.minor)
    said: Any = {"language": "km", "reader": "x", "declared_at": now(), "officer": mission.of[Role.coordinator].number}

    with pytest.raises(case_file.Refused, match="their representative does"):
        corrections.declare(mission.reference, wish=Wish.return_home, **said)
    corrections.declare(mission.reference, wish=Wish.refuse, **said)

    with case_file.transaction() as session:
        case = case_file.load(session, mission.reference)
        heard = case_file.declaration(session, case.person_id)
    assert heard is not None
    assert heard.wish is Wish.refuse


def test_no_list_shows_a_number_and_a_child_agrees_to_nothing_alone(mission: Mission) -> None:
    mission.opens(Category.minor, next_of_kin_phone=PHONE)

    with pytest.raises(case_file.Refused, match="their representative does"):
        consents(mission, gives=True)

    consents(mission, gives=False)
    write_private(Location().cli_session_file, officers.open_session(mission.of[Role.coordinator], door="cli"))
    done = CliRunner().invoke(app, ["contact", "list", mission.reference, "--json"])
    assert (done.exit_code, "not_said" in done.stdout, PHONE in done.stdout) == (0, True, False)


def test_a_representative_is_verified_by_another_officer_by_what_fits(mission: Mission) -> None:
    mission.opens(Category.minor)
    writes, verifies = mission.of[Role.coordinator], mission.of[Role.verifying_officer]

    def adds(relation: Relation) -> int:
        return representation.add(
            mission.reference, name="N", relation=relation, because=Incapacity.minor, officer=writes
        )

    with pytest.raises(case_file.Refused, match="others may be contacts"):
        adds(Relation.friend)
    uncle = adds(Relation.relative)
    with pytest.raises(case_file.Refused, match="Another officer verifies"):
        representation.verify(mission.reference, uncle, proof=Proof.court_order, officer=writes)
    with pytest.raises(case_file.Refused, match="is proved by one of: court_order"):
        representation.verify(mission.reference, uncle, proof=Proof.family_register, officer=verifies)

    def says(number: int) -> None:
        corrections.declare(
            mission.reference, wish=Wish.return_home, language="ko", reader="O-01", declared_at=now(),
            representative=number, officer=writes.number,
        )  # fmt: skip

    with pytest.raises(case_file.Refused, match="is not verified"):
        says(uncle)
    representation.verify(mission.reference, uncle, proof=Proof.court_order, officer=verifies)
    says(uncle)
    representation.end(mission.reference, uncle, officer=writes)
    with pytest.raises(case_file.Refused, match="has ended"):
        says(uncle)
    with case_file.transaction() as session:
        case = case_file.load(session, mission.reference)
        declared = case_file.declaration(session, case.person_id)
        assert declared is not None
        assert not representation.may_speak(session, case, declared.representative_id)


def test_what_a_person_is_stands_in_no_timeline_and_in_the_trail_as_a_hash(mission: Mission) -> None:
    mission.opens(Category.minor)
    mission.is_screened(SIGNS)
    mission.changes(Change.add, Category.suspect, CategoryReason.authority_told, mission.of[Role.lookout_officer])

    with case_file.transaction() as session:
        told = " ".join(session.execute(text("SELECT words FROM timeline_entry")).scalars()).lower()
        trail = " ".join(session.execute(text("SELECT fields::text FROM audit_event")).scalars())
    for word in ("suspect", "victim", "minor", "guarded", "presumed"):
        assert word not in told
        assert word not in trail
    assert len(events("category.added")) == 2


def test_a_child_cannot_be_opened_as_having_declared_themselves(mission: Mission) -> None:
    write_private(Location().cli_session_file, officers.open_session(mission.of[Role.coordinator], door="cli"))
    words = ["case", "open", "--name-hangul", "홍길동", "--place", "Poipet", "--keeper", "centre",
             "--category", "minor", "--declared-in", "ko"]  # fmt: skip

    done = CliRunner().invoke(app, words)

    assert (done.exit_code, "does not sign for themselves" in done.stderr) == (2, True)
    assert case_file.listed() == []
