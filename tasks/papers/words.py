"""What papers call things, in Korean and English, and how they write days and moments."""

from dataclasses import dataclass
from datetime import date

import pendulum

from models.booking import Lift
from models.case import HOME_ZONE, CaseStatus, Stage
from models.funding import CostKind, Payer
from models.ledger import Account, Entry
from models.mrz import PartialDate
from models.officer import Role
from tasks.papers.faces import MAY_BREAK


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Korean and English, and in Khmer where the host country reads them."""

    ko: str
    en: str
    km: str = ""

    def __str__(self) -> str:
        return f"{self.ko} / {self.en}"


def khmer(words: str) -> str:
    """Return Khmer in which a line may end at each `|`; Khmer has no blanks between words."""
    return words.replace("|", MAY_BREAK)


def reads_khmer(reference: str) -> bool:
    """Return whether the host country of a case reads Khmer."""
    return reference.startswith("KHM")


STAGES = {
    Stage.verification: Words("신원 확인", "Verification"),
    Stage.travel_document: Words("여행증명서", "Travel document"),
    Stage.booking: Words("예약", "Booking"),
    Stage.funding: Words("경비", "Funding"),
    Stage.handoff: Words("인계", "Handoff"),
}
STATUSES = {
    CaseStatus.opened: Words("접수됨", "opened"),
    CaseStatus.verified: Words("신원 확인됨", "verified"),
    CaseStatus.documented: Words("증명서 승인됨", "document authorised"),
    CaseStatus.booked: Words("예약됨", "booked"),
    CaseStatus.funded: Words("경비 확보됨", "funded"),
    CaseStatus.released: Words("증명서 발급됨", "document released"),
    CaseStatus.home: Words("귀국함", "home"),
    CaseStatus.cancelled: Words("종료됨", "journey ended"),
}
ROLES = {
    Role.coordinator: Words("총괄 담당관", "coordinator"),
    Role.verifying_officer: Words("신원 확인 담당관", "verifying officer"),
    # Neutral on purpose: the paper of a person with a hit reads like everybody's.
    Role.lookout_officer: Words("기록 담당관", "records officer"),
    Role.authorising_officer: Words("승인 담당관", "authorising officer"),
    Role.travel_officer: Words("여행 담당관", "travel officer"),
    Role.funding_officer: Words("경비 담당관", "funding officer"),
    Role.issuing_officer: Words("발급 담당관", "issuing officer"),
    Role.receiving_officer: Words("인수 담당관", "receiving officer"),
    Role.duty_officer: Words("당직 담당관", "duty officer"),
    Role.reviewing_officer: Words("사후 검토 담당관", "reviewing officer"),
    Role.host_liaison: Words("주재국 연락관", "host liaison"),
    Role.border_partner: Words("국경 협력관", "border partner"),
    # Neutral like the records officer: everybody is interviewed.
    Role.screening_officer: Words("면담 담당관", "interviewing officer"),
    Role.registrar: Words("등록 담당관", "registrar"),
    Role.head_of_consular_affairs: Words("재외국민보호 책임자", "head of consular affairs"),
}
LIFTS = {
    Lift.scheduled: Words("정기편", "Scheduled flight"),
    Lift.charter: Words("전세기", "Charter"),
    Lift.manual: Words("개별 수배", "Arranged by hand"),
}
COST_KINDS = {
    CostKind.fare: Words("항공료", "Air fare"),
    CostKind.document: Words("증명서 발급", "Travel document"),
    CostKind.exit_fine: Words("출국 과태료", "Exit fine"),
    CostKind.escort: Words("동행", "Escort"),
    CostKind.medical: Words("의료", "Medical care"),
    CostKind.other: Words("기타", "Other"),
}
PAYERS = {
    Payer.ministry: Words("외교부", "Ministry"),
    Payer.police: Words("경찰", "Police"),
    Payer.diplomat: Words("공관 직원 개인", "Mission officer, own money"),
    Payer.family: Words("가족", "Family"),
    Payer.organisation: Words("단체", "Organisation"),
    Payer.private_person: Words("개인", "Private person"),
}
ACCOUNTS = {
    Account.encumbrances: Words("지출원인행위", "Encumbrances"),
    Account.reserve_for_encumbrances: Words("지출원인행위 준비금", "Reserve for encumbrances"),
    Account.expense: Words("비용", "Expense"),
    Account.cash: Words("현금", "Cash"),
    Account.airline_credits: Words("항공사 크레딧", "Airline credits"),
}
ENTRIES = {
    Entry.commitment: Words("지출 약정", "Commitment"),
    Entry.commitment_reversed: Words("지출 약정 취소", "Commitment reversed"),
    Entry.payment: Words("지급", "Payment"),
    Entry.refund: Words("환급", "Refund"),
}

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("월 Mon", "화 Tue", "수 Wed", "목 Thu", "금 Fri", "토 Sat", "일 Sun")


def inspected_date(day: date | PartialDate) -> str:
    """
    Return a date as the visual inspection zone shows it, unknown parts as X: `05 12월/DEC 2026`, `XX XX월/XXX 1974`.

    Source: ICAO Doc 9303-3 §3.8.
    """
    known = day if isinstance(day, PartialDate) else PartialDate.of(day)
    number = "XX" if known.day is None else f"{known.day:02}"
    month = "XX월/XXX" if known.month is None else f"{known.month}월/{_MONTHS[known.month - 1]}"
    return f"{number} {month} {'XXXX' if known.year is None else f'{known.year:04}'}"


def day_words(day: date) -> str:
    """Return a day with its weekday: `2026-12-05 (토 Sat)`."""
    return f"{day:%Y-%m-%d} ({_WEEKDAYS[day.weekday()]})"


def clocks(moment: pendulum.DateTime, local_zone: str) -> tuple[str, ...]:
    """Return the moment by the clock of Seoul and by the local one, each with its zone named."""
    seoul = f"서울 Seoul {clock_by(moment, HOME_ZONE)}"
    if local_zone == HOME_ZONE:
        return (seoul,)
    return seoul, f"현지 {zone_city(local_zone)} {clock_by(moment, local_zone)}"


def zone_city(zone: str) -> str:
    """Return the city an IANA zone is named after: `Phnom Penh` of `Asia/Phnom_Penh`."""
    return zone.rsplit("/", maxsplit=1)[-1].replace("_", " ")


def offset_words(moment: pendulum.DateTime, zone: str) -> str:
    """Return how far a zone's clock is from UTC at this moment: `UTC+7`, `UTC+6:30`."""
    seconds = moment.in_timezone(zone).offset or 0
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "-" if seconds < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def clock_by(moment: pendulum.DateTime, zone: str) -> str:
    """Return the moment by the clock of one zone: `2026-12-05 14:20 (UTC+9)`."""
    return f"{moment.in_timezone(zone):%Y-%m-%d %H:%M} ({offset_words(moment, zone)})"
