"""Whatever is done to the Resume form while it lies in the engine: what decides is what the officer saw and typed."""

import json
from collections.abc import Callable

import pytest

from models.case import Step
from models.decision import Outcome, ReasonCode, Reply
from models.message import AlarmKind
from tasks import alarms, decisions, engine, officers
from tasks.decisions.hearing import TOO_OFTEN
from tests.journeys.engine_hands import (
    RIGHT,
    call,
    decided,
    delete_inputs,
    fresh_officer,
    goes_on_by_the_right_decision,
    settles,
    shows_its_form,
    stands_at_verification,
)
from tests.journeys.story import Story

pytestmark = pytest.mark.usefixtures("impatient")


GARBAGE: dict[str, str] = {
    "a null byte": json.dumps({**RIGHT, "officer": "O-0\x002", "code": "12\x003456", "seen": "\x00"}),
    "half a surrogate pair": '{"officer": "\\ud800", "code": "\\udfff", "seen": "\\ud83d", "decision": "approve"}',
    "a list without end": "[" * 200_000,
    "objects in objects": '{"officer":' * 5_000 + "1" + "}" * 5_000,
    "five megabytes": json.dumps({**RIGHT, "officer": "O" * 5_000_000}),
    "a number of many digits": '{"officer": ' + "9" * 5_000 + "}",
    "not a number": '{"officer": NaN, "code": Infinity, "decision": "approve"}',
    "every type but text": json.dumps({"officer": {"O-02": 1}, "code": 123456, "seen": True, "decision": ["approve"]}),
    "the same key twice": '{"decision": "approve", "decision": "reject", "officer": "O-02", "officer": null}',
    "rare letters": json.dumps({**RIGHT, "officer": "Ｏ－０２", "code": "１２３４５６", "seen": "힣힣힣뷁쀍꿿"}),
    "letters from right to left": json.dumps({**RIGHT, "officer": "\u202e20-O", "code": "٠٠٠٠٠٠", "seen": "\u200b"}),
    "a query": json.dumps({**RIGHT, "officer": "O-02' OR '1'='1", "code": "'; DROP TABLE decision; --"}),
    "a word": '"approve"',
    "yes": "true",
    "null": "null",
    "nothing": "",
    "no JSON": "approve=1&officer=O-02",
    "an outcome of its own": json.dumps({**RIGHT, "decision": "cancel", "reason_code": "duplicate_case"}),
    "capitals": json.dumps({**RIGHT, "decision": "APPROVE", "officer": "o-02"}),
}


FATAL_ONCE = ("a null byte", "half a surrogate pair", "a list without end", "every type but text")
"""Each of these would end the run if it were not expected."""


@pytest.mark.parametrize("names", [FATAL_ONCE, pytest.param(tuple(GARBAGE), marks=pytest.mark.long)], ids=len)
def test_whatever_is_planted_as_an_answer_is_asked_again(
    asked: Story, subtests: pytest.Subtests, names: tuple[str, ...]
) -> None:
    for name in names:
        value = GARBAGE[name]
        with subtests.test(name):
            told = len(asked.timeline())
            key = f"suspended-{asked.question().key}-response"

            call("POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": value}).raise_for_status()
            call("POST", f"/flow_runs/{asked.run_id}/resume", {}).raise_for_status()
            settles(asked)

            assert "Resumed without a valid decision" in asked.timeline()[-1]
            stands_at_verification(asked, told_before=told)
            assert call("GET", f"/flow_runs/{asked.run_id}/input/{key}").status_code == 404
    assert {alarm.kind for alarm in alarms.standing()} == {AlarmKind.resumed_without_answer}
    goes_on_by_the_right_decision(asked)


@pytest.mark.long
@pytest.mark.parametrize("field", ["officer", "code", "seen", "decision", "reason_code", "to_stage"])
def test_odd_text_in_a_field_of_the_form_is_asked_again(asked: Story, field: str) -> None:
    for odd in ("\x00", "\ud800", "힣" * 3000):
        typed = json.dumps({**RIGHT, "officer": fresh_officer(), "code": "123456", "seen": asked.seen(), field: odd})
        key = f"suspended-{asked.question().key}-response"
        call("POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": typed}).raise_for_status()
        engine.start_again(asked.newest_run())
        settles(asked)
        stands_at_verification(asked, told_before=0)


def test_an_answer_already_there_cannot_be_written_over(asked: Story) -> None:
    key = f"suspended-{asked.question().key}-response"
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()

    forged = call("POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": json.dumps({"decision": "reject"})})
    settles(asked)

    assert forged.status_code == 409
    assert asked.waits_at() is Step.authorise


def test_an_answer_deleted_before_it_was_heard_is_asked_for_again(asked: Story) -> None:
    key = f"suspended-{asked.question().key}-response"
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    call("DELETE", f"/flow_runs/{asked.run_id}/input/{key}").raise_for_status()
    told = len(asked.timeline())

    settles(asked)

    stands_at_verification(asked, told_before=told)
    goes_on_by_the_right_decision(asked)


ALTERED: dict[str, dict[str, str]] = {
    "a reason": {"reason_code": "corrected"},
    "a rejection": {"decision": "reject", "reason_code": "not_a_citizen"},
    "a question": {"decision": "ask", "reason_code": "evidence_missing"},
    "a return": {"decision": "return", "reason_code": "wrong_details"},
}


def test_an_answer_put_in_the_place_of_an_officers_own_is_not_taken(asked: Story, subtests: pytest.Subtests) -> None:
    for name, altered in ALTERED.items():
        for letters_of in ("the officer's answer", "the insider's evidence"):
            with subtests.test(f"{name}, {letters_of}"):
                officer, key = fresh_officer(), f"suspended-{asked.question().key}-response"
                typed = {
                    **RIGHT,
                    "officer": officer,
                    "code": officers.drill_code(officer),
                    "seen": asked.letters(officer),
                }
                call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
                call("DELETE", f"/flow_runs/{asked.run_id}/input/{key}").raise_for_status()
                planted = {**typed, **altered}
                if letters_of == "the insider's evidence":
                    # Whoever may look at the case has letters, but other ones.
                    reply = Reply(Outcome(planted["decision"]), ReasonCode(planted["reason_code"]))
                    planted["seen"] = asked.evidence().letters[reply]
                call(
                    "POST", f"/flow_runs/{asked.run_id}/input", {"key": key, "value": json.dumps(planted)}
                ).raise_for_status()
                told = len(asked.timeline())

                settles(asked)

                stands_at_verification(asked, told_before=told)
                assert "letters do not belong to this answer" in (asked.question().note or "")
    goes_on_by_the_right_decision(asked)


def test_the_letters_of_an_earlier_question_are_of_no_use(asked: Story) -> None:
    officer = fresh_officer()
    before = asked.letters(officer)
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": {}}).raise_for_status()
    settles(asked)
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": before}
    told = len(asked.timeline())

    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    settles(asked)

    stands_at_verification(asked, told_before=told)


def exchange_text(story: Story) -> None:
    """Store a text that leads to another page in place of the question's."""
    key = engine.description_key(story.question().key)
    stored = json.loads(call("GET", f"/flow_runs/{story.run_id}/input/{key}").text)
    delete_inputs(story, key)
    forged = json.dumps(stored.replace("desk.test", "desk.example"))
    assert "desk.example" in forged
    call("POST", f"/flow_runs/{story.run_id}/input", {"key": key, "value": forged}).raise_for_status()


def exchange_fields(story: Story) -> None:
    """Store fields that ask for a password too."""
    schema = json.loads(call("GET", f"/flow_runs/{story.run_id}/input/{engine.SCHEMA_KEY}").text)
    schema["properties"]["password"] = {"type": "string", "title": "Password", "default": ""}
    delete_inputs(story, engine.SCHEMA_KEY)
    forged = {"key": engine.SCHEMA_KEY, "value": json.dumps(schema)}
    call("POST", f"/flow_runs/{story.run_id}/input", forged).raise_for_status()


def point_elsewhere(story: Story, part: str) -> None:
    """Force a suspension that shows another text, or other fields, under our key."""
    asking = story.question()
    call("POST", f"/flow_runs/{story.run_id}/input", {"key": "mine", "value": '"words"'})
    details = {
        "pause_key": asking.key, "pause_reschedule": True,
        "run_input_keyset": {**engine.keyset_of(asking.key), part: "mine"},
    }  # fmt: skip
    state = {"type": "PAUSED", "name": "Suspended", "state_details": details}
    call("POST", f"/flow_runs/{story.run_id}/set_state", {"state": state, "force": True}).raise_for_status()


EXCHANGES: dict[str, Callable[[Story], None]] = {
    "its text": exchange_text,
    "its fields": exchange_fields,
    "the place of its text": lambda story: point_elsewhere(story, "description"),
    "the place of its fields": lambda story: point_elsewhere(story, "schema"),
}


@pytest.mark.parametrize("what", EXCHANGES)
def test_a_form_of_which_something_was_exchanged_is_made_anew_and_alarmed(asked: Story, what: str) -> None:
    assert shows_its_form(asked)
    before, told = asked.question(), len(asked.timeline())

    EXCHANGES[what](asked)
    settles(asked)

    assert asked.question().id != before.id
    stands_at_verification(asked, told_before=told)
    assert shows_its_form(asked)
    assert AlarmKind.form_lost in {alarm.kind for alarm in alarms.standing()}
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    settles(asked)
    assert asked.waits_at() is Step.authorise


def test_answers_in_an_officers_name_that_are_never_taken_are_alarmed(asked: Story) -> None:
    officer = fresh_officer()
    for times in range(1, TOO_OFTEN + 1):
        call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": {"officer": officer}}).raise_for_status()
        settles(asked)
        kinds = [alarm.kind for alarm in alarms.standing()]
        assert kinds == [AlarmKind.resumed_without_answer] * (times >= TOO_OFTEN), times


def test_a_form_that_lost_its_text_or_its_fields_is_made_anew(asked: Story, subtests: pytest.Subtests) -> None:
    for parts in (("text",), ("fields",), ("text", "fields")):
        with subtests.test(" and ".join(parts)):
            question, told = asked.question(), len(asked.timeline())
            keys = {"text": f"suspended-{question.key}-description", "fields": engine.SCHEMA_KEY}
            delete_inputs(asked, *(keys[part] for part in parts))

            settles(asked)

            assert "The form in the engine was gone or changed, which decides nothing; it was asked anew." in (
                asked.timeline()
            )
            stands_at_verification(asked, told_before=told)
            assert shows_its_form(asked)
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    settles(asked)
    assert asked.waits_at() is Step.authorise


def test_who_answers_the_form_after_somebody_decided_is_told(asked: Story) -> None:
    first, second = asked.answer(), fresh_officer()
    typed = {**RIGHT, "officer": second, "code": officers.drill_code(second), "seen": asked.letters(second)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()
    decisions.record(asked.reference, "verification", first)

    settles(asked)

    assert "An answer in the Resume form came after the question was closed; it was not taken." in asked.timeline()
    assert decided(Step.verification) == 1
    assert asked.waits_at() is Step.authorise


def test_an_answer_heard_twice_because_a_process_died_is_one_decision_and_no_complaint(
    asked: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = fresh_officer()
    typed = {**RIGHT, "officer": officer, "code": officers.drill_code(officer), "seen": asked.letters(officer)}
    call("POST", f"/flow_runs/{asked.run_id}/resume", {"run_input": typed}).raise_for_status()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(engine, "forget_reply", killed)
        with pytest.raises(KeyboardInterrupt):
            asked.goes_on()
    settles(asked)

    assert asked.waits_at() is Step.authorise
    assert decided(Step.verification) == 1
    assert not [words for words in asked.timeline() if "not taken" in words]
