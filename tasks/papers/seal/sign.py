"""Signing a seal with a key at hand; where the key is kept is the caller's business."""

from dataclasses import replace
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tasks.papers.seal.structure import Seal
from tasks.papers.seal.verify import hash_for


class SigningKey(Protocol):
    """All that signing asks of a key: one in a file has it, and one that never leaves its token can have it."""

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve of the key."""

    def sign(self, data: bytes, signature_algorithm: ec.ECDSA, /) -> bytes:
        """Return the signature of the data, r and s in DER."""


def sign_seal(seal: Seal, key: SigningKey) -> Seal:
    """Return the seal with its signature: r and s, each filled with zeros to the key's length (Doc 9303-13 §2.4)."""
    r, s = decode_dss_signature(key.sign(seal.to_be_signed, ec.ECDSA(hash_for(key.curve))))
    size = (key.curve.key_size + 7) // 8
    return replace(seal, signature=r.to_bytes(size, "big") + s.to_bytes(size, "big"))
