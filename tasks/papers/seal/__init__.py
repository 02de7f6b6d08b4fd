"""
The visible digital seal of a travel document: bytes, bar code and verification.

Source: ICAO Doc 9303-13 (8th edition, amendment 1) for the structure, Doc 9303-8 §6 for emergency travel documents.
What is here knows no key store and no clock: who signs brings the key, who verifies brings certificates and the day.
"""

from tasks.papers.seal.datamatrix import symbol
from tasks.papers.seal.sign import SigningKey, sign_seal
from tasks.papers.seal.structure import Feature, Seal, SealMalformed, etd_seal, read_seal
from tasks.papers.seal.trust import TrustStore, TrustUnusable
from tasks.papers.seal.verify import SubIndication, Verdict, verify_seal

__all__ = [
    "Feature",
    "Seal",
    "SealMalformed",
    "SigningKey",
    "SubIndication",
    "TrustStore",
    "TrustUnusable",
    "Verdict",
    "etd_seal",
    "read_seal",
    "sign_seal",
    "symbol",
    "verify_seal",
]
