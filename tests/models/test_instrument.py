"""The law as a table: travel documents, test 19."""

import pytest

from models.instrument import PRINTED_GROUNDS, RULINGS, Circumstances, Instrument, Rule, ruling_for, ruling_of

SHEET, PASSPORT = Instrument.travel_certificate, Instrument.emergency_passport


@pytest.mark.parametrize(
    ("facts", "rule", "instrument", "article"),
    [
        ({}, Rule.urgent, SHEET, "Enforcement Decree art. 16(2)"),
        ({"booklet_in_stock": True}, Rule.urgent_with_booklet, PASSPORT, "art. 4(1)4"),
        ({"wanted": True}, Rule.wanted, SHEET, "art. 12(1)1"),
        ({"wanted": True, "booklet_in_stock": True}, Rule.wanted, SHEET, "art. 12(1)1"),
        ({"deported": True, "booklet_in_stock": True}, Rule.deported, SHEET, "art. 14(1)"),
        ({"wanted": True, "deported": True}, Rule.wanted, SHEET, "art. 12(1)1"),
        ({"minor_unrepresented": True, "booklet_in_stock": True}, Rule.minor_unrepresented, None, "art. 9(4)"),
        ({"passport_in_hand": True, "booklet_in_stock": True}, Rule.passport_in_hand, None, "19(2)"),
        ({"passport_in_hand": True, "wanted": True}, Rule.passport_in_hand, None, "19(2)"),
        ({"deceased": True, "booklet_in_stock": True}, Rule.deceased, None, "art. 13(1)1"),
        ({"deceased": True, "passport_in_hand": True, "minor_unrepresented": True}, Rule.deceased, None, "art. 13(1)1"),
    ],
)
def test_the_facts_lead_to_an_instrument_and_its_article(
    facts: dict[str, bool], rule: Rule, instrument: Instrument | None, article: str
) -> None:
    found = ruling_for(Circumstances(**facts))

    assert (found.rule, found.instrument) == (rule, instrument)
    assert article in found.ground.en
    assert "제" in found.ground.ko


def test_no_combination_of_facts_gives_a_wanted_person_a_passport() -> None:
    names = ("deceased", "minor_unrepresented", "passport_in_hand", "deported", "booklet_in_stock")
    for bits in range(2 ** len(names)):
        facts = {name: bool(bits >> place & 1) for place, name in enumerate(names)}

        found = ruling_for(Circumstances(wanted=True, **facts))

        assert found.instrument is not PASSPORT


def test_every_row_has_a_name_of_its_own_an_article_and_a_reason_and_the_last_fits_everybody() -> None:
    assert [ruling.rule for ruling in RULINGS] == list(Rule)
    assert all(ruling_of(rule).rule is rule for rule in Rule)
    assert all(ruling.because and ruling.ground.ko and "art." in ruling.ground.en for ruling in RULINGS)
    assert RULINGS[-1].fits(Circumstances())


def test_what_is_printed_is_the_same_for_everybody_with_the_instrument() -> None:
    # Papers of victims and of suspects are alike.
    assert PRINTED_GROUNDS.keys() == set(Instrument)
    assert "12" not in PRINTED_GROUNDS[SHEET].en
