"""The papers of a synthetic person's pack, plain and long."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pendulum

from models.person import Sex, Wish
from tasks.papers import (
    declaration,
    escort_order,
    exit_request,
    fit_to_fly,
    handoff_sheet,
    mortal_remains,
    undertaking_to_repay,
)
from tasks.papers.declaration import DeclarationContent
from tasks.papers.escort_order import EscortOrderContent
from tasks.papers.exit_request import ExitRequestContent, Item
from tasks.papers.fit_to_fly import FitToFlyContent
from tasks.papers.handoff_sheet import HandoffSheetContent
from tasks.papers.mortal_remains import MortalRemainsContent
from tasks.papers.undertaking_to_repay import UndertakingContent
from tasks.papers.words import Words
from tests.papers.contents import LONG_GIVEN, LONG_HANGUL, LONG_SURNAME, MADE_AT, connecting, direct, rendered

_LETTER: dict[str, Any] = {
    "reference": "KHM-2026-0042", "name_hangul": "홍길동", "name_latin": "HONG GIL-DONG",
    "authority_ko": "주캄보디아 대한민국 대사관", "authority_en": "Embassy of the Republic of Korea in Cambodia",
    "phone": "+855 23 211 900", "moment": MADE_AT, "local_zone": "Asia/Phnom_Penh", "specimen": False,
}  # fmt: skip
_LONG: dict[str, Any] = {
    "reference": "KHM-2026-004217",
    "name_hangul": LONG_HANGUL,
    "name_latin": f"{LONG_SURNAME} {LONG_GIVEN}".upper(),
}
_PERSON: dict[str, Any] = {"sex": Sex.male, "born_on": pendulum.date(1998, 3, 14), "nationality": "KOR"}
_ITEMS = (
    Item(Words("출국 허가서", "Exit permit"), Words("허가됨", "granted"), "EP-2026-77120", "2026-12-07 23:59 (UTC+7)"),
    Item(Words("인도 명령", "Release order"), Words("요청함", "asked")),
    Item(Words("출국 명령", "Deportation order"), Words("아직 없음", "not on record")),
    Item(Words("재입국 금지", "Entry ban"), Words("아직 없음", "not on record")),
)


def plain_exit_request(**changes: object) -> ExitRequestContent:
    """Return the request for somebody whose permission to stay has ended."""
    facts = _LETTER | _PERSON | {
        "document_number": "R41234567", "route": direct(), "stay_ended_on": pendulum.date(2026, 11, 23),
        "fine": "USD 120.00", "items": _ITEMS,
    }  # fmt: skip
    return ExitRequestContent(**(facts | changes))


def long_exit_request(**changes: object) -> ExitRequestContent:
    """Return a request with long names and three flights."""
    return plain_exit_request(**(_LONG | {"route": connecting(3)} | changes))


def plain_declaration(**changes: object) -> DeclarationContent:
    """Return the declaration of somebody who wishes to return."""
    facts = _LETTER | {
        "wish": Wish.return_home, "language": "ko", "reader": "O-07", "interpreter": None, "declared_at": MADE_AT,
        "by_representative": False,
    }  # fmt: skip
    return DeclarationContent(**(facts | changes))


def long_declaration(**changes: object) -> DeclarationContent:
    """Return a declaration through an interpreter, by a representative."""
    facts = {"interpreter": "공관 통역 / interpreter of the mission, by telephone", "by_representative": True}
    return plain_declaration(**(_LONG | facts | changes))


def plain_escort_order(**changes: object) -> EscortOrderContent:
    """Return an escort order."""
    facts = _LETTER | {
        "document_number": "R41234567", "route": direct(), "record_locator": "X7K2PQ",
        "receiver": "incheon-airport-desk",
    }  # fmt: skip
    return EscortOrderContent(**(facts | changes))


def long_escort_order(**changes: object) -> EscortOrderContent:
    """Return an escort order over three flights."""
    return plain_escort_order(**(_LONG | {"route": connecting(3), "document_number": None} | changes))


def plain_fit_to_fly(**changes: object) -> FitToFlyContent:
    """Return the form of somebody whom a doctor has cleared."""
    facts = _LETTER | _PERSON | {
        "document_number": "R41234567", "route": direct(), "airline_wants_it_by": MADE_AT, "fit": True,
        "examined_by": "Calmette Hospital", "valid_until": MADE_AT.add(hours=72),
    }  # fmt: skip
    return FitToFlyContent(**(facts | changes))


def long_fit_to_fly(**changes: object) -> FitToFlyContent:
    """Return the form of somebody nobody has examined yet."""
    facts = {"route": connecting(2), "fit": None, "examined_by": "", "valid_until": None, "airline_wants_it_by": None}
    return plain_fit_to_fly(**(_LONG | facts | changes))


def plain_handoff_sheet(**changes: object) -> HandoffSheetContent:
    """Return the sheet for a receiver."""
    facts = _LETTER | {
        "receiver": "incheon-airport-desk", "flight_number": "KE690", "arrives_at": MADE_AT.add(hours=17),
        "place": "ICN Incheon International Airport", "document_number": "R41234567", "care": (), "goes_with": None,
    }  # fmt: skip
    return HandoffSheetContent(**(facts | changes))


def long_handoff_sheet(**changes: object) -> HandoffSheetContent:
    """Return a sheet with all care there is."""
    facts = {
        "care": (
            Words("의료 지원", "medical care"),
            Words("보호자 또는 아동 기관에 인도", "to a guardian or a child agency"),
        ),
        "goes_with": "홍모친, parent; O-02: family_register",
    }  # fmt: skip
    return plain_handoff_sheet(**(_LONG | facts | changes))


def plain_undertaking(**changes: object) -> UndertakingContent:
    """Return an undertaking."""
    return UndertakingContent(**(_LETTER | {"fare": "USD 412.30", "waived": False} | changes))


def long_undertaking(**changes: object) -> UndertakingContent:
    """Return an undertaking under which nothing is repaid."""
    return plain_undertaking(**(_LONG | {"fare": "KRW 1,000,000,000,000", "waived": True} | changes))


def plain_mortal_remains(**changes: object) -> MortalRemainsContent:
    """Return the papers of somebody who has died."""
    facts = _LETTER | _PERSON | {"place": "Calmette Hospital, Phnom Penh", "keeper": "Provincial police"}
    return MortalRemainsContent(**(facts | changes))


def long_mortal_remains(**changes: object) -> MortalRemainsContent:
    """Return the papers of somebody of whom little is known."""
    facts = {"sex": None, "born_on": None, "nationality": None, "place": "ព្រះសីហនុ / Preah Sihanouk " * 3}
    return plain_mortal_remains(**(_LONG | facts | changes))


PACK: dict[str, Callable[..., bytes]] = {
    f"{kind} {paper}": partial(rendered, module, factory)
    for paper, module, plain, long in (
        ("exit request", exit_request, plain_exit_request, long_exit_request),
        ("declaration", declaration, plain_declaration, long_declaration),
        ("escort order", escort_order, plain_escort_order, long_escort_order),
        ("fit to fly", fit_to_fly, plain_fit_to_fly, long_fit_to_fly),
        ("handoff sheet", handoff_sheet, plain_handoff_sheet, long_handoff_sheet),
        ("undertaking", undertaking_to_repay, plain_undertaking, long_undertaking),
        ("mortal remains", mortal_remains, plain_mortal_remains, long_mortal_remains),
    )
    for kind, factory in (("plain", plain), ("long", long))
}
"""Every paper of the pack, each with plain and with long facts."""
