"""A seal's header, features and signature as bytes, and back."""

import re
from dataclasses import dataclass
from datetime import date

from tasks.papers.seal.encoding import EncodingRefused, c40, day, from_c40, from_day, length, read_length

MAGIC = 0xDC
VERSION_3, VERSION_4 = 0x02, 0x03
"""The byte n stands for version n + 1. Source: Doc 9303-13 table 1."""

ETD_FEATURES, ETD_CATEGORY = 0x5E, 0x03
"""Source: Doc 9303-8 §6.1.1."""

MRZ_TAG = 0x02
MRZ_BYTES = 48
"""Two lines of 36 characters in C40. Source: Doc 9303-8 §6.1.3."""

SIGNATURE_MARKER = 0xFF

_DECIMAL_LENGTHS = frozenset({"DEZV"})
"""Signers known to write the length of a certificate reference in decimal digits. Source: BSI TR-03171."""


class SealMalformed(ValueError):
    """Bytes that are no seal, or one that breaks off."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of the document, by its tag."""

    tag: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal, with or without its signature."""

    issuing_country: str
    """ISO 3166-1 alpha-3, or as Doc 9303-3 §5 has it."""
    signer_identifier: str
    """Country of the signer, two letters, and two characters that name it there."""
    certificate_reference: str
    """Serial number of the signer's certificate in hexadecimal digits."""
    document_issued_on: date
    signed_on: date
    features: tuple[Feature, ...]
    feature_definition: int = ETD_FEATURES
    document_category: int = ETD_CATEGORY
    version: int = VERSION_4
    signature: bytes = b""
    """r and s, each as long as the order of the curve, one after the other."""
    departures: tuple[str, ...] = ()
    """Where what was read departs from Doc 9303-13, though its meaning is plain; nothing we write does."""
    signed_bytes: bytes = b""
    """Header and features as they were read; what a signature is over."""

    @property
    def to_be_signed(self) -> bytes:
        """Header and features: what the signature is over."""
        if self.signed_bytes:
            return self.signed_bytes
        reference = self.certificate_reference
        header = bytes((MAGIC, self.version)) + c40(self.issuing_country.ljust(3, "<"))
        header += c40(f"{self.signer_identifier}{len(reference):02X}{reference}")
        header += day(self.document_issued_on) + day(self.signed_on)
        header += bytes((self.feature_definition, self.document_category))
        return header + b"".join(bytes((f.tag,)) + length(len(f.value)) + f.value for f in self.features)

    @property
    def encoded(self) -> bytes:
        """The whole seal, as it goes into the bar code."""
        return self.to_be_signed + bytes((SIGNATURE_MARKER,)) + length(len(self.signature)) + self.signature

    @property
    def is_etd(self) -> bool:
        """Whether it is the seal of an emergency travel document."""
        return (self.feature_definition, self.document_category) == (ETD_FEATURES, ETD_CATEGORY)

    def value(self, tag: int) -> bytes | None:
        """Return what the feature of a tag holds; None without one."""
        return next((feature.value for feature in self.features if feature.tag == tag), None)

    @property
    def mrz(self) -> tuple[str, str]:
        """
        The two lines of the machine-readable zone, fillers put back.

        Raises:
            SealMalformed: no zone of two lines of 36 characters.
        """
        value = self.value(MRZ_TAG)
        if value is None or len(value) != MRZ_BYTES:
            raise SealMalformed("the seal holds no machine-readable zone of 2×36 characters")
        try:
            zone = from_c40(value).replace(" ", "<")
        except EncodingRefused as odd:
            raise SealMalformed(str(odd)) from odd
        if len(zone) != 72:
            raise SealMalformed("the seal holds no machine-readable zone of 2×36 characters")
        return zone[:36], zone[36:]


def etd_seal(
    mrz: tuple[str, str],
    *,
    issuing_country: str,
    signer_identifier: str,
    certificate_reference: str,
    document_issued_on: date,
    signed_on: date,
) -> Seal:
    """
    Return the unsigned seal of an emergency travel document.

    Raises:
        ValueError: lines that are not 36 characters, or a signer or reference of another form.
    """
    if [len(line) for line in mrz] != [36, 36]:
        raise ValueError("a seal takes two lines of 36 characters")
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{2}", signer_identifier):
        raise ValueError("a signer is named by two letters of its country and two letters or digits")
    if not re.fullmatch(r"[0-9A-F]{1,255}", certificate_reference) or not certificate_reference.strip("0"):
        raise ValueError("a certificate is named by its serial number in hexadecimal; zero is for tests only")
    return Seal(
        issuing_country=issuing_country,
        signer_identifier=signer_identifier,
        certificate_reference=certificate_reference,
        document_issued_on=document_issued_on,
        signed_on=signed_on,
        features=(Feature(MRZ_TAG, c40("".join(mrz))),),
    )


def read_seal(encoded: bytes) -> Seal:
    """
    Return the seal of a bar code's bytes.

    What departs from the standard and still has one plain meaning is read and named in `departures`, so that an
    inspector can be told what stands there; verification refuses it.

    Raises:
        SealMalformed: no seal, cut off, or with bytes after its end.
    """
    try:
        return _read(encoded)
    except (EncodingRefused, IndexError) as odd:
        raise SealMalformed(str(odd) if isinstance(odd, EncodingRefused) else "the seal breaks off") from odd


def _read(encoded: bytes) -> Seal:
    if len(encoded) < 18 or encoded[0] != MAGIC or encoded[1] not in (VERSION_3, VERSION_4):
        raise SealMalformed("these bytes do not begin as a seal of version 3 or 4 does")
    departures: list[str] = []
    version = encoded[1]
    country = from_c40(encoded[2:4])
    if len(country) != 3:
        departures.append("the issuing country is not filled to three characters")
    signer, reference, at = _signer(encoded, version, departures)
    issued_on, signed_on = from_day(encoded[at : at + 3]), from_day(encoded[at + 3 : at + 6])
    definition, category = encoded[at + 6], encoded[at + 7]
    features, signed_length = _features(encoded, at + 8, version, departures)
    count, begins = read_length(encoded, signed_length + 1)
    if begins + count != len(encoded):
        raise SealMalformed("the signature is cut off, or something follows it")
    return Seal(
        issuing_country=country.rstrip(),
        signer_identifier=signer,
        certificate_reference=reference,
        document_issued_on=issued_on,
        signed_on=signed_on,
        features=features,
        feature_definition=definition,
        document_category=category,
        version=version,
        signature=encoded[begins:],
        departures=tuple(departures),
        signed_bytes=encoded[:signed_length],
    )


def _signer(encoded: bytes, version: int, departures: list[str]) -> tuple[str, str, int]:
    """Return signer, certificate reference, and where the dates begin."""
    if version == VERSION_3:
        text = from_c40(encoded[4:10])
        signer, reference, ends = text[:4], text[4:], 10
        if len(text) != 9:
            raise SealMalformed("signer and certificate of version 3 take nine characters")
    else:
        head = from_c40(encoded[4:8])
        signer, digits = head[:4], head[4:6]
        decimal = signer in _DECIMAL_LENGTHS
        if not re.fullmatch(r"[0-9A-F]{2}" if not decimal else r"[0-9]{2}", digits):
            raise SealMalformed("the length of the certificate reference is no number")
        count = int(digits, 10 if decimal else 16)
        if decimal:
            departures.append("the length of the certificate reference is written in decimal digits")
        # As many pairs of bytes as there are groups of three characters begun. Source: Doc 9303-13 §2.6 b.
        ends = 4 + 2 * -(-(6 + count) // 3)
        text = from_c40(encoded[4:ends])
        reference = text[6:]
        if len(reference) != count:
            raise SealMalformed("the certificate reference is not as long as it says")
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{2}", signer) or not re.fullmatch(r"[0-9A-F]+", reference):
        raise SealMalformed("signer and certificate are not named as the standard has it")
    return signer, reference, ends


def _features(encoded: bytes, at: int, version: int, departures: list[str]) -> tuple[tuple[Feature, ...], int]:
    """Return the features, and where the marker of the signature stands."""
    features: list[Feature] = []
    while encoded[at] != SIGNATURE_MARKER:
        tag = encoded[at]
        if version == VERSION_3:
            count, begins = encoded[at + 1], at + 2
        elif encoded[at + 1] == 0x80:
            departures.append(f"the length of feature {tag:02X} is of indefinite form, which DER does not know")
            count, begins = 0x80, at + 2
        else:
            count, begins = read_length(encoded, at + 1)
        at = begins + count
        features.append(Feature(tag, encoded[begins:at]))
        encoded[at]
    if len({feature.tag for feature in features}) != len(features):
        departures.append("a feature stands there twice")
    return tuple(features), at
