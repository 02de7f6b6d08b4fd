import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Stage, Step
from models.decision import (
    Answer,
    Door,
    Outcome,
    ReasonCode,
    Reply,
    canonical,
    digest_of,
    reply_letters,
    seen_code,
)
from models.judgement import refused_words, replies_to
from models.officer import LOCKED_AFTER, lock_for

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_the_same_facts_in_any_order_have_the_same_digest(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))

    assert digest_of(turned) == digest_of(content)


def test_a_name_typed_in_jamo_or_in_syllables_is_the_same_name() -> None:
    assert canonical({"name": "김"}) == canonical({"name": "김"})


@given(st.text(), st.text())
def test_two_digests_have_two_seen_codes_of_six_plain_letters(one: str, other: str) -> None:
    first, second = seen_code(digest_of({"x": one})), seen_code(digest_of({"x": other}))

    assert len(first) == 6
    assert not set(first) & set("AEIOUY0123456789")
    assert (first == second) == (digest_of({"x": one}) == digest_of({"x": other}))


def test_waiting_after_wrong_answers_begins_at_the_fifth_and_grows_to_an_hour() -> None:
    assert not lock_for(LOCKED_AFTER - 1)
    assert lock_for(LOCKED_AFTER).in_minutes() == 1
    assert lock_for(LOCKED_AFTER + 3).in_minutes() == 8
    assert lock_for(LOCKED_AFTER + 40).in_hours() == 1


def test_the_letters_of_a_reply_fit_no_other_reply_hand_question_or_case() -> None:
    said: dict[str, Any] = {"asking_id": UUID(int=1), "digest": "00" * 32, "officer": "O-07"}
    reply = Reply(Outcome.return_, ReasonCode.wrong_route)
    own = reply_letters("key", reply, **said)

    others = [
        reply_letters("another", reply, **said),
        reply_letters("key", reply, **{**said, "asking_id": UUID(int=2)}),
        reply_letters("key", reply, **{**said, "digest": "01" * 32}),
        reply_letters("key", reply, **{**said, "officer": "O-08"}),
        reply_letters("key", Reply(Outcome.return_, ReasonCode.wrong_cost), **said),
        reply_letters("key", Reply(Outcome.return_, ReasonCode.wrong_route, Stage.booking), **said),
        reply_letters("key", Reply(Outcome.approve, ReasonCode.in_order), **said),
    ]

    assert len({own, *others}) == 1 + len(others)
    assert re.fullmatch("[B-DF-HJ-NP-TV-XZ]{6}", own)


@pytest.mark.parametrize("step", list(Step))
def test_every_reply_the_form_offers_fits_the_question(step: Step) -> None:
    for reply in replies_to(step):
        stage = reply.to_stage.value if reply.to_stage else None
        typed = Answer(
            officer="O-07", code="", seen="", outcome=reply.outcome.value, reason_code=reply.reason_code.value,
            door=Door.resume_form, to_stage=stage,
        )  # fmt: skip
        assert refused_words(typed, step) is None
