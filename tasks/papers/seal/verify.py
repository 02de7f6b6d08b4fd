"""Verification of a seal by the rules of ICAO Doc 9303-13 appendix D and Doc 9303-8 appendix A, in their order."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from models.mrz import read_td2
from tasks.papers.seal.structure import MRZ_TAG, VERSION_4, Seal, SealMalformed, read_seal
from tasks.papers.seal.trust import TrustStore, document_types, follows_profile, in_force, revoked


class SubIndication(StrEnum):
    """Why a seal is not valid, or what is noted about a valid one; the words are the standard's."""

    read_error = "READ_ERROR"
    wrong_format = "WRONG_FORMAT"
    unknown_certificate = "UNKNOWN_CERTIFICATE"
    untrusted_certificate = "UNTRUSTED_CERTIFICATE"
    invalid_documenttype = "INVALID_DOCUMENTTYPE"
    expired_certificate = "EXPIRED_CERTIFICATE"
    revoked_certificate = "REVOKED_CERTIFICATE"
    invalid_signature = "INVALID_SIGNATURE"
    invalid_seal_mrz = "INVALID_SEAL_MRZ"
    invalid_printed_mrz = "INVALID_PRINTED_MRZ"
    seal_document_mismatch = "SEAL_DOCUMENT_MISMATCH"
    unknown_feature = "UNKNOWN_FEATURE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found."""

    sub_indication: SubIndication | None = None
    newest_list_until: date | None = None
    """When the revocation list that was used should have been replaced; None if the list does not say."""

    @property
    def valid(self) -> bool:
        """Whether the seal is genuine; something unknown in a genuine seal does not harm it."""
        return self.sub_indication in (None, SubIndication.unknown_feature)


def verify_seal(encoded: bytes, *, trust: TrustStore, at: date, printed_mrz: tuple[str, str] | None = None) -> Verdict:
    """
    Return whether a seal is valid on a day, and whether it is the seal of the zone printed beside it.

    Without a printed zone only the seal itself is judged; somebody then compares by eye.
    """
    try:
        seal = read_seal(encoded)
        zone = seal.mrz
    except SealMalformed:
        return Verdict(SubIndication.wrong_format)
    if seal.departures or not seal.is_etd or seal.version < VERSION_4 or len(seal.signature) % 2:
        return Verdict(SubIndication.wrong_format)
    refusal, until = _signer_refused(seal, zone, trust, at)
    refusal = refusal or _zones_refused(zone, printed_mrz)
    if refusal is None and any(feature.tag != MRZ_TAG for feature in seal.features):
        refusal = SubIndication.unknown_feature
    return Verdict(refusal, until)


def _signer_refused(
    seal: Seal, zone: tuple[str, str], trust: TrustStore, at: date
) -> tuple[SubIndication | None, date | None]:
    """Return what speaks against the signer or the signature, and until when the list of the revoked was fresh."""
    candidates = trust.signers(seal.signer_identifier, seal.certificate_reference)
    if not candidates:
        return SubIndication.unknown_certificate, None
    trusted = [
        (each, authority, lists)
        for each in candidates
        if (authority := trust.authority(each)) is not None
        and follows_profile(each)
        # Without the authority's list nobody can know that the signer was not revoked.
        and (lists := trust.lists_of(authority))
    ]
    if not trusted:
        return SubIndication.untrusted_certificate, None
    signer, authority, lists = trusted[0]
    documents = document_types(signer)
    checks = {
        SubIndication.invalid_documenttype: documents is None or zone[0][:2].rstrip("<") in documents,
        SubIndication.expired_certificate: in_force(signer, at) and in_force(authority, at),
        SubIndication.revoked_certificate: not revoked(signer, lists),
        SubIndication.invalid_signature: _is_signed(seal, signer),
    }
    newest = max(lists, key=lambda each: each.last_update_utc)
    until = newest.next_update_utc.date() if newest.next_update_utc else None
    return next((word for word, holds in checks.items() if not holds), None), until


def _is_signed(seal: Seal, signer: x509.Certificate) -> bool:
    key = signer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    # All curves served have orders of as many bits as their fields.
    size = (key.curve.key_size + 7) // 8
    if len(seal.signature) != 2 * size:
        return False
    r, s = (int.from_bytes(half, "big") for half in (seal.signature[:size], seal.signature[size:]))
    try:
        key.verify(encode_dss_signature(r, s), seal.to_be_signed, ec.ECDSA(hash_for(key.curve)))
    except InvalidSignature:
        return False
    return True


def hash_for(curve: ec.EllipticCurve) -> hashes.HashAlgorithm:
    """Return the hash that goes with a curve, by the bits of its order. Source: Doc 9303-13 §2.4."""
    for bits, algorithm in ((224, hashes.SHA224()), (256, hashes.SHA256()), (384, hashes.SHA384())):
        if curve.key_size <= bits:
            return algorithm
    return hashes.SHA512()


def _zones_refused(zone: tuple[str, str], printed: tuple[str, str] | None) -> SubIndication | None:
    if not _holds(zone):
        return SubIndication.invalid_seal_mrz
    if printed is None:
        return None
    if not _holds(printed):
        return SubIndication.invalid_printed_mrz
    return SubIndication.seal_document_mismatch if printed != zone else None


def _holds(zone: tuple[str, str]) -> bool:
    try:
        return read_td2(*zone).checks.hold
    except ValueError:
        return False
