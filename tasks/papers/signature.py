"""
The signature over a document's file: PAdES B-B, a certification after which nothing may change.

P-256, because poppler calls a signature on a brainpool curve invalid (seen 2026-11-22 with pyHanko 0.38). Source: ETSI
EN 319 142-1; ISO 32000-2 §12.8.
"""

import io
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from asn1crypto import algos  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tasks.papers.seal.sign import SigningKey
from tasks.papers.seal.trust import TrustStore, country_of, in_force, revoked
from tasks.papers.seal.verify import SubIndication

_FIELD = "Signature"
_SIGNATURE_BYTES = 72
"""The longest a P-256 signature in DER is."""

_BESIDE_CERTIFICATE_BYTES = 2048
"""Room in a signature for what is not the certificate; some 600 bytes are used, and more than there is is refused."""


class _KeySigner(signers.Signer):
    """pyHanko's signer over a key we hold."""

    def __init__(self, key: SigningKey, certificate: x509.Certificate) -> None:
        super().__init__(
            embed_roots=False,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            signing_cert=_asn1(certificate),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - as the base
        """Return the signature over the signed attributes; a dry run only asks for the room it takes."""
        if digest_algorithm != "sha256":
            raise ValueError(f"a page is signed over SHA-256, not over {digest_algorithm}")
        return bytes(_SIGNATURE_BYTES) if dry_run else self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def sign_page(pdf: bytes, *, key: SigningKey, certificate: x509.Certificate, password: str | None = None) -> bytes:
    """
    Return the file signed as its author certifies it: any later change breaks it.

    With a password it is encrypted first (AES-256, revision 6 of ISO 32000-2 §7.6), since nothing may change after.

    Raises:
        ValueError: a key on another curve than P-256.
    """
    if key.curve.name != ec.SECP256R1.name:
        raise ValueError("the file of a document is signed with a P-256 key")
    about = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    signer = signers.PdfSigner(about, _KeySigner(key, certificate))
    if password is None:
        unsigned = IncrementalPdfFileWriter(io.BytesIO(pdf))
    else:
        unsigned = IncrementalPdfFileWriter(io.BytesIO(_encrypted(pdf, password)))
        unsigned.encrypt(password)  # type: ignore[no-untyped-call]
    # pyHanko would sign everything once more only to see how much room that takes.
    room = 2 * (_BESIDE_CERTIFICATE_BYTES + len(certificate.public_bytes(Encoding.DER)))
    signed: io.BytesIO = signer.sign_pdf(unsigned, bytes_reserved=room)
    return signed.getvalue()


def _encrypted(pdf: bytes, password: str) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    # The owner's password would lift restrictions there are none of; nobody needs to know it.
    writer.encrypt(owner_pass=secrets.token_urlsafe(32), user_pass=password)  # type: ignore[no-untyped-call]
    encrypted = io.BytesIO()
    writer.write(encrypted)  # type: ignore[no-untyped-call]
    return encrypted.getvalue()


def judge_signature(
    pdf: bytes, *, trust: TrustStore, at: date, country: str | None = None, password: str | None = None
) -> SubIndication | None:
    """
    Return why the signature of a document's file does not hold on a day; None when it does.

    One signature over the whole file, by somebody the authority of the trust folder vouches for, and nothing after it;
    where a country (ISO 3166-1 alpha-2) is given, by its authority and no other's.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        if reader.encrypted:
            reader.decrypt(password or "")
        (embedded,) = reader.embedded_signatures
        signer = x509.load_der_x509_certificate(embedded.signer_cert.dump())
        authority = trust.authority(signer)
        holds = _holds(embedded, signer, [authority or signer], at=at)
    except Exception:  # noqa: BLE001, RUF100 - a forged file makes its reader stumble anywhere; it is then not ours
        return SubIndication.invalid_signature
    if not holds:
        return SubIndication.invalid_signature
    if authority is None or not signs_pages(signer) or not (lists := trust.lists_of(authority)):
        return SubIndication.untrusted_certificate
    if country is not None and country_of(authority) != country:
        return SubIndication.untrusted_certificate
    if not (in_force(signer, at) and in_force(authority, at)):
        return SubIndication.expired_certificate
    return SubIndication.revoked_certificate if revoked(signer, lists) else None


def _holds(
    embedded: EmbeddedPdfSignature, signer: x509.Certificate, roots: Iterable[x509.Certificate], *, at: date
) -> bool:
    """Return whether nothing was changed since the signature; whether the signer counts is judged apart."""
    noon = datetime.combine(at, time(12), UTC)
    context = ValidationContext(
        trust_roots=[_asn1(root) for root in roots],
        # While the signer's certificate is in force, which is judged by days: one made in the afternoon is not at noon,
        # and pyHanko would log that with a traceback.
        moment=min(max(noon, signer.not_valid_before_utc), signer.not_valid_after_utc),
        allow_fetching=False,
        # Its own check of lists refuses old ones, and an old list strands nobody here.
        revocation_mode="soft-fail",
    )
    status = validate_pdf_signature(embedded, context)
    return bool(
        status.intact
        and status.valid
        and status.docmdp_ok
        and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and embedded.docmdp_level is fields.MDPPerm.NO_CHANGES
    )


def signs_pages(signer: x509.Certificate) -> bool:
    """Return whether a certificate is of somebody who signs documents: P-256, and a key usage of non-repudiation."""
    key = signer.public_key()
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
        is_authority = signer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False
    return (
        isinstance(key, ec.EllipticCurvePublicKey)
        and isinstance(key.curve, ec.SECP256R1)
        and usage.content_commitment
        and not is_authority
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
