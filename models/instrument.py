"""
Which document the law allows, by facts, with the article: one table, read from the top; the first fitting row counts.

Sources: Passport Act (여권법), text of 28 March 2023; its Enforcement Decree (여권법 시행령), text of 27 June 2017. By
art. 14(3) of the Act, arts 7-10, 12 and 13 count for the travel certificate too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Instrument(StrEnum):
    """What kind of document the law allows."""

    travel_certificate = "travel_certificate"
    """여행증명서: a sheet that names the destination; machine-readable zone `PU`."""
    emergency_passport = "emergency_passport"
    """긴급여권: a sticker for a numbered booklet; machine-readable zone `PE`."""

    @property
    def words(self) -> str:
        """As an officer reads it."""
        return self.value.replace("_", " ")


class LegalGround(BaseModel):
    """The articles an instrument rests on, in both languages of the page."""

    model_config = ConfigDict(frozen=True)

    ko: str
    en: str


PRINTED_GROUNDS: dict[Instrument, LegalGround] = {
    Instrument.travel_certificate: LegalGround(ko="여권법 제14조", en="Passport Act art. 14"),
    Instrument.emergency_passport: LegalGround(ko="여권법 제4조제1항제4호", en="Passport Act art. 4(1)4"),
}
"""What the page states: the article of the instrument. Why this person gets it is for officers alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the choice of an instrument rests on."""

    deceased: bool = False
    minor_unrepresented: bool = False
    """A minor for whom nobody verified speaks."""
    passport_in_hand: bool = False
    """An ordinary passport that is valid, and that the person holds."""
    wanted: bool = False
    """Abroad, and indicted or under a warrant at home, or sought by a red notice."""
    deported: bool = False
    """The host country has ordered the person out."""
    booklet_in_stock: bool = False
    """The mission holds a booklet for an emergency passport."""


class Rule(StrEnum):
    """The rows of the table, by name."""

    deceased = "deceased"
    minor_unrepresented = "minor_unrepresented"
    passport_in_hand = "passport_in_hand"
    wanted = "wanted"
    deported = "deported"
    urgent_with_booklet = "urgent_with_booklet"
    urgent = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One row: what follows where it fits, and the articles that say so."""

    rule: Rule
    fits: Callable[[Circumstances], bool]
    instrument: Instrument | None
    """None: no document is issued on these facts, and `because` says what to do."""
    ground: LegalGround
    """As officers see it."""
    because: str


RULINGS: tuple[Ruling, ...] = (
    Ruling(
        rule=Rule.deceased,
        fits=lambda facts: facts.deceased,
        instrument=None,
        ground=LegalGround(ko="여권법 제13조제1항제1호", en="Passport Act art. 13(1)1"),
        because="nobody travels on a passenger's document who has died; end this journey with reject and other_means",
    ),
    Ruling(
        rule=Rule.minor_unrepresented,
        fits=lambda facts: facts.minor_unrepresented,
        instrument=None,
        ground=LegalGround(ko="여권법 제9조제4항, 제14조제3항", en="Passport Act art. 9(4), art. 14(3)"),
        because=(
            "a minor's document needs the consent of a legal representative; add and verify one with "
            "`homeward representative`, then go on"
        ),
    ),
    Ruling(
        rule=Rule.passport_in_hand,
        fits=lambda facts: facts.passport_in_hand,
        instrument=None,
        ground=LegalGround(ko="여권법 제2조, 제19조제2항", en="Passport Act art. 2 and 19(2)"),
        because=(
            "who holds a valid passport travels on it and needs no document; end this journey with reject and "
            "other_means, or take the note back with `homeward case correct` if the passport is gone"
        ),
    ),
    Ruling(
        rule=Rule.wanted,
        fits=lambda facts: facts.wanted,
        instrument=Instrument.travel_certificate,
        ground=LegalGround(ko="여권법 제12조제1항제1호, 제14조제1항", en="Passport Act art. 12(1)1 and 14(1)"),
        because="a passport may be refused to whom an authority at home seeks, so never an emergency passport",
    ),
    Ruling(
        rule=Rule.deported,
        fits=lambda facts: facts.deported,
        instrument=Instrument.travel_certificate,
        ground=LegalGround(ko="여권법 제14조제1항 (강제 퇴거)", en="Passport Act art. 14(1) (deported)"),
        because="the host country has ordered the person out",
    ),
    Ruling(
        rule=Rule.urgent_with_booklet,
        fits=lambda facts: facts.booklet_in_stock,
        instrument=Instrument.emergency_passport,
        ground=LegalGround(
            ko="여권법 제4조제1항제4호, 제4조제2항제2호, 제6조제1항제5호",
            en="Passport Act art. 4(1)4, 4(2)2 and 6(1)5",
        ),
        because="no passport in hand, no time for one, and the mission holds a booklet; a single journey",
    ),
    Ruling(
        rule=Rule.urgent,
        fits=lambda _: True,
        instrument=Instrument.travel_certificate,
        ground=LegalGround(
            ko="여권법 제14조, 같은 법 시행령 제16조제2호 (긴급 귀국)",
            en="Passport Act art. 14; Enforcement Decree art. 16(2) (urgent return)",
        ),
        because="no passport in hand, no time for one, and the mission holds no booklet",
    ),
)


def ruling_for(facts: Circumstances) -> Ruling:
    """
    Return the first ruling that fits the facts.

    >>> ruling_for(Circumstances(wanted=True, booklet_in_stock=True)).instrument.value
    'travel_certificate'
    """
    return next(ruling for ruling in RULINGS if ruling.fits(facts))


def ruling_of(rule: Rule) -> Ruling:
    """Return the row of a name."""
    return next(ruling for ruling in RULINGS if ruling.rule is rule)
