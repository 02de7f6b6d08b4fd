"""What a verifier says of a seal: every word of the standard's policy, and never VALID for one that was touched."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deployments.signer import authority as ceremony
from deployments.signer.authority import Authority, Signer, make_authority, make_revocation_list, make_signer
from models.mrz import PartialDate, td2_lines
from tasks.papers.seal import (
    Feature,
    Seal,
    SubIndication,
    TrustStore,
    TrustUnusable,
    Verdict,
    etd_seal,
    read_seal,
    sign_seal,
    verify_seal,
)
from tasks.papers.seal.encoding import c40

VECTORS = Path(__file__).parents[1] / "vectors" / "etd"
SEALS = {each["name"]: each for each in json.loads((VECTORS / "vds_seals.json").read_text())}
ICAO = bytes.fromhex(SEALS["icao_9303_8_appendix_b_etd_PU"]["hex"])

MADE = datetime(2026, 1, 10, 8, tzinfo=UTC)
DAY = date(2026, 11, 20)
ZONE = td2_lines(
    document_code="PU", issuing_state="KOR", surname="HONG", given_names="GILDONG", document_number="M123A4567",
    nationality="KOR", born_on=PartialDate(1990, 1, 2), sex="M", expires_on=date(2026, 12, 5),
)  # fmt: skip


@pytest.fixture(scope="module")
def country() -> Authority:
    return make_authority("KR", name="Homeward Drill CSCA", at=MADE)


@pytest.fixture(scope="module")
def signer(country: Authority) -> Signer:
    return make_signer(country, name="HW", serial=0x2A, at=MADE)


@pytest.fixture(scope="module")
def trust(country: Authority, signer: Signer) -> TrustStore:
    return trusting(country, signer)


def trusting(country: Authority, signer: Signer, *, revoked: tuple[int, ...] = ()) -> TrustStore:
    listed = make_revocation_list(country, revoked=dict.fromkeys(revoked, MADE), at=MADE, number=1)
    return TrustStore((country.certificate, signer.certificate), (listed,))


def _same(seal: Seal) -> Seal:
    return seal


def sealed(signer: Signer, zone: tuple[str, str] = ZONE, *, change: Callable[[Seal], Seal] = _same) -> bytes:
    seal = etd_seal(
        zone,
        issuing_country="KOR",
        signer_identifier=signer.identifier,
        certificate_reference=signer.reference,
        document_issued_on=DAY,
        signed_on=DAY,
    )
    return sign_seal(change(seal), signer.key).encoded


def said(encoded: bytes, trust: TrustStore, at: date = DAY, printed: tuple[str, str] | None = ZONE) -> object:
    return verify_seal(encoded, trust=trust, at=at, printed_mrz=printed).sub_indication


def test_a_seal_we_signed_is_valid(signer: Signer, trust: TrustStore) -> None:
    verdict = verify_seal(sealed(signer), trust=trust, at=DAY, printed_mrz=ZONE)

    assert verdict == Verdict(None, (MADE + timedelta(days=90)).date())
    assert said(sealed(signer), trust, printed=None) is None


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1(), ec.BrainpoolP256R1(), ec.BrainpoolP384R1()])
def test_seals_of_other_curves_are_valid(country: Authority, curve: ec.EllipticCurve) -> None:
    signer = make_signer(country, name="HX", serial=7, at=MADE, curve=curve)

    assert said(sealed(signer), trusting(country, signer)) is None


@pytest.mark.parametrize("bit", range(8))
def test_no_seal_with_a_changed_bit_is_valid(signer: Signer, trust: TrustStore, bit: int) -> None:
    encoded = sealed(signer)
    for place in range(len(encoded)):
        touched = bytearray(encoded)
        touched[place] ^= 1 << bit
        assert not verify_seal(bytes(touched), trust=trust, at=DAY, printed_mrz=ZONE).valid


def test_short_numbers_of_a_signature_are_filled_and_verify(signer: Signer, trust: TrustStore) -> None:
    found = next(encoded for _ in range(20_000) if 0 in ((encoded := sealed(signer))[-64], encoded[-32]))

    assert said(found, trust) is None


def test_an_unknown_feature_is_noted_and_does_not_harm(signer: Signer, trust: TrustStore) -> None:
    def more(seal: Seal) -> Seal:
        return replace(seal, features=(Feature(0x09, b"x" * 200), *seal.features))

    assert said(sealed(signer, change=more), trust) is SubIndication.unknown_feature


@pytest.mark.parametrize(
    "change",
    [
        lambda seal: replace(seal, features=()),
        lambda seal: replace(seal, features=(Feature(0x02, c40("PU")),)),
        lambda seal: replace(seal, features=seal.features * 2),
        lambda seal: replace(seal, features=(Feature(0x02, b"\x00" * 48),)),
        lambda seal: replace(seal, feature_definition=0x5D),
        lambda seal: replace(seal, document_category=0x01),
        lambda seal: replace(seal, issuing_country="D", version=0x04),
    ],
)
def test_a_seal_of_another_form_is_of_wrong_format(
    signer: Signer, trust: TrustStore, change: Callable[[Seal], Seal]
) -> None:
    assert said(sealed(signer, change=change), trust) is SubIndication.wrong_format


@pytest.mark.parametrize("name", ["vdstools_utoVisa", "vdstools_ankunftsnwPapier", "vdstools_socialInsurance"])
def test_published_seals_of_other_documents_are_of_wrong_format(name: str, trust: TrustStore) -> None:
    assert said(bytes.fromhex(SEALS[name]["hex"]), trust) is SubIndication.wrong_format


def test_a_length_that_der_would_not_write_is_of_wrong_format(signer: Signer, trust: TrustStore) -> None:
    encoded = sealed(signer)
    marker = len(encoded) - 66

    assert encoded[marker : marker + 2] == b"\xff\x40"
    assert said(encoded[: marker + 1] + b"\x81\x40" + encoded[marker + 2 :], trust) is SubIndication.wrong_format


def test_a_signature_of_another_length_is_refused(signer: Signer, trust: TrustStore) -> None:
    short = replace(read_seal(sealed(signer)), signature=sealed(signer)[-62:]).encoded

    assert said(short, trust) is SubIndication.invalid_signature


def test_a_signer_nobody_knows(country: Authority, signer: Signer) -> None:
    other = make_signer(country, name="HW", serial=0x2B, at=MADE)

    assert said(sealed(signer), trusting(country, other)) is SubIndication.unknown_certificate


def test_a_signer_of_a_rogue_authority(country: Authority, signer: Signer) -> None:
    rogue = make_authority("KR", name="Homeward Drill CSCA", at=MADE)
    forged = make_signer(rogue, name="HW", serial=0x2A, at=MADE)

    assert said(sealed(forged), trusting(country, forged)) is SubIndication.untrusted_certificate
    # A genuine certificate under the same name and number does not make the forged signature good.
    lists = trusting(country, signer).revocation_lists
    both = TrustStore((country.certificate, forged.certificate, signer.certificate), lists)
    assert said(sealed(forged), both) is SubIndication.invalid_signature
    assert said(sealed(signer), both) is None


def test_an_authority_signs_for_its_own_country_only(country: Authority) -> None:
    foreign = make_authority("UT", name="Utopia CSCA", at=MADE)
    signer = make_signer(foreign, name="HW", serial=0x2A, at=MADE)
    encoded = sealed(signer, change=lambda seal: replace(seal, signer_identifier="KRHW"))

    assert said(encoded, trusting(foreign, signer)) is SubIndication.unknown_certificate
    assert said(sealed(signer), trusting(country, signer)) is SubIndication.untrusted_certificate


def test_without_the_authoritys_list_nobody_is_trusted(country: Authority, signer: Signer) -> None:
    other = make_authority("KR", name="Homeward Drill CSCA", at=MADE)
    forged = make_revocation_list(other, revoked={}, at=MADE, number=1)
    certificates = (country.certificate, signer.certificate)

    assert said(sealed(signer), TrustStore(certificates, ())) is SubIndication.untrusted_certificate
    assert said(sealed(signer), TrustStore(certificates, (forged,))) is SubIndication.untrusted_certificate


def test_a_revoked_signer(country: Authority, signer: Signer) -> None:
    assert said(sealed(signer), trusting(country, signer, revoked=(0x2A,))) is SubIndication.revoked_certificate


def test_an_expired_signer(signer: Signer, trust: TrustStore) -> None:
    last = signer.certificate.not_valid_after_utc.date()

    assert said(sealed(signer), trust, at=last) is None
    assert said(sealed(signer), trust, at=last + timedelta(days=1)) is SubIndication.expired_certificate
    assert said(sealed(signer), trust, at=MADE.date() - timedelta(days=1)) is SubIndication.expired_certificate


def test_a_signer_of_other_documents(country: Authority) -> None:
    visas = make_signer(country, name="HV", serial=3, at=MADE, documents=("VC",))

    assert said(sealed(visas), trusting(country, visas)) is SubIndication.invalid_documenttype


def test_a_certificate_without_the_bar_code_usage_is_not_trusted(
    country: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ceremony, "VDS_SIGNER", x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1"))
    web = make_signer(country, name="HW", serial=5, at=MADE)

    assert said(sealed(web), trusting(country, web)) is SubIndication.untrusted_certificate


def test_zones_that_do_not_hold_or_do_not_match(signer: Signer, trust: TrustStore) -> None:
    broken = (ZONE[0], ZONE[1].replace("900102", "900103"))
    other = td2_lines(
        document_code="PU", issuing_state="KOR", surname="HONG", given_names="GILSUN", document_number="M123A4567",
        nationality="KOR", born_on=PartialDate(1990, 1, 2), sex="F", expires_on=date(2026, 12, 5),
    )  # fmt: skip

    assert said(sealed(signer, broken), trust, printed=broken) is SubIndication.invalid_seal_mrz
    assert said(sealed(signer), trust, printed=broken) is SubIndication.invalid_printed_mrz
    assert said(sealed(signer), trust, printed=("", "")) is SubIndication.invalid_printed_mrz
    assert said(sealed(signer), trust, printed=other) is SubIndication.seal_document_mismatch


def test_the_signer_whose_key_is_printed_in_a_book_is_never_trusted(country: Authority) -> None:
    published = x509.load_pem_x509_certificate((VECTORS / "certs" / "UTTS5B.pem").read_bytes())
    lists = (make_revocation_list(country, revoked={}, at=MADE, number=1),)

    assert said(ICAO, TrustStore((published,), ()), printed=None) is SubIndication.untrusted_certificate
    assert said(ICAO, TrustStore((country.certificate, published), lists), printed=None) is (
        SubIndication.untrusted_certificate
    )
    # Nor when an authority we trust puts that very key under a certificate of the right profile.
    utopia = make_authority("UT", name="Utopia CSCA", at=MADE)
    lent = make_signer(utopia, name="TS", serial=0x5B, at=MADE)
    with_its_key = ceremony.certify(utopia, published.public_key(), name="TS", serial=0x5B, at=MADE)  # type: ignore[arg-type]
    its_lists = (make_revocation_list(utopia, revoked={}, at=MADE, number=1),)
    assert said(ICAO, TrustStore((utopia.certificate, lent.certificate), its_lists), printed=None) is (
        SubIndication.invalid_signature
    )
    assert said(ICAO, TrustStore((utopia.certificate, with_its_key), its_lists), printed=None) is (
        SubIndication.untrusted_certificate
    )


def test_an_authority_over_a_published_key_vouches_for_nobody(
    country: Authority, signer: Signer, trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever has the book can make such a certificate; the one here stands for it, since no private key is kept here.
    own = country.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert said(sealed(signer), trust) is None
    monkeypatch.setattr("tasks.papers.seal.trust.PUBLISHED_KEYS", frozenset({sha256(own).hexdigest()}))
    assert said(sealed(signer), trust) is SubIndication.untrusted_certificate


def test_a_folder_is_read_and_what_is_no_certificate_is_named(
    tmp_path: Path, country: Authority, signer: Signer, trust: TrustStore
) -> None:
    for name, each in (("csca.pem", country.certificate), ("signer.pem", signer.certificate)):
        (tmp_path / name).write_bytes(each.public_bytes(Encoding.PEM))
    (tmp_path / "list.crl").write_bytes(trust.revocation_lists[0].public_bytes(Encoding.PEM))

    assert said(sealed(signer), TrustStore.load(tmp_path)) is None

    (tmp_path / "odd.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(TrustUnusable, match=r"odd\.pem"):
        TrustStore.load(tmp_path)
    with pytest.raises(TrustUnusable, match="no folder"):
        TrustStore.load(tmp_path / "nowhere")
