"""A travel document that does not fit its page: whoever runs the case is told what to change, and no name."""

import pytest

from tasks.calls import described
from tasks.papers.travel_document import TravelDocumentContent
from tasks.paperwork.travel_document import drawn
from tasks.trouble import NeedsPerson
from tests.papers.contents import connecting, long_travel_document, plain_emergency_passport, plain_travel_document

ENDLESS = " ".join(["WOLFESCHLEGELSTEINHAUSEN"] * 9)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (long_travel_document(itinerary=connecting(4)), "journey_too_long", "book a journey of fewer flights"),
        (plain_travel_document(given_latin=ENDLESS), "names_too_long", "have the registry state them shortened"),
        (plain_emergency_passport(given_latin=ENDLESS), "names_too_long", "have the registry state them shortened"),
        (plain_travel_document(surname_latin="홍"), "not_latin", "the spelling of the passport record"),
        (plain_travel_document(surname_hangul="\U00020000"), "undrawable", "a character that the travel document"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_page_is_one_sentence_that_says_what_to_do(
    content: TravelDocumentContent, code: str, words: str
) -> None:
    with pytest.raises(NeedsPerson, match=words) as refused:
        drawn(content)

    assert refused.value.code == code
    assert described(refused.value)[1].endswith("then go on.")
    assert "WOLFE" not in str(refused.value)
    assert refused.value.__suppress_context__, "the fault's own words would go on with it"
