"""Whom a verifier trusts: certificates of country signing authorities, the signers below them, and revocation lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID, ObjectIdentifier

from tasks.papers.seal.encoding import EncodingRefused, read_length

VDS_SIGNER = ObjectIdentifier("2.23.136.1.1.11.1")
"""Extended key usage of a bar-code signer, id-icao-vdsSigner. Source: ICAO Doc 9303-12 §7.1.3."""

DOCUMENT_TYPES = ObjectIdentifier("2.23.136.1.1.6.2")
"""Extension that lists the document codes a signer may sign. Source: ICAO Doc 9303-12 §7.1."""

PUBLISHED_KEYS = frozenset({"a360b442e10afe4dff7fecb4145d0a0c42fbdab944a889bfb335da3da171a69b"})
"""SHA-256 of public keys whose private half is printed in a book: the signer UTTS5B of Doc 9303-7 appendix E."""

SPECIMEN = "SPECIMEN"
"""Stands in the name of an authority that vouches for specimens only."""

_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----.+?-----END \1-----", re.DOTALL)
_KNOWN = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.PRIVATE_KEY_USAGE_PERIOD, DOCUMENT_TYPES,
    }
)  # fmt: skip


class TrustUnusable(Exception):
    """A folder that holds no certificates, or a file in it that is none; the text says which."""


@dataclass(frozen=True)
class TrustStore:
    """Certificates and revocation lists as somebody put them together; nothing in it is trusted for being there."""

    certificates: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...]
    takes_specimens: bool = False
    """Whether an authority of a drill counts; where real papers are judged it vouches for nothing."""

    @classmethod
    def load(cls, folder: Path, *, takes_specimens: bool = False) -> "TrustStore":
        """
        Return what the PEM files of a folder hold.

        Raises:
            TrustUnusable: no such folder, nothing in it, or a file that cannot be read.
        """
        if not folder.is_dir():
            raise TrustUnusable(f"{folder} is no folder; give one with the authority's certificate and list.")
        certificates: list[x509.Certificate] = []
        lists: list[x509.CertificateRevocationList] = []
        for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
            try:
                for block in _PEM.finditer(path.read_bytes()):
                    if block[1] == b"CERTIFICATE":
                        certificates.append(x509.load_pem_x509_certificate(block[0]))
                    else:
                        lists.append(x509.load_pem_x509_crl(block[0]))
            except (OSError, ValueError) as odd:
                raise TrustUnusable(f"{path.name} cannot be read as PEM; take it out, or mend it.") from odd
        if not certificates:
            raise TrustUnusable(f"{folder} holds no certificate; put the authority's and its list there.")
        return cls(tuple(certificates), tuple(lists), takes_specimens)

    def signers(self, identifier: str, reference: str) -> list[x509.Certificate]:
        """Return the certificates a seal's header may mean: subject C and CN, and the serial number."""
        return [
            each
            for each in self.certificates
            if _is(each, identifier) and each.serial_number == int(reference, 16) and not _is_authority(each)
        ]

    def authority(self, signer: x509.Certificate) -> x509.Certificate | None:
        """Return the self-signed authority of the same country that signed a signer's certificate; None without one."""
        return next(
            (
                each
                for each in self.certificates
                if _is_authority(each)
                and (self.takes_specimens or not is_specimen(each))
                and _signed_by(each, each)
                and not _has_published_key(each)
                and country_of(each) == country_of(signer)
                and _signed_by(signer, each)
            ),
            None,
        )

    def lists_of(self, authority: x509.Certificate) -> list[x509.CertificateRevocationList]:
        """Return the revocation lists an authority signed."""
        key = authority.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return []
        return [
            each for each in self.revocation_lists if each.issuer == authority.subject and each.is_signature_valid(key)
        ]


def country_of(certificate: x509.Certificate) -> str:
    """Return the country a certificate names, upper case; nothing where it names none or several."""
    return _named(certificate, NameOID.COUNTRY_NAME)


def is_specimen(authority: x509.Certificate) -> bool:
    """Return whether an authority says of itself that it vouches for specimens only."""
    return any(SPECIMEN in str(attribute.value).upper() for attribute in authority.subject)


def revoked(certificate: x509.Certificate, lists: Iterable[x509.CertificateRevocationList]) -> bool:
    """Return whether one of the authority's lists names a certificate."""
    return any(each.get_revoked_certificate_by_serial_number(certificate.serial_number) for each in lists)


def in_force(certificate: x509.Certificate, at: date) -> bool:
    """Return whether a certificate is valid on a day."""
    return certificate.not_valid_before_utc.date() <= at <= certificate.not_valid_after_utc.date()


def follows_profile(signer: x509.Certificate) -> bool:
    """
    Return whether a certificate is one of a bar-code signer.

    Subject C and CN only; the extended key usage, critical, and nothing critical besides that we do not know. Source:
    ICAO Doc 9303-12 §7.1.3. A key that was published as an example is nobody's: everybody can sign with it.
    """
    subject = sorted(attribute.oid.dotted_string for attribute in signer.subject)
    if subject != sorted((NameOID.COUNTRY_NAME.dotted_string, NameOID.COMMON_NAME.dotted_string)):
        return False
    try:
        extensions = signer.extensions
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        is_published = _has_published_key(signer)
    except (ValueError, x509.ExtensionNotFound, UnsupportedAlgorithm):
        return False
    return (
        usage.critical
        and VDS_SIGNER in usage.value
        and not any(each.critical and each.oid not in _KNOWN for each in extensions)
        and not is_published
    )


def document_types(signer: x509.Certificate) -> frozenset[str] | None:
    """
    Return the document codes a signer may sign; None if its certificate names none, and so any.

    `DocumentTypeList ::= SEQUENCE { version INTEGER, docTypeList SET OF PrintableString }`. Source: Doc 9303-12 §7.1.
    """
    try:
        listed = signer.extensions.get_extension_for_oid(DOCUMENT_TYPES).value
    except x509.ExtensionNotFound:
        return None
    if not isinstance(listed, x509.UnrecognizedExtension):
        raise TypeError("the list of document types was read as something else")
    try:
        return frozenset(_strings(listed.value))
    except EncodingRefused:
        return frozenset()


def _has_published_key(certificate: x509.Certificate) -> bool:
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(spki).hexdigest() in PUBLISHED_KEYS


def _strings(encoded: bytes) -> Iterable[str]:
    at = 0
    while at < len(encoded):
        tag = encoded[at]
        count, begins = read_length(encoded, at + 1)
        at = begins + count
        value = encoded[begins:at]
        if tag in (0x30, 0x31):
            yield from _strings(value)
        elif tag == 0x13:
            yield value.decode("ascii", errors="replace")


def _named(certificate: x509.Certificate, oid: ObjectIdentifier) -> str:
    values = [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid)]
    return values[0].upper() if len(values) == 1 else ""


def _is(certificate: x509.Certificate, identifier: str) -> bool:
    return country_of(certificate) + _named(certificate, NameOID.COMMON_NAME) == identifier


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True
