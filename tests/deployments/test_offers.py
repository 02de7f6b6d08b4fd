"""Offers: each subject once at a time, in order, and nothing heard meanwhile is lost."""

from uuid import uuid4

from deployments.worker.offers import Offer, Offers


def test_offers_beyond_the_limit_wait_in_order() -> None:
    offers = Offers(limit=2)
    for reference in ("KHM-2026-0001", "KHM-2026-0002", "KHM-2026-0003"):
        offers.add(Offer(reference=reference))

    first, second, third = offers.next(), offers.next(), offers.next()

    assert first is not None
    assert second is not None
    assert (first.reference, second.reference, third) == ("KHM-2026-0001", "KHM-2026-0002", None)
    offers.done(first)
    assert offers.next() == Offer(reference="KHM-2026-0003")


def test_a_case_worked_on_comes_up_again_after() -> None:
    offers = Offers(limit=2)
    offer = Offer(reference="KHM-2026-0001")
    offers.add(offer)
    assert offers.next() == offer

    offers.add(offer)
    offers.add(offer)

    assert offers.next() is None
    offers.done(offer)
    assert offers.next() == offer
    offers.done(offer)
    assert offers.next() is None


def test_two_runs_of_a_case_are_both_looked_at_one_after_the_other() -> None:
    offers = Offers(limit=2)
    first, second = (Offer(uuid4(), "KHM-2026-0001") for _ in range(2))
    offers.add(first)
    offers.add(second)

    assert offers.next() == first
    assert offers.next() is None
    offers.done(first)
    assert offers.next() == second


def test_that_a_run_has_ended_is_not_forgotten_when_the_case_is_announced_too() -> None:
    offers = Offers(limit=1)
    offers.add(Offer(reference="KHM-2026-0001", has_ended=True))
    offers.add(Offer(reference="KHM-2026-0001"))

    taken = offers.next()

    assert taken is not None
    assert taken.has_ended
