from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.decision import canonical, digest_of, seen_code
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
