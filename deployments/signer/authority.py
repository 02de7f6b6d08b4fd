"""
A country signing authority for drills, the bar-code signers below it, and its revocation list.

A ministry has an authority already, far from here; this one stands in for it so that papers of a drill can be verified.
Source of the profiles: ICAO Doc 9303-12 §7.1 and Doc 9303-8 §6.3.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

VDS_SIGNER = ObjectIdentifier("2.23.136.1.1.11.1")
DOCUMENT_TYPES = ObjectIdentifier("2.23.136.1.1.6.2")

KEY_USED_FOR = timedelta(days=365 + 61)
"""A signer's private key is used for a year and two months. Source: Doc 9303-8 §6.3.1."""

DOCUMENT_VALID_FOR = timedelta(days=365)
"""The longest an emergency travel document is valid. Source: Doc 9303-8 §4.4.2."""

LIST_RENEWED_WITHIN = timedelta(days=90)
"""A revocation list is made anew at least so often. Source: ICAO Doc 9303-12 §4."""

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""Extended key usage of who signs documents, id-kp-documentSigning. Source: RFC 9336."""

AUTHORITY_VALID_FOR = timedelta(days=365 * 5) + KEY_USED_FOR + DOCUMENT_VALID_FOR


@dataclass(frozen=True)
class Authority:
    """A country signing authority: its key and its own certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True)
class Signer:
    """A bar-code signer: its key, its certificate, and until when the key may sign."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    signs_until: datetime

    @property
    def identifier(self) -> str:
        """Subject C and CN, as the header of a seal names the signer."""
        return "".join(
            str(self.certificate.subject.get_attributes_for_oid(oid)[0].value)
            for oid in (NameOID.COUNTRY_NAME, NameOID.COMMON_NAME)
        )

    @property
    def reference(self) -> str:
        """Serial number of the certificate in hexadecimal digits, as the header of a seal names it."""
        return f"{self.certificate.serial_number:X}"


def make_authority(country: str, *, name: str, at: datetime, curve: ec.EllipticCurve | None = None) -> Authority:
    """Return a new authority of a country (ISO 3166-1 alpha-2), valid for as long as any of its signers' documents."""
    key = ec.generate_private_key(curve or ec.SECP384R1())
    subject = x509.Name([_text(NameOID.COUNTRY_NAME, country), _text(NameOID.COMMON_NAME, name)])
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _certificate(subject, subject, key.public_key(), serial=x509.random_serial_number(), at=at)
        .not_valid_after(at + AUTHORITY_VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(own, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        .sign(key, hashes.SHA384())
    )
    return Authority(key, certificate)


def make_signer(
    authority: Authority,
    *,
    name: str,
    serial: int,
    at: datetime,
    documents: tuple[str, ...] = ("PU", "PE"),
    curve: ec.EllipticCurve | None = None,
) -> Signer:
    """
    Return a new bar-code signer below an authority.

    Raises:
        ValueError: a name that is not two letters A-Z or digits.
    """
    key = ec.generate_private_key(curve or ec.SECP256R1())
    certificate = certify(authority, key.public_key(), name=name, serial=serial, at=at, documents=documents)
    return Signer(key, certificate, signs_until=at + KEY_USED_FOR)


def certify(
    authority: Authority,
    key: ec.EllipticCurvePublicKey,
    *,
    name: str,
    serial: int,
    at: datetime,
    documents: tuple[str, ...] = ("PU", "PE"),
) -> x509.Certificate:
    """
    Return a bar-code signer's certificate for a key.

    Raises:
        ValueError: a name that is not two letters A-Z or digits.
    """
    if not re.fullmatch(r"[A-Z0-9]{2}", name):
        raise ValueError("a bar-code signer's name is two upper-case letters or digits")
    country = authority.certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0]
    subject = x509.Name([country, _text(NameOID.COMMON_NAME, name)])
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _certificate(subject, authority.certificate.subject, key, serial=serial, at=at)
        .not_valid_after(at + KEY_USED_FOR + DOCUMENT_VALID_FOR)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.ExtendedKeyUsage([VDS_SIGNER]), critical=True)
        .add_extension(x509.UnrecognizedExtension(DOCUMENT_TYPES, document_type_list(documents)), critical=False)
        .sign(authority.key, hashes.SHA384())
    )


def certify_page_signer(
    authority: Authority, key: ec.EllipticCurvePublicKey, *, name: str, serial: int, at: datetime
) -> x509.Certificate:
    """Return the certificate of a key that signs the file of a document; valid as long as a bar-code signer's."""
    country = authority.certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0]
    subject = x509.Name([country, _text(NameOID.COMMON_NAME, name)])
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _certificate(subject, authority.certificate.subject, key, serial=serial, at=at)
        .not_valid_after(at + KEY_USED_FOR + DOCUMENT_VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority.key, hashes.SHA384())
    )


def key_used_until(certificate: x509.Certificate) -> datetime:
    """Return when the private key of a signer's certificate stops signing: as it says, else by the standard's term."""
    try:
        period = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    except x509.ExtensionNotFound:
        period = None
    said = period.not_after if period is not None else None
    return said.replace(tzinfo=UTC) if said is not None else certificate.not_valid_before_utc + KEY_USED_FOR


def make_revocation_list(
    authority: Authority, *, revoked: dict[int, datetime], at: datetime, number: int
) -> x509.CertificateRevocationList:
    """Return the authority's revocation list: serial numbers and when each was revoked."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + LIST_RENEWED_WITHIN)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
    )
    for serial, revoked_at in sorted(revoked.items()):
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at).build()
        )
    return builder.sign(authority.key, hashes.SHA384())


def document_type_list(documents: tuple[str, ...]) -> bytes:
    """Return `SEQUENCE { version INTEGER 0, SET OF PrintableString }` in DER. Source: ICAO Doc 9303-12 §7.1."""
    strings = sorted(bytes((0x13, len(each))) + each.encode("ascii") for each in documents)
    listed = b"\x02\x01\x00" + bytes((0x31, sum(map(len, strings)))) + b"".join(strings)
    return bytes((0x30, len(listed))) + listed


def _text(oid: ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    # Doc 9303-12 wants PrintableString, which this library writes for a country and else has to be told.
    return x509.NameAttribute(oid, value, x509.name._ASN1Type.PrintableString)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, serial: int, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(at.astimezone(UTC))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
