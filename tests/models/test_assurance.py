"""Identity assurance: what makes an identity sure, and what makes one examiner too few."""

from datetime import date
from itertools import product
from uuid import UUID

import pendulum
import pytest

from models.assurance import TOO_CLOSE, Check, Level, Result, assurance
from models.case import Step
from models.officer import Role
from models.person import Category
from models.policy import PolicyInvalid, can_examine_in_doubt, read_policy
from models.referral import AgencyKind, Referral, Said, latest
from models.verification import Candidate, Fact, Record
from tasks.policy import DEFAULT
from tests.models.test_policy import THREE, officer

PLAIN = DEFAULT.read_text()
PAPER_FACE_WORD = {Check.passport_data: Result.agrees, Check.portrait: Result.agrees, Check.interview: Result.agrees}


def record(**changes: object) -> Record:
    facts = {
        "registry_id": "R-1", "alive": True, "surname_hangul": "배", "given_hangul": "준미", "surname_latin": "PAE",
        "given_latin": "JUN MI", "sex": "F", "born_on": date(1999, 4, 27), "birthplace": "인천", "nationality": "KOR",
        "personal_number": "1", "passport_number": "M1", "passport_expires_on": None, "passport_status": "valid",
    }  # fmt: skip
    return Record.model_validate(facts | changes)


def candidate(*agreeing: str, score: float = 1.0, **changes: object) -> Candidate:
    facts = tuple(Fact(name=name, reported="x", registered="x", likeness=1.0) for name in agreeing)
    return Candidate(record=record(**changes), score=score, facts=facts)


SURE = candidate("name", "born_on", "passport_number")


def test_three_facts_of_the_registry_are_substantial_and_need_one_examiner() -> None:
    found = assurance({}, [SURE])

    assert (found.level, found.in_doubt) == (Level.substantial, False)
    assert found.missing == tuple(Check)


def test_paper_face_and_word_are_high() -> None:
    assert assurance(PAPER_FACE_WORD, [SURE]).level is Level.high
    for left_out in PAPER_FACE_WORD:
        rest = {check: result for check, result in PAPER_FACE_WORD.items() if check is not left_out}
        alone = candidate("name", "born_on")
        assert assurance(rest, [alone]).level is Level.substantial, left_out


def test_a_name_and_a_birth_date_alone_are_low_until_a_check_agrees() -> None:
    two = candidate("name", "born_on")

    assert (assurance({}, [two]).level, assurance({}, [two]).in_doubt) == (Level.low, True)
    for check in Check:
        assert not assurance({check: Result.agrees}, [two]).in_doubt
        assert assurance({check: Result.not_possible}, [two]).in_doubt


def test_without_an_earlier_passport_on_record_two_examine_however_much_agrees() -> None:
    # Travel documents, test 19. Source: ICAO Doc 9303-8 §4.1.2.
    found = assurance(PAPER_FACE_WORD, [candidate("name", "born_on", "birthplace", passport_number=None)])

    assert (found.level, found.in_doubt) == (Level.high, True)
    assert found.doubts == ("no earlier passport is on record",)


def word(said: Said, kind: AgencyKind) -> Referral:
    at = pendulum.datetime(2026, 1, 1)
    return Referral(
        reference="KHM-2026-0001", person_id=UUID(int=1), agency="The agency", kind=kind, said=said, contact_sealed=b"",
        said_at=at, recorded_at=at, recorded_by="O-01",
    )  # fmt: skip


@pytest.mark.parametrize("kind", AgencyKind)
@pytest.mark.parametrize("said", Said)
def test_another_agencys_word_is_weighed_and_confirms_nothing(kind: AgencyKind, said: Said) -> None:
    two, one, none = candidate("name", "born_on"), candidate("name"), ()
    heard = [word(said, kind)]

    # A public office that vouches is worth one check beside two facts; nothing else lifts anything.
    lifts = said is Said.vouches and kind is not AgencyKind.ngo
    assert assurance({}, [two], referrals=heard).level is (Level.substantial if lifts else Level.low)
    assert assurance({}, [one], referrals=heard).level is Level.low
    assert assurance({}, none, referrals=heard).level is Level.low
    assert assurance(PAPER_FACE_WORD, [SURE], referrals=heard).level is (
        Level.low if said is Said.denies else Level.high
    )
    doubts = assurance({}, [SURE], referrals=heard).doubts
    assert doubts == (("The agency knows them as somebody else",) if said is Said.denies else ())


def test_the_last_word_of_an_agency_counts_however_its_name_is_written() -> None:
    first, second = word(Said.denies, AgencyKind.mission), word(Said.vouches, AgencyKind.mission)
    second.agency = "THE AGENCY"

    assert latest([first, second]) == [second]


@pytest.mark.parametrize("check", Check)
def test_one_check_that_differs_is_low_whatever_else_agrees(check: Check) -> None:
    found = assurance({**PAPER_FACE_WORD, check: Result.differs}, [SURE])

    assert found.level is Level.low
    assert found.doubts == (f"{check.value.replace('-', ' ')} differs",)


@pytest.mark.parametrize(
    ("best", "doubt"),
    [
        (candidate("name", "born_on", "passport_number", score=0.84), "fits by 0.84 only"),
        (candidate("name", "born_on", "passport_number", alive=False), "dead"),
    ],
)
def test_a_record_that_fits_badly_is_low(best: Candidate, doubt: str) -> None:
    found = assurance(PAPER_FACE_WORD, [best])

    assert found.level is Level.low
    assert doubt in found.doubts[0]


def test_nobody_in_the_registry_is_low_and_in_doubt() -> None:
    found = assurance(PAPER_FACE_WORD, [])

    assert (found.level, found.doubts) == (Level.low, ("the registry has nobody who fits",))


@pytest.mark.parametrize(("apart", "in_doubt"), [(0.0, True), (TOO_CLOSE, True), (0.11, False)])
def test_two_records_that_fit_almost_equally_want_two_examiners(apart: float, in_doubt: bool) -> None:  # noqa: FBT001 - a case each
    other = candidate("name", score=round(1.0 - apart, 3), registry_id="R-2")

    found = assurance(PAPER_FACE_WORD, [SURE, other])

    assert (found.level, found.in_doubt) == (Level.high, in_doubt)


def test_another_nationality_wants_two_examiners_and_names_the_state() -> None:
    assert assurance(PAPER_FACE_WORD, [SURE], nationalities=["USA"]).doubts == (
        "also a national of USA: that state may be involved",
    )
    foreign = candidate("name", "born_on", "passport_number", nationality="CHN")
    assert assurance(PAPER_FACE_WORD, [foreign]).in_doubt


@pytest.mark.parametrize("results", list(product([None, *Result], repeat=2)))
def test_whatever_is_low_wants_two_examiners(results: tuple[Result | None, ...]) -> None:
    checks = {check: result for check, result in zip(Check, results, strict=False) if result is not None}
    for candidates in ([], [SURE], [candidate("name")], [candidate("name", "born_on")]):
        found = assurance(checks, candidates)
        assert found.in_doubt or found.level is not Level.low


def test_an_identity_in_doubt_is_examined_by_two_whatever_the_policy_says() -> None:
    policy = read_policy(PLAIN)

    assert [place.words for place in policy.rule_for(Step.verification, [], in_doubt=True).places] == [
        "verifying-officer"
    ] * 2
    assert len(policy.rule_for(Step.verification, []).places) == 1
    for step in (Step.lookout, Step.authorise, Step.funding, Step.release):
        assert policy.rule_for(step, [], in_doubt=True) == policy.rule_for(step, [])


def test_a_policy_may_say_who_examines_an_identity_in_doubt_and_nothing_less_than_two() -> None:
    def stated(rule: str) -> str:
        head, _, rest = PLAIN.partition("[[rule]]")
        return f"{head}[[rule]]\n{rule}\n[[rule]]{rest}"

    police = read_policy(stated(
        'step = "verification"\ndoubt = true\ndue_minutes = 60\n'
        'signatures = [{ roles = ["verifying-officer"] }, { roles = ["lookout-officer"], agency = "KNPA" }]'
    ))  # fmt: skip
    one = read_policy(stated(
        'step = "verification"\ndoubt = true\ndue_minutes = 60\nsignatures = [{ roles = ["lookout-officer"] }]'
    ))  # fmt: skip

    asked = police.rule_for(Step.verification, [Category.witness], in_doubt=True)
    assert [place.words for place in asked.places] == ["verifying-officer", "lookout-officer of KNPA"]
    assert len(police.rule_for(Step.verification, []).places) == 1
    assert len(one.rule_for(Step.verification, [], in_doubt=True).places) == 2
    with pytest.raises(PolicyInvalid, match="knows no doubt"):
        read_policy(
            stated('step = "funding"\ndoubt = true\ndue_minutes = 6\nsignatures = [{ roles = ["coordinator"] }]')
        )
    only_in_doubt = PLAIN.replace('step = "verification"\ndue', 'step = "verification"\ndoubt = true\ndue')
    with pytest.raises(PolicyInvalid, match="verification has no rule"):
        read_policy(only_in_doubt)


def test_three_officers_suffice_until_an_identity_is_in_doubt_and_a_fourth_examines() -> None:
    policy = read_policy(PLAIN)

    assert not can_examine_in_doubt(policy, THREE)
    assert can_examine_in_doubt(policy, [*THREE, officer(4, Role.verifying_officer)])
    assert not can_examine_in_doubt(policy, [*THREE, officer(4, Role.verifying_officer, active=False)])
    assert not can_examine_in_doubt(policy, [*THREE[:2], officer(3, *Role), officer(4, Role.travel_officer)])
