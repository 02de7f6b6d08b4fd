"""The signature of a document's file, judged by days, whatever the hour its signer was certified at."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from deployments.signer.authority import certify_page_signer, make_authority, make_revocation_list
from tasks.papers.seal import TrustStore
from tasks.papers.seal.verify import SubIndication
from tasks.papers.signature import judge_signature, sign_page
from tasks.papers.travel_document import render
from tests.papers.contents import plain_travel_document


@pytest.mark.parametrize("hour", [3, 15, 23])
def test_a_signer_certified_at_any_hour_is_good_that_day_and_nothing_is_logged(
    caplog: pytest.LogCaptureFixture, hour: int
) -> None:
    made = datetime(2026, 11, 28, hour, tzinfo=UTC)
    authority, key = make_authority("KR", name="SPECIMEN", at=made), ec.generate_private_key(ec.SECP256R1())
    signer = certify_page_signer(authority, key.public_key(), name="SPECIMEN", serial=2, at=made)
    trust = TrustStore(
        (authority.certificate, signer), (make_revocation_list(authority, revoked={}, at=made, number=1),),
        takes_specimens=True,
    )  # fmt: skip
    page = sign_page(render(plain_travel_document()), key=key, certificate=signer)

    days = [made, made - timedelta(days=1), signer.not_valid_after_utc + timedelta(days=1)]
    judged = [judge_signature(page, trust=trust, at=day.date()) for day in days]

    assert judged == [None, SubIndication.expired_certificate, SubIndication.expired_certificate]
    assert caplog.records == []
