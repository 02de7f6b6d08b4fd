"""Synthetic people and their papers: a plain case and one in which everything is as long as it may come."""

import io
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from itertools import pairwise, product
from typing import Any

import pendulum
from PIL import Image, ImageDraw

from models.booking import Lift
from models.case import CaseStatus, Stage
from models.funding import Cost, CostKind, Payer
from models.instrument import Instrument
from models.itinerary import Itinerary, Segment
from models.ledger import Entry, commitment, payment
from models.money import Money
from models.mrz import PartialDate
from models.officer import Role
from models.person import Sex
from tasks.papers import cover, funding_record, handoff_receipt, itinerary, travel_document
from tasks.papers.cover import CoverContent, Event, PaperMark, Progress
from tasks.papers.funding_record import (
    Evidence,
    FundingDecision,
    FundingRecordContent,
    PostedTransaction,
    PrivatePaymentNote,
)
from tasks.papers.handoff_receipt import HandoffReceiptContent, Refusal
from tasks.papers.itinerary import ItineraryContent
from tasks.papers.travel_document import TravelDocumentContent
from tasks.papers.words import Words

MADE_AT = pendulum.datetime(2026, 12, 5, 5, 20)
LONG_SURNAME = "Wolfeschlegelsteinhausenbergerdorff Papandropoulous Kim"
LONG_GIVEN = "Maximiliana-Alexandrina Chayapa Dejthamrong Krasuang Jueun"


LONG_HANGUL = "황보남궁독고 가나다라마바사아자차카타파하"


def synthetic_portrait(width: int = 413, height: int = 531) -> bytes:
    """Return a calm drawn face, 7:9 unless told otherwise."""
    image = Image.new("RGB", (width, height), "#DDE4E8")
    pen = ImageDraw.Draw(image)
    middle = width / 2
    pen.ellipse((middle - 190, height * 0.78, middle + 190, height * 1.4), fill="#3C4F63")
    pen.rectangle((middle - 45, height * 0.62, middle + 45, height * 0.84), fill="#D9B08F")
    pen.ellipse((middle - 118, height * 0.10, middle + 118, height * 0.62), fill="#2A211C")
    pen.ellipse((middle - 104, height * 0.16, middle + 104, height * 0.76), fill="#E6C3A5")
    for eye in (-46, 46):
        pen.ellipse((middle + eye - 16, height * 0.43, middle + eye + 16, height * 0.46), fill="#2A211C")
    pen.arc((middle - 40, height * 0.56, middle + 40, height * 0.66), 20, 160, fill="#8C5A48", width=4)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()


def at(local: str) -> datetime:
    """Return a local time as an airline states it, without offset."""
    return datetime.fromisoformat(local)


def direct() -> Itinerary:
    """Return one nonstop flight over midnight."""
    return Itinerary(segments=(
        Segment(
            carrier="KE", flight_number="KE690", origin="KTI", origin_name="Techo International Airport",
            origin_country="KH", origin_zone="Asia/Phnom_Penh", departs_local=at("2026-12-05 23:40"),
            destination="ICN", destination_name="Incheon International Airport", destination_country="KR",
            destination_zone="Asia/Seoul", arrives_local=at("2026-12-06 07:10"),
        ),
    ))  # fmt: skip


def connecting(stops: int = 3) -> Itinerary:
    """Return flights through airports with long names."""
    names = (
        ("KTI", "Phnom Penh Techo International Airport", "Asia/Phnom_Penh", "KH"),
        ("SGN", "Tan Son Nhat International Airport Ho Chi Minh City", "Asia/Ho_Chi_Minh", "VN"),
        ("BKK", "Suvarnabhumi Airport, Bangkok Samut Prakan International", "Asia/Bangkok", "TH"),
        ("MNL", "Ninoy Aquino International Airport Terminal Three", "Asia/Manila", "PH"),
        ("ICN", "Incheon International Airport", "Asia/Seoul", "KR"),
    )
    points = (*names[:stops], names[-1])
    segments = []
    for day, (here, there) in enumerate(pairwise(points), start=5):
        segments.append(Segment(
            carrier="VN", flight_number=f"VN{3800 + day}", origin=here[0], origin_name=here[1],
            origin_country=here[3], origin_zone=here[2], departs_local=at(f"2026-12-{day:02} 09:05"),
            destination=there[0], destination_name=there[1], destination_country=there[3],
            destination_zone=there[2], arrives_local=at(f"2026-12-{day:02} 13:35"),
        ))  # fmt: skip
    return Itinerary(segments=tuple(segments))


def plain_travel_document(**changes: object) -> TravelDocumentContent:
    """Return the travel certificate of a synthetic person."""
    facts: dict[str, object] = {
        "document_number": "R41234567", "surname_hangul": "홍", "given_hangul": "길동", "surname_latin": "HONG",
        "given_latin": "GIL-DONG", "sex": Sex.male, "born_on": PartialDate(1998, 3, 14), "birthplace": "울산 / ULSAN",
        "issued_on": pendulum.date(2026, 12, 5), "expires_on": pendulum.date(2026, 12, 19),
        "issuing_authority_ko": "주캄보디아 대한민국 대사관",
        "issuing_authority_en": "Embassy of the Republic of Korea in Cambodia", "place_of_issue": "프놈펜 / Phnom Penh",
        "legal_ground_ko": "여권법 제14조, 같은 법 시행령 제16조 (긴급 귀국)",
        "legal_ground_en": "Passport Act art. 14; Enforcement Decree art. 16 (urgent return)",
        "itinerary": direct(), "portrait": synthetic_portrait(), "portrait_captured_on": pendulum.date(2026, 12, 3),
        "authorised_by": "O-03", "reference": "KHM-2026-0042",
        "consular_phone": "+855 23 211 900", "moment": MADE_AT, "local_zone": "Asia/Phnom_Penh", "specimen": False,
        "state": "final",
    }  # fmt: skip
    return TravelDocumentContent(**(facts | changes))  # type: ignore[arg-type]


def plain_emergency_passport(**changes: object) -> TravelDocumentContent:
    """Return the emergency passport of the same synthetic person."""
    facts: dict[str, object] = {
        "instrument": Instrument.emergency_passport, "document_number": "M123A4567", "title_ko": "긴급여권",
        "title_en": "EMERGENCY PASSPORT", "legal_ground_ko": "여권법 제4조제1항제4호",
        "legal_ground_en": "Passport Act art. 4(1)4",
    }  # fmt: skip
    return plain_travel_document(**(facts | changes))


def long_travel_document(**changes: object) -> TravelDocumentContent:
    """Return a travel certificate in which every field is long."""
    facts: dict[str, object] = {
        "surname_latin": LONG_SURNAME, "given_latin": LONG_GIVEN, "surname_hangul": "황보남궁독고",
        "given_hangul": "가나다라마바사아자차카타파하", "sex": Sex.unspecified, "born_on": PartialDate(1974),
        "birthplace": "우즈베키스탄 누쿠스 / NUKUS, QARAQALPAQSTAN", "itinerary": connecting(3),
        "place_of_issue": "시아누크빌 프레아시아누크주 / Sihanoukville, Preah Sihanouk Province",
        "reference": "KHM-2026-004217", "consular_phone": "+855 23 211 900 / +82 2 3210 0404 (24 h)",
        "authorised_by": "O-1234",
    }  # fmt: skip
    return plain_travel_document(**(facts | changes))


def plain_itinerary(**changes: object) -> ItineraryContent:
    """Return the itinerary of a synthetic person with a ticket."""
    facts: dict[str, object] = {
        "reference": "KHM-2026-0042", "traveller_hangul": "홍 길동", "traveller_latin_as_sent": "HONG / GIL-DONG MR",
        "itinerary": direct(), "record_locator": "X7K2PQ", "lift": Lift.scheduled,
        "ticket_numbers": ("180-2400123456",), "held_until": None, "document_number": "R41234567",
        "contact_phone": "+855 23 211 900", "moment": MADE_AT, "local_zone": "Asia/Phnom_Penh", "specimen": False,
    }  # fmt: skip
    return ItineraryContent(**(facts | changes))  # type: ignore[arg-type]


def long_itinerary(**changes: object) -> ItineraryContent:
    """Return an itinerary over four flights that are only held."""
    facts: dict[str, object] = {
        "reference": "KHM-2026-004217", "traveller_hangul": LONG_HANGUL,
        "traveller_latin_as_sent": f"{LONG_SURNAME} / {LONG_GIVEN} MRS".upper(), "itinerary": connecting(4),
        "record_locator": "ZZ9PLURALZ", "lift": Lift.charter, "ticket_numbers": (),
        "held_until": pendulum.datetime(2026, 12, 4, 16, 59), "document_number": None,
        "contact_phone": "+855 23 211 900 / +82 2 3210 0404 (24 h)",
    }  # fmt: skip
    return plain_itinerary(**(facts | changes))


def cost(kind: CostKind, payer: Payer, amount: str, currency: str, rate: str = "1412.50") -> Cost:
    """Return one item of cost."""
    return Cost(
        kind=kind, payer=payer, amount=amount, currency=currency, rate=rate,
        rate_source="한국은행 고시 / Bank of Korea", rate_on=date(2026, 12, 4),
    )  # fmt: skip


def plain_funding_record(**changes: object) -> FundingRecordContent:
    """Return the funding record of a fare and an exit fine."""
    items = [("fare", Money(41230, "USD")), ("exit_fine", Money(12000, "USD"))]
    facts: dict[str, object] = {
        "reference": "KHM-2026-0042", "traveller_hangul": "홍 길동", "traveller_latin": "HONG GIL-DONG",
        "costs": (
            cost(CostKind.fare, Payer.ministry, "412.30", "USD"),
            cost(CostKind.exit_fine, Payer.ministry, "120.00", "USD"),
            cost(CostKind.document, Payer.ministry, "20000", "KRW", "1"),
        ),
        "commitment_id": "CMT-2026-000117",
        "decision": FundingDecision(officer="O-11", reason_code="in_order", decided_at=MADE_AT),
        "private_payments": (
            PrivatePaymentNote(payer=Payer.diplomat, amount=Money(3500, "USD"), noted_at=MADE_AT),
        ),
        "transactions": (
            PostedTransaction(entry=Entry.commitment, posted_at=MADE_AT, postings=tuple(commitment(items))),
            PostedTransaction(
                entry=Entry.payment, posted_at=MADE_AT.add(minutes=2), postings=tuple(payment(*items[0]))
            ),
        ),
        "evidence": (
            Evidence(what=Words("지급", "Payment"), reference="pay_0000AQd4Ld", at=MADE_AT.add(minutes=2)),
            Evidence(what=Words("항공권", "Ticket"), reference="180-2400123456"),
        ),
        "moment": MADE_AT.add(minutes=5), "local_zone": "Asia/Phnom_Penh", "specimen": False,
    }  # fmt: skip
    return FundingRecordContent(**(facts | changes))  # type: ignore[arg-type]


def long_funding_record(**changes: object) -> FundingRecordContent:
    """Return a funding record of a million million won in forty items, over several pages."""
    items = [(f"item {number}", Money(10**14 + number, "USD")) for number in range(12)]
    facts: dict[str, object] = {
        "reference": "KHM-2026-004217", "traveller_hangul": LONG_HANGUL,
        "traveller_latin": f"{LONG_SURNAME} {LONG_GIVEN}".upper(),
        "costs": tuple(
            cost(kind, payer, "1000000000000.25", "USD") for kind, payer in product(CostKind, Payer)
        ),
        "commitment_id": "CMT-2026-000117-3f8a9c52-77de-4b1e-9f0a-5d2b8c1e6a40",
        "private_payments": tuple(
            PrivatePaymentNote(payer=payer, amount=Money(10**12, "KRW"), noted_at=MADE_AT) for payer in Payer
        ),
        "transactions": (
            PostedTransaction(entry=Entry.commitment, posted_at=MADE_AT, postings=tuple(commitment(items))),
        ),
    }  # fmt: skip
    return plain_funding_record(**(facts | changes))


def plain_handoff_receipt(**changes: object) -> HandoffReceiptContent:
    """Return the receipt of a synthetic person met at Incheon."""
    landed_at = pendulum.datetime(2026, 12, 5, 22, 8)
    facts: dict[str, object] = {
        "reference": "KHM-2026-0042", "name_hangul": "홍 길동", "name_latin": "HONG GIL-DONG",
        "handed_over_by": "O-07", "handed_over_role": Role.coordinator, "receiving_agency": "인천공항 지원센터",
        "receiving_officer": "O-21", "place": "인천국제공항 제2여객터미널 입국장 / Incheon Airport T2, arrivals",
        "flight_number": "KE690", "arrives_at": landed_at, "received_at": landed_at.add(minutes=47),
        "document_number": "R41234567", "document_collected_at": landed_at.add(minutes=47),
        "document_cancelled_at": landed_at.add(minutes=51), "items": ("휴대전화 1대", "현금 봉투 (본인 소유)"),
        "follow_up_on": pendulum.date(2026, 12, 13), "refusals": (),
        "decision_id": "3f8a9c52-77de-4b1e-9f0a-5d2b8c1e6a40", "decision_digest": "9f2c" * 16,
        "moment": landed_at.add(minutes=52), "local_zone": "Asia/Phnom_Penh", "specimen": False,
    }  # fmt: skip
    return HandoffReceiptContent(**(facts | changes))  # type: ignore[arg-type]


def long_handoff_receipt(**changes: object) -> HandoffReceiptContent:
    """Return a receipt with a long history."""
    facts: dict[str, object] = {
        "reference": "KHM-2026-004217", "name_hangul": LONG_HANGUL,
        "name_latin": f"{LONG_SURNAME} {LONG_GIVEN}".upper(),
        "receiving_agency": "경기도 북부 광역 통합 지원센터 / Northern Gyeonggi Provincial Integrated Support Centre",
        "place": "인천국제공항 제2여객터미널 3층 서편 관계기관 합동 접견실 " * 3,
        "document_collected_at": None, "document_cancelled_at": None,
        "items": tuple(f"물품 {number}: 여행 가방과 그 안의 개인 소지품, 목록은 따로 붙임" for number in range(1, 15)),
        "refusals": tuple(
            Refusal(
                agency=f"서울 {number}센터 / Seoul Centre {number}",
                reason="오늘 밤 자리가 없음 / no place tonight",
                refused_at=MADE_AT.add(hours=number),
            )
            for number in range(8)
        ),
    }  # fmt: skip
    return plain_handoff_receipt(**(facts | changes))


def plain_cover(**changes: object) -> CoverContent:
    """Return the cover of a case that waits for its funding decision."""
    facts: dict[str, object] = {
        "reference": "KHM-2026-0042", "name_hangul": "홍 길동", "name_latin": "HONG GIL-DONG",
        "status": CaseStatus.booked,
        "progress": {
            Stage.verification: Progress.done, Stage.travel_document: Progress.done, Stage.booking: Progress.done,
            Stage.funding: Progress.now, Stage.handoff: Progress.next,
        },
        "next_step": "경비 결정 후 항공권 발권 / Decide the funding, then issue the ticket",
        "decides": Role.funding_officer, "due_at": MADE_AT.add(hours=1), "owner": "O-07",
        "next_contact_due_at": MADE_AT.add(hours=9),
        "events": (
            Event(at=MADE_AT.subtract(hours=22), words="사건 접수 / Case opened"),
            Event(at=MADE_AT.subtract(hours=20), words="신원 확인: O-02 승인 / Identity confirmed by O-02"),
            Event(at=MADE_AT.subtract(hours=17), words="여행증명서 승인: O-03 / Travel document authorised by O-03"),
            Event(at=MADE_AT.subtract(hours=1), words="좌석 확보: O-09 / Seats held, decided by O-09"),
        ),
        "papers": (
            PaperMark(kind="여행증명서 초안 / Draft", number="R41234567", sha256="9f2c4d1e" * 8),
            PaperMark(kind="여행 일정표 / Itinerary", number="X7K2PQ", sha256="0a1b2c3d" * 8),
        ),
        "moment": MADE_AT, "local_zone": "Asia/Phnom_Penh", "specimen": False,
    }  # fmt: skip
    return CoverContent(**(facts | changes))  # type: ignore[arg-type]


def long_cover(**changes: object) -> CoverContent:
    """Return a cover with more history than a page holds."""
    facts: dict[str, object] = {
        "reference": "KHM-2026-004217", "name_hangul": LONG_HANGUL,
        "name_latin": f"{LONG_SURNAME} {LONG_GIVEN}".upper(), "decides": None, "due_at": None,
        "next_step": "항공사 답을 기다린 뒤 여행 결정을 다시 요청 / Wait for the airline, then ask again; " * 2,
        "events": tuple(
            Event(at=MADE_AT.subtract(hours=40 - number), words=f"{number}번째: 확인을 기다림 / Asked the airline")
            for number in range(40)
        ),
        "papers": tuple(
            PaperMark(kind=f"여행 일정표 {number}판 / Itinerary, version {number}", number=None, sha256="0a1b2c3d" * 8)
            for number in range(12)
        ),
    }  # fmt: skip
    return plain_cover(**(facts | changes))


def rendered(module: Any, factory: Callable[..., object], **changes: object) -> bytes:
    """Return a paper drawn from its facts with changes."""
    pdf: bytes = module.render(factory(**changes))
    return pdf


PAPERS: dict[str, Callable[..., bytes]] = {
    f"{kind} {paper}": partial(rendered, module, factory)
    for paper, module, plain, long in (
        ("cover", cover, plain_cover, long_cover),
        ("funding record", funding_record, plain_funding_record, long_funding_record),
        ("handoff receipt", handoff_receipt, plain_handoff_receipt, long_handoff_receipt),
        ("itinerary", itinerary, plain_itinerary, long_itinerary),
        ("travel document", travel_document, plain_travel_document, long_travel_document),
    )
    for kind, factory in (("plain", plain), ("long", long))
}
"""Every paper, each with plain and with long facts: a function that takes changes and returns the PDF."""
