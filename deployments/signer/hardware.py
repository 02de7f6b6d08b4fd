"""
Keys on a token that speaks PKCS#11: they are made there, sign there, and never leave it.

What lies in the signer's folder instead of a key is a file that names the key on the token, `seal-0001.token`. There it
is noted, too, that the token refused the PIN: a few wrong ones lock it, so none is tried again before somebody acted.
Source: OASIS PKCS#11 v2.40, CKM_ECDSA; ICAO Doc 9303-12 §5 wants signing keys in such hardware.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tasks.settings import SignerToken

REFUSED = "pin-refused"
"""The note in the signer's folder that a token refused the PIN; whoever set it right removes it."""

_WRONG_PIN = "does not take the PIN; set HOMEWARD_SIGNER_PKCS11_PIN right"
_REFUSALS = {
    "PinIncorrect": _WRONG_PIN,
    "PinInvalid": _WRONG_PIN,
    "PinLenRange": _WRONG_PIN,
    "PinLocked": "is locked after wrong PINs; have whoever keeps it unlock it",
}
_WORDS = {"NoSuchToken": "is not there; put it in, or set HOMEWARD_SIGNER_PKCS11_TOKEN to its label"}
"""What to do, by the exception of python-pkcs11."""


class TokenUnusable(Exception):
    """The token does not answer, or has no such key; the text is one clause."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key on a token, as signing sees it."""

    token: SignerToken
    folder: Path
    label: str
    public_key: ec.EllipticCurvePublicKey

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve of the key."""
        return self.public_key.curve

    def sign(self, data: bytes, signature_algorithm: ec.ECDSA, /) -> bytes:
        """
        Return the signature of the data, r and s in DER.

        Raises:
            TokenUnusable: the token does not answer, or has no such key.
        """
        from pkcs11 import Mechanism, ObjectClass  # noqa: PLC0415 - only who has a token loads it

        algorithm = signature_algorithm.algorithm
        if not isinstance(algorithm, hashes.HashAlgorithm):
            raise TypeError("a token is given what is to be signed, not its hash")
        # Tokens differ in which hashes they know; the bare mechanism they all have.
        digest = hashlib.new(algorithm.name, data).digest()
        with _session(self.token, self.folder) as session:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=self.label)
            signature = key.sign(digest, mechanism=Mechanism.ECDSA)
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        return encode_dss_signature(r, s)


def load(token: SignerToken) -> None:
    """
    Load what speaks to the token, before an account is taken that may not reach it.

    Raises:
        TokenUnusable: it cannot be loaded.
    """
    try:
        import pkcs11  # noqa: PLC0415
        import pkcs11.util.ec  # noqa: PLC0415

        pkcs11.lib(str(token.module))
    except (ImportError, OSError, RuntimeError) as fault:
        raise TokenUnusable(f"{token.module} is no library of a token here ({type(fault).__name__})") from None


def make_key(token: SignerToken, folder: Path, label: str) -> TokenKey:
    """
    Make a P-256 key pair on a token, to stay there.

    Raises:
        TokenUnusable: the token does not answer or does not make one.
    """
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters  # noqa: PLC0415

    with _session(token, folder, rw=True) as session:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        stays = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        public, _ = parameters.generate_keypair(store=True, label=label, private_template=stays)
        return TokenKey(token, folder, label, _public(encode_ec_public_key(public)))


def find_key(token: SignerToken, folder: Path, label: str) -> TokenKey:
    """
    Return a key of a token by its label.

    Raises:
        TokenUnusable: the token does not answer, or has no such key.
    """
    from pkcs11 import ObjectClass  # noqa: PLC0415
    from pkcs11.util.ec import encode_ec_public_key  # noqa: PLC0415

    with _session(token, folder) as session:
        return TokenKey(
            token, folder, label, _public(encode_ec_public_key(session.get_key(ObjectClass.PUBLIC_KEY, label=label)))
        )


def destroy_key(token: SignerToken, folder: Path, label: str) -> None:
    """
    Destroy a key pair; one that is gone already is no fault.

    Raises:
        TokenUnusable: the token does not answer.
    """
    from pkcs11 import Attribute  # noqa: PLC0415

    with _session(token, folder, rw=True) as session:
        for each in list(session.get_objects({Attribute.LABEL: label})):
            each.destroy()


def _public(der: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TokenUnusable("what the token has under that name is no key on a curve")
    return key


@contextmanager
def _session(token: SignerToken, folder: Path, *, rw: bool = False) -> Iterator[Any]:
    try:
        import pkcs11  # noqa: PLC0415
    except ImportError:
        raise TokenUnusable("python-pkcs11 is not installed here; install it beside Homeward") from None
    if token.module is None or token.pin is None:
        raise TokenUnusable("no token is set; set HOMEWARD_SIGNER_PKCS11_MODULE, _TOKEN and _PIN")
    refused = folder / REFUSED
    afterwards = f"then remove {refused}: until then it is not asked again, since a few wrong PINs lock it"
    if refused.exists():
        # Neither the next release nor a start of this process by itself is somebody who acted.
        raise TokenUnusable(f"the token {token.token} {_noted(refused)}, {afterwards}")
    try:
        found = pkcs11.lib(str(token.module)).get_token(token_label=token.token)
        with found.open(rw=rw, user_pin=token.pin.get_secret_value()) as session:
            yield session
    except (pkcs11.PKCS11Error, OSError, RuntimeError) as fault:
        # Its words may hold what was typed.
        name = type(fault).__name__
        if name in _REFUSALS:
            refused.write_text(f"{name}\n")
            raise TokenUnusable(f"the token {token.token} {_REFUSALS[name]}, {afterwards} ({name})") from None
        raise TokenUnusable(f"the token {token.token} {_WORDS.get(name, 'does not do it')} ({name})") from None


def _noted(refused: Path) -> str:
    """Return what to do about a refusal that was noted."""
    return _REFUSALS.get(refused.read_text().strip(), _WRONG_PIN)
