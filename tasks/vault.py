"""
Personal data at rest: a key per person, wrapped by a key-encryption key; keyed hashes for look-up and audit.

AES-256-GCM (NIST SP 800-38D) with a fresh 96-bit nonce each time; the additional data name the person and the field,
so that a sealed value cannot be moved to another person or another field. Destroying a person's key erases them.
"""

import base64
import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr
from sqlmodel import Session

from models.person import PersonKey
from tasks.settings import settings

_NONCE_BYTES = 12
_SYSTEM = "system"


class Erased(Exception):
    """The person's key was destroyed; nothing sealed for them can be read again."""


class SealBroken(Exception):
    """A sealed value was changed, moved, or sealed under a key this installation does not hold."""


def make_key(session: Session, person_id: UUID) -> None:
    """Add a new key for a person, wrapped under the current key-encryption key."""
    key_id = settings().key_encryption_key_id
    wrapped = _seal(_key_encryption_key(key_id), os.urandom(32), f"person-key:{person_id}")
    session.add(PersonKey(person_id=person_id, wrapped_key=wrapped, key_encryption_key_id=key_id))


def seal(session: Session, person_id: UUID, field: str, value: bytes) -> bytes:
    """Return a value sealed for one field of one person."""
    return _seal(_person_key(session, person_id), value, f"{person_id}:{field}")


def open_(session: Session, person_id: UUID, field: str, sealed: bytes) -> bytes:
    """
    Return a sealed value.

    Raises:
        Erased: the person's key was destroyed.
        SealBroken: it was changed or belongs elsewhere.
    """
    return _open(_person_key(session, person_id), sealed, f"{person_id}:{field}")


def seal_text(session: Session, person_id: UUID, field: str, value: str) -> bytes:
    """Return a text sealed for one field of one person."""
    return seal(session, person_id, field, value.encode())


def open_text(session: Session, person_id: UUID, field: str, sealed: bytes) -> str:
    """Return a sealed text; raises as `open_` does."""
    return open_(session, person_id, field, sealed).decode()


def salt(session: Session, person_id: UUID, purpose: str) -> str:
    """Return a hex salt only this person's key can make, the same each time."""
    return hmac.new(_person_key(session, person_id), purpose.encode(), hashlib.sha256).hexdigest()[:32]


def seal_for_system(field: str, value: bytes) -> bytes:
    """Return a value that belongs to no person, such as an officer's secret, sealed; the key's id goes first."""
    key_id = settings().key_encryption_key_id
    return key_id.encode() + b"." + _seal(_key_encryption_key(key_id), value, f"{_SYSTEM}:{field}")


def open_for_system(field: str, sealed: bytes) -> bytes:
    """Return a value sealed with `seal_for_system`."""
    key_id, _, rest = sealed.partition(b".")
    return _open(_key_encryption_key(key_id.decode()), rest, f"{_SYSTEM}:{field}")


def keyed_hash(kind: str, value: str) -> str:
    """Return the keyed HMAC-SHA-256, hex, of a normalised value; equal values of one kind give equal hashes."""
    normal = "".join(value.split()).upper()
    return hmac.new(_bytes(settings().lookup_key), f"{kind}:{normal}".encode(), hashlib.sha256).hexdigest()


def _person_key(session: Session, person_id: UUID) -> bytes:
    row = session.get_one(PersonKey, person_id)
    if row.wrapped_key is None:
        raise Erased(str(person_id))
    return _open(_key_encryption_key(row.key_encryption_key_id), row.wrapped_key, f"person-key:{person_id}")


def _key_encryption_key(key_id: str) -> bytes:
    keys = settings().key_encryption_keys
    if key_id not in keys:
        raise SealBroken(f"the key-encryption key {key_id} is not among HOMEWARD_KEY_ENCRYPTION_KEYS")
    return _bytes(keys[key_id])


def _bytes(secret: SecretStr) -> bytes:
    return base64.b64decode(secret.get_secret_value(), validate=True)


def _seal(key: bytes, value: bytes, about: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, about.encode())


def _open(key: bytes, sealed: bytes, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError):
        raise SealBroken(f"a sealed value does not open: {about.rsplit(':', maxsplit=1)[-1]}") from None
