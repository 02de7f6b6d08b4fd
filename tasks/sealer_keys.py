"""The keys of the sealer: each is signed by the one before, so that who knows one of them knows them all."""

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from models.audit import GENESIS, ChainSeal, SealerKey, key_statement, seal_statement


def is_signed(public_key: str, statement: bytes, signature: str) -> bool:
    """Return whether a statement was signed with the private half of a key; all in hex."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_of(seal: ChainSeal, keys: Sequence[SealerKey]) -> str:
    """Return the key a seal must be made with: the last one that began before its event."""
    return next(key.public_key for key in reversed(keys) if key.after_seq < seal.seq)


def fault_of(keys: Sequence[SealerKey], seals: Sequence[ChainSeal]) -> tuple[str, int] | None:
    """Return the first key or seal that does not hold, in one sentence without its full stop, and its event."""
    if not keys:
        return "the sealer has no key", 0
    sealed = {0: GENESIS} | {seal.seq: seal.hash for seal in seals}
    for place, key in enumerate(keys):
        if (wrong := _wrong(key, keys[place - 1] if place else None, sealed)) is not None:
            return f"the sealer's key {key.public_key} {wrong}", key.after_seq
    for seal in seals:
        if not is_signed(key_of(seal, keys), seal_statement(seal), seal.signature):
            return f"the seal of event {seal.seq} does not fit: its signature is not the sealer's", seal.seq
    return None


def _wrong(key: SealerKey, before: SealerKey | None, sealed: dict[int, str]) -> str | None:
    if key.previous_key != (before.public_key if before else GENESIS):
        return f"is unknown: it does not follow the key {before.public_key if before else GENESIS}"
    if before is None and key.after_seq != 0:
        return "is the first and does not begin with the chain"
    if (before is not None and key.after_seq < before.after_seq) or sealed.get(key.after_seq) != key.after_hash:
        return f"does not begin after a seal: event {key.after_seq} is not sealed so"
    if before is not None and not is_signed(before.public_key, key_statement(key), key.signature):
        return f"is not signed with the key before it, {before.public_key}"
    if not is_signed(key.public_key, key_statement(key), key.proof):
        return "was not held by whoever announced it"
    return None
