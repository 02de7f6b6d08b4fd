"""
A rehearsal: one page of nobody drawn, sealed, signed and read back before the signer gives up root.

Its own account may not reach our programs, fonts and time zones, so whatever is read late must have been read by then.
"""

import io
from datetime import UTC, datetime

import pendulum
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from deployments.signer.authority import certify_page_signer, make_authority, make_revocation_list, make_signer
from models.case import LOCAL_ZONES
from models.itinerary import Itinerary, Segment
from models.mrz import PartialDate
from models.person import Sex
from tasks.papers.inspection import inspect
from tasks.papers.seal import TrustStore, etd_seal, sign_seal
from tasks.papers.signature import sign_page
from tasks.papers.travel_document import TravelDocumentContent, render, td2_lines

_PASSWORD = "a rehearsal of nobody"  # noqa: S105 - it locks a page of nobody, which is forgotten at once


def rehearse() -> None:
    """Do everything once that signing does, with keys that are forgotten at once."""
    at = datetime.now(UTC).replace(microsecond=0)
    moment = pendulum.instance(at)
    for zone in LOCAL_ZONES.values():
        moment.in_timezone(zone)
    authority = make_authority("UT", name="SPECIMEN rehearsal", at=at)
    signer, page_key = make_signer(authority, name="TS", serial=1, at=at), ec.generate_private_key(ec.SECP256R1())
    page_signer = certify_page_signer(authority, page_key.public_key(), name="SPECIMEN", serial=2, at=at)
    content = _content(moment)
    seal = etd_seal(
        td2_lines(content), issuing_country="UTO", signer_identifier=signer.identifier,
        certificate_reference=signer.reference, document_issued_on=at.date(), signed_on=at.date(),
    )  # fmt: skip
    page = render(content, seal=sign_seal(seal, signer.key).encoded)
    pdf = sign_page(page, key=page_key, certificate=page_signer, password=_PASSWORD)
    trust = TrustStore(
        (authority.certificate, signer.certificate, page_signer),
        (make_revocation_list(authority, revoked={}, at=at, number=1),),
        takes_specimens=True,
    )
    verdict = inspect(pdf, "the rehearsal", trust=trust, at=at.date(), password=_PASSWORD).verdict
    if not verdict.valid:
        raise RuntimeError(f"a page made for rehearsal does not verify: {verdict.sub_indication}")


def _content(moment: pendulum.DateTime) -> TravelDocumentContent:
    picture = io.BytesIO()
    Image.new("RGB", (413, 531), "#808080").save(picture, "JPEG")
    today, local = moment.date(), moment.naive()
    leg = Segment(
        carrier="XX", flight_number="XX001", origin="KTI", origin_name="A", origin_country="KH",
        origin_zone="Asia/Phnom_Penh", departs_local=local, destination="ICN", destination_name="B",
        destination_country="KR", destination_zone="Asia/Seoul", arrives_local=local.add(hours=8),
    )  # fmt: skip
    return TravelDocumentContent(
        document_number="X000A0000",
        surname_hangul="홍",
        given_hangul="길동",
        surname_latin="HONG",
        given_latin="GILDONG",
        sex=Sex.unspecified,
        born_on=PartialDate(2000, 1, 1),
        issued_on=today,
        expires_on=today,
        issuing_authority_ko="견본",
        issuing_authority_en="SPECIMEN",
        place_of_issue="SPECIMEN",
        legal_ground_ko="견본",
        legal_ground_en="SPECIMEN",
        itinerary=Itinerary(segments=(leg,)),
        portrait=picture.getvalue(),
        portrait_captured_on=today,
        authorised_by="O-00",
        reference="KHM-2000-0000",
        consular_phone="+82232100404",
        moment=moment,
        local_zone="Asia/Phnom_Penh",
        specimen=True,
        state="final",
    )
