"""The travel document as a paper: the case's facts onto the sheet, as a draft or as the page an officer approves."""

import hashlib
from dataclasses import dataclass
from datetime import date

import pendulum
from sqlmodel import Session

from models.case import RepatriationCase, local_zone
from models.instrument import PRINTED_GROUNDS, LegalGround
from models.itinerary import ALPHA_3, Itinerary
from models.mrz import NotLatin, PartialDate
from models.paper import PaperKind
from models.person import ConfirmedIdentity, Person
from models.portrait import LASTS
from models.travel_document import Envelope, ReleaseProposal, TravelDocument, printed_last_day
from tasks import case_file, vault
from tasks.clock import now
from tasks.papers.emergency_document import TITLES, render
from tasks.papers.faces import Undrawable
from tasks.papers.panel import NamesTooLong
from tasks.papers.travel_document import JourneyTooLong, Reach, TravelDocumentContent
from tasks.papers.words import Words
from tasks.paperwork.shelf import is_specimen, store
from tasks.settings import settings
from tasks.trouble import NeedsPerson

MISSIONS: dict[str, tuple[str, str, str]] = {
    "CHN": ("주상하이 대한민국 총영사관", "Consulate General of the Republic of Korea in Shanghai", "SHANGHAI"),
    "KHM": ("주캄보디아 대한민국 대사관", "Embassy of the Republic of Korea in Cambodia", "PHNOM PENH"),
    "LAO": ("주라오스 대한민국 대사관", "Embassy of the Republic of Korea in Laos", "VIENTIANE"),
    "MMR": ("주미얀마 대한민국 대사관", "Embassy of the Republic of Korea in Myanmar", "YANGON"),
    "MYS": ("주말레이시아 대한민국 대사관", "Embassy of the Republic of Korea in Malaysia", "KUALA LUMPUR"),
    "PHL": ("주필리핀 대한민국 대사관", "Embassy of the Republic of Korea in the Philippines", "MANILA"),
    "THA": ("주태국 대한민국 대사관", "Embassy of the Republic of Korea in Thailand", "BANGKOK"),
    "VNM": (
        "주호치민 대한민국 총영사관",
        "Consulate General of the Republic of Korea in Ho Chi Minh City",
        "HO CHI MINH CITY",
    ),
}
"""The mission in each country: its name in Korean and English, and its city."""

CITIES: dict[str, str] = {
    "서울": "SEOUL", "부산": "BUSAN", "대구": "DAEGU", "인천": "INCHEON", "광주": "GWANGJU", "대전": "DAEJEON",
    "울산": "ULSAN", "세종": "SEJONG", "수원": "SUWON", "성남": "SEONGNAM", "고양": "GOYANG", "용인": "YONGIN",
    "부천": "BUCHEON", "안산": "ANSAN", "청주": "CHEONGJU", "전주": "JEONJU", "천안": "CHEONAN", "창원": "CHANGWON",
    "포항": "POHANG", "제주": "JEJU", "춘천": "CHUNCHEON", "강릉": "GANGNEUNG", "원주": "WONJU", "목포": "MOKPO",
    "여수": "YEOSU", "순천": "SUNCHEON", "진주": "JINJU", "구미": "GUMI", "경주": "GYEONGJU", "안동": "ANDONG",
    "군산": "GUNSAN", "익산": "IKSAN",
}  # fmt: skip
"""Birthplaces in Latin letters, which a travel document needs beside the Hangul; revised romanisation of 2000."""


@dataclass(frozen=True, slots=True)
class TravelDocumentPage:
    """A travel document drawn, and what was drawn on it."""

    content: TravelDocumentContent
    pdf: bytes
    sha256: str
    legal_ground: LegalGround
    issued_on: date
    rendered_at: pendulum.DateTime
    portrait_sha256: str
    portrait_captured_on: date


def travel_document_page(
    session: Session,
    case: RepatriationCase,
    document: TravelDocument,
    route: Itinerary | None,
    *,
    rendered_at: pendulum.DateTime,
) -> TravelDocumentPage:
    """
    Draw the travel document as its facts stand; the same facts and moment give the same bytes.

    Without a route it is a draft: watermarked, with the envelope where the flights will be.

    Raises:
        NeedsPerson: no portrait, or one that is too old; or what is stated does not fit the page.
    """
    identity = case_file.require_identity(session, case.reference)
    portrait, captured_on = portrait_of(session, case, at=rendered_at)
    ground, title = PRINTED_GROUNDS[document.instrument], TITLES[document.instrument]
    zone = local_zone(case.reference)
    authority_ko, authority_en, city = MISSIONS[case.reference[:3]]
    issued_on = rendered_at.in_timezone(zone).date()
    content = TravelDocumentContent(
        instrument=document.instrument,
        title_ko=title.ko,
        title_en=title.en,
        document_number=document.number,
        nationality=identity.nationality,
        surname_hangul=identity.surname_hangul,
        given_hangul=identity.given_hangul,
        surname_latin=identity.surname_latin,
        given_latin=identity.given_latin,
        sex=identity.sex,
        born_on=PartialDate.of(identity.born_on),
        birthplace=_birthplace(identity),
        issued_on=issued_on,
        expires_on=printed_last_day(route, authorised_until=document.expires_on) if route else document.expires_on,
        issuing_authority_ko=authority_ko,
        issuing_authority_en=authority_en,
        place_of_issue=city,
        legal_ground_ko=ground.ko,
        legal_ground_en=ground.en,
        itinerary=route or _reach(document),
        portrait=portrait,
        portrait_captured_on=captured_on,
        authorised_by=document.authorised_by or "",
        reference=case.reference,
        consular_phone=settings().mission_phone,
        moment=rendered_at,
        local_zone=zone,
        specimen=is_specimen(),
        state="final" if route else "draft",
    )
    pdf = drawn(content)
    return TravelDocumentPage(
        content=content,
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        legal_ground=ground,
        issued_on=issued_on,
        rendered_at=rendered_at,
        portrait_sha256=hashlib.sha256(portrait).hexdigest(),
        portrait_captured_on=captured_on,
    )


def drawn(content: TravelDocumentContent) -> bytes:
    """Return the page; raise NeedsPerson, who is told what to change, where it cannot be drawn."""
    # The faults' own words may tell of a name and do not go on.
    try:
        return render(content)
    except JourneyTooLong:
        raise NeedsPerson(
            "journey_too_long",
            "The journey has more flights than one sheet prints beside a place for border stamps; book a journey of "
            "fewer flights, then go on.",
        ) from None
    except NamesTooLong:
        raise NeedsPerson(
            "names_too_long",
            "Names and places do not fit the travel document in the smallest type; have the registry state them "
            "shortened (ICAO Doc 9303-6 §4.1.1), confirm the identity again, then go on.",
        ) from None
    except NotLatin:
        raise NeedsPerson(
            "not_latin",
            "The registry states no name in Latin letters; have it state the spelling of the passport record, confirm "
            "the identity again, then go on.",
        ) from None
    except Undrawable:
        raise NeedsPerson(
            "undrawable",
            "A name or place has a character that the travel document cannot print; have the registry state it "
            "without, confirm the identity again, then go on.",
        ) from None


def approved_page(session: Session, reference: str, content: ReleaseProposal) -> TravelDocumentPage:
    """Draw the page of a release proposal as the case's facts stand now; the same facts give the same bytes."""
    case, document = case_file.load(session, reference), case_file.require_document(session, reference)
    rendered_at = pendulum.parse(content.rendered_at)
    if not isinstance(rendered_at, pendulum.DateTime):
        raise TypeError("the moment of a release proposal is not a moment")
    route = case_file.require_booking(session, reference).route
    return travel_document_page(session, case, document, route, rendered_at=rendered_at)


def _reach(document: TravelDocument) -> Reach:
    envelope = Envelope.model_validate(document.envelope)
    return Reach(
        destination=Words("대한민국", "REPUBLIC OF KOREA"),
        transit_countries=tuple(ALPHA_3[country] for country in envelope.transit_countries),
        latest_arrival_on=envelope.latest_arrival_on,
    )


def _birthplace(identity: ConfirmedIdentity) -> str:
    latin = CITIES.get(identity.birthplace)
    return f"{identity.birthplace} / {latin}" if latin else ""


def portrait_of(session: Session, case: RepatriationCase, *, at: pendulum.DateTime) -> tuple[bytes, date]:
    """
    Return the portrait taken at the mission and its local day.

    Raises:
        NeedsPerson: there is none, or it is too old.
    """
    person = session.get_one(Person, case.person_id)
    if person.portrait_sealed is None or person.portrait_captured_at is None:
        raise NeedsPerson(
            "no_portrait", "There is no portrait; take one with `homeward case portrait REF FILE`, then go on."
        )
    if person.portrait_captured_at < at - LASTS:
        raise NeedsPerson("portrait_old", "The portrait is older than six months; take a new one, then go on.")
    captured_on = person.portrait_captured_at.in_timezone(local_zone(case.reference)).date()
    return vault.open_(session, person.id, "portrait", person.portrait_sealed), captured_on


def store_draft(session: Session, case: RepatriationCase, document: TravelDocument) -> None:
    """Store the draft of an authorised document; nothing valid exists yet."""
    page = travel_document_page(session, case, document, None, rendered_at=now())
    store(session, case, PaperKind.travel_document_draft, page.pdf, number=document.number)
