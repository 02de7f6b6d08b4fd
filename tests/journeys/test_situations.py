"""One person in each situation: who signs, who sees what, into whose hands, and where the journey stops."""

from typing import Any

import pytest
from sqlmodel import select

from models.case import CaseStatus, Step, Trouble
from models.category import Change
from models.decision import Outcome, ReasonCode
from models.intent import Act, Intent
from models.officer import Role
from models.person import Category, CategoryReason, Language, Wish
from models.representation import GUARDIAN, Incapacity, Interest, Relation
from models.screening import Finding, Ground
from tasks import case_file, categories, corrections, decisions, doorbell, officers, representation, screening
from tasks.clock import now
from tests.journeys.story import Story, a_person

SIGNS = ("deceived_job", "passport_taken", "electric_shock")
TELLING = ("victim", "suspect", "minor", "child", "guardian", "patient", "died", "deceased", "police", "screen")
"""Words that would tell the engine what a person is."""


def is_screened(story: Story, *signs: str) -> Finding:
    """The screening officer asks, through an interpreter."""
    return screening.record(
        story.reference, indicators=signs, language=Language.korean, interpreter="interpreter", screened_at=now(),
        officer=story.officer(Role.screening_officer),
    )  # fmt: skip


def evidence(story: Story) -> str:
    """What the decider reads, as text."""
    return "\n".join(f"{c}: {v}" for _, lines in story.evidence().sections for c, v in lines)


def told_in_the_open(story: Story) -> str:
    """What the engine, or anybody who may open the case, could read of every trouble and in the timeline."""
    with case_file.transaction() as session:
        troubles = session.exec(select(Trouble).where(Trouble.reference == story.reference)).all()
        return " ".join([*story.timeline(), *(f"{each.code} {each.words}" for each in troubles)]).lower()


def assert_discreet(story: Story) -> None:
    found = [word for word in TELLING if word in told_in_the_open(story)]
    assert found == [], told_in_the_open(story)


def held(story: Story) -> list[Category]:
    with case_file.transaction() as session:
        return case_file.categories(session, case_file.load(session, story.reference).person_id)


def changes_receiver(story: Story, agency: str) -> None:
    corrections.choose_receiver(story.reference, agency=agency, officer=story.coordinator)


def test_a_victim_is_screened_presumed_confirmed_and_home_and_finance_sees_none_of_it(story: Story) -> None:
    story.opens(categories=())
    story.begins()
    assert "State: NOT SCREENED" in evidence(story)

    before = story.seen()
    assert is_screened(story, *SIGNS) is Finding.presumed

    story.goes_on()
    assert held(story) == [Category.presumed_victim]
    assert story.seen() != before, "what was proposed before the interview is not what is decided now"
    assert "presumed victim of trafficking, on reasonable grounds" in evidence(story)
    second = officers.add(name="Second", agency="MOGEF", roles=[Role.screening_officer], by="test").officer
    screening.conclude(story.reference, finding=Finding.confirmed, ground=Ground.evidence_seen, officer=second)
    assert held(story) == [Category.presumed_victim, Category.confirmed_victim]
    story.goes_on()
    story.comes_to(Step.funding)
    assert not any(word in evidence(story).lower() for word in TELLING)
    story.comes_home()
    assert_discreet(story)


def test_a_detained_person_nobody_knows_more_about_is_asked_and_not_labelled(story: Story) -> None:
    story.opens(categories=())

    assert is_screened(story, "travel_arranged", "debts_before") is Finding.none

    assert held(story) == []
    story.begins()
    assert "no grounds found so far" in evidence(story)
    story.comes_home()


def test_a_warrant_is_executed_although_the_person_refuses_and_the_refusal_is_shown(story: Story) -> None:
    story.opens(a_person(lookout="arrest_warrant"), categories=(Category.suspect,))
    story.begins()
    assert story.waits_at() is Step.lookout
    assert "State: NOT SCREENED" in evidence(story)
    story.decides()

    story.declares(Wish.refuse)

    story.goes_on()
    assert story.waits_at() is Step.verification
    assert "refuse, read in ko by interpreter" in evidence(story)
    assert "a warrant is executed without it" in evidence(story)
    story.decides()
    assert story.waits_at() is Step.authorise


@pytest.mark.parametrize("before", ["the lists are asked", "the hit is routed"])
def test_a_refusal_before_a_warrant_is_routed_neither_stops_nor_is_lost(story: Story, before: str) -> None:
    story.opens(a_person(lookout="arrest_warrant"), categories=())
    if before == "the lists are asked":
        story.declares(Wish.refuse)
        story.begins()
    else:
        story.begins()
        story.declares(Wish.refuse)

    story.decides()

    assert story.waits_at() is Step.verification
    assert "refuse, read in ko" in evidence(story)


def test_without_a_warrant_the_word_of_a_suspect_stops_the_journey(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    story.begins()

    story.declares(Wish.refuse)

    story.goes_on()
    assert story.waits_at() is Step.help


def test_a_suspect_is_screened_before_the_police_receive_them(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    changes_receiver(story, "incheon-airport-police")
    story.begins()
    while story.waits_at() is not Step.help:
        assert story.waits_at() is not Step.release, "the sheet was about to be released to nobody ready"
        story.decides()
    assert "A suspect is screened before the police receive them" in evidence(story)
    assert_discreet(story)

    is_screened(story)

    story.decides()
    story.comes_home()


def test_a_memo_goes_with_a_suspect_who_was_found_a_victim_to_those_who_need_it_alone(story: Story) -> None:
    story.opens(a_person(lookout="arrest_warrant"), categories=(Category.suspect,))
    changes_receiver(story, "incheon-airport-police")
    is_screened(story, *SIGNS)
    story.begins()
    seen: dict[Step, str] = {}
    while (step := story.waits_at()) is not None:
        assert step is not Step.help, story.timeline()
        seen[step] = evidence(story)
        story.decides()

    with_memo = {step for step, text in seen.items() if "Non-punishment" in text}
    assert with_memo == {Step.lookout, Step.handoff}
    assert "Were you given electric shocks? Yes. (strong)" in seen[Step.handoff]
    for step in (Step.booking, Step.funding, Step.release):
        assert not any(word in seen[step].lower() for word in ("victim", "trafficking", "shock")), step


def test_a_memo_does_not_go_to_a_receiver_that_is_not_the_police(story: Story) -> None:
    story.opens(categories=(Category.suspect,))
    is_screened(story, *SIGNS)
    story.begins()

    story.comes_to(Step.handoff)

    assert "Non-punishment" not in evidence(story)


def test_a_child_goes_home_with_a_verified_guardian_who_signed(story: Story) -> None:
    story.opens(a_person(child=True), categories=(), declared=False)
    assert held(story) == [Category.minor]
    with pytest.raises(case_file.Refused, match="their representative does"):
        story.declares(Wish.return_home)
    mother = story.has_a_representative(Incapacity.minor)
    story.declares(Wish.return_home, representative=mother)
    story.begins()
    assert "said by the representative" in evidence(story)
    while story.waits_at() is not Step.help:
        assert story.waits_at() is not Step.release
        story.decides()
    said = evidence(story)
    assert "A minor's best interest was not examined" in said
    assert "A minor goes to a child agency or to verified-guardian only" in said
    assert_discreet(story)

    changes_receiver(story, GUARDIAN)
    representation.examine_interest(
        story.reference, interest=Interest.return_home, reasons="R", officer=story.officer(Role.verifying_officer)
    )
    story.decides()

    story.comes_to(Step.handoff)
    assert "Goes with: 홍모친, parent" in evidence(story)
    story.comes_home()


def test_a_childs_own_no_stops_a_journey_that_their_guardian_wishes(story: Story) -> None:
    story.opens(a_person(child=True), categories=(), declared=False)
    story.declares(Wish.return_home, representative=story.has_a_representative(Incapacity.minor))
    story.begins()
    assert story.waits_at() is Step.verification

    story.declares(Wish.refuse)
    doorbell.wake(story.reference)
    story.goes_on()

    assert story.waits_at() is Step.help
    with pytest.raises(decisions.AnswerRefused, match="last word is not to return"):
        decisions.record(story.reference, "help", story.answer(Outcome.approve, ReasonCode.try_again))


def test_a_child_is_not_returned_against_their_best_interest_whoever_receives(story: Story) -> None:
    story.opens(a_person(child=True), categories=(), declared=False)
    story.declares(Wish.return_home, representative=story.has_a_representative(Incapacity.minor))
    changes_receiver(story, "child-protection-agency")
    representation.examine_interest(
        story.reference, interest=Interest.stay_for_now, reasons="R", officer=story.officer(Role.verifying_officer)
    )
    story.begins()

    while story.waits_at() is not Step.help:
        story.decides()

    assert "not to be in the minor's best interest" in evidence(story)
    story.decides()
    assert story.waits_at() is Step.help, "a coordinator's word alone does not send the child"


def test_a_registry_that_knows_a_child_makes_one_of_whom_the_field_took_for_grown_up(story: Story) -> None:
    child = a_person(child=True)
    story.opens(child, categories=(), birth_date="1999")
    assert held(story) == []
    story.has_a_representative(Incapacity.minor)
    story.begins()

    # A year of birth that is not the registry's is a doubt: two examine.
    story.decides()
    story.decides()

    assert held(story) == [Category.minor]
    story.comes_to(Step.booking)
    assert "UMNR" in evidence(story)


def test_somebody_who_cannot_understand_is_spoken_for_and_the_carrier_is_told_of_a_patient(story: Story) -> None:
    story.opens(categories=(Category.patient,), declared=False)
    proxy = story.has_a_representative(Incapacity.cannot_understand, Relation.spouse)
    with pytest.raises(case_file.Refused, match="cannot_understand"):
        story.declares(Wish.return_home)
    story.declares(Wish.return_home, representative=proxy)
    story.begins()

    story.comes_to(Step.booking)

    assert "MEDA" in evidence(story)
    story.comes_to(Step.handoff)
    assert "Needs: patient" in evidence(story)


def test_the_dead_are_asked_nothing_and_booked_on_no_seat(story: Story) -> None:
    story.opens(categories=(Category.deceased,), declared=False)
    with pytest.raises(case_file.Refused, match="deceased"):
        story.declares(Wish.return_home)
    story.declares(Wish.return_home, representative=story.has_a_representative(Incapacity.deceased))
    story.begins()
    assert story.waits_at() is Step.verification
    story.decides()

    assert story.waits_at() is Step.help
    assert "laissez-passer" in evidence(story)
    assert story.live_orders() == 0
    assert_discreet(story)
    story.decides(Outcome.reject, ReasonCode.other_means)
    assert story.status() is CaseStatus.cancelled


def test_whoever_dies_on_the_way_is_not_paid_a_seat_for(story: Story) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.funding)
    categories.change(
        story.reference, Change.add, Category.deceased, reason=CategoryReason.death_certified,
        officer=story.officer(Role.coordinator),
    )  # fmt: skip

    story.decides()

    assert story.waits_at() is Step.help
    assert "The person has died" in evidence(story)
    with case_file.transaction() as session:
        assert session.exec(select(Intent).where(Intent.act == Act.pay_order)).all() == []
    assert_discreet(story)
    story.decides(Outcome.reject, ReasonCode.other_means)
    assert (story.status(), story.live_orders()) == (CaseStatus.cancelled, 0)


@pytest.mark.parametrize("change", ["screening", "category"])
def test_what_becomes_known_while_a_question_waits_asks_it_anew(story: Story, change: str) -> None:
    story.opens(categories=())
    story.begins()
    question: Any = story.question()

    if change == "screening":
        is_screened(story, *SIGNS)
    else:
        categories.change(
            story.reference, Change.add, Category.suspect, reason=CategoryReason.authority_told,
            officer=story.officer(Role.lookout_officer),
        )  # fmt: skip

    with case_file.transaction() as session:
        assert decisions.open_asking(session, story.reference) is None
    story.goes_on()
    assert story.question().id != question.id
