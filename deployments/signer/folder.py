"""
The signer's folder: the authority's certificate and list, every signer's certificate, and the keys still in use.

    csca.pem  crl.pem  seal-0001.pem  seal-0001.key  page-0002.pem  page-0002.key

Where a key lies on a token (PKCS#11), `seal-0001.token` stands in the place of `seal-0001.key` and holds its label.

The authority's key, `csca.key`, lies there in a drill only; a ministry's own authority keeps its key elsewhere and
hands over certificates and lists.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from deployments.signer import hardware
from deployments.signer.authority import key_used_until
from tasks.papers.seal import SigningKey
from tasks.papers.seal.trust import TrustStore, TrustUnusable, follows_profile, is_specimen, revoked
from tasks.papers.signature import signs_pages
from tasks.settings import SignerToken, signer_token

AUTHORITY, LIST, AUTHORITY_KEY = "csca.pem", "crl.pem", "csca.key"
ON_TOKEN = ".token"  # noqa: S105 - what a file is called

WARNED_BEFORE = timedelta(days=30)
"""A new key takes a ceremony, and that takes people."""

_NAMED_BY = (NameOID.COUNTRY_NAME, NameOID.COMMON_NAME)
_NAME = re.compile(r"^(seal|page)-([0-9A-F]{4,40})$")


class FolderUnusable(Exception):
    """What lies in the folder does not fit together, or may not be used; the text says what to do."""


class Use(StrEnum):
    """What a key signs."""

    seal = "seal"
    """The visible digital seal."""
    page = "page"
    """The document's file."""


class State(StrEnum):
    """What a key may do now."""

    not_yet = "not yet"
    signs = "signs"
    replaced = "replaced"
    """A newer one signs; what this one signed holds."""
    ended = "ended"
    """Its year and two months are over; what it signed holds."""
    revoked = "revoked"
    """What it signed holds no more."""
    has_no_key = "has no key"


@dataclass(frozen=True, slots=True)
class Held:
    """One signer's certificate, and where its key is."""

    use: Use
    certificate: x509.Certificate
    key_file: Path
    """The private key as PEM; or, ending in `.token`, the label of one on a token."""
    signs_until: datetime
    is_revoked: bool

    @property
    def serial(self) -> str:
        """Serial number in hexadecimal digits, as a seal's header has it."""
        return f"{self.certificate.serial_number:X}"

    @property
    def identifier(self) -> str:
        """Country and name, as a seal's header has them."""
        names = [self.certificate.subject.get_attributes_for_oid(oid)[0].value for oid in _NAMED_BY]
        return "".join(map(str, names))

    def key(self) -> SigningKey:
        """
        Return the private key.

        Raises:
            FolderUnusable: it is no key of the certificate, or is on a token that does not answer.
        """
        if self.key_file.suffix == ON_TOKEN:
            return self._key_on_token()
        try:
            key = load_pem_private_key(self.key_file.read_bytes(), None)
        except (OSError, ValueError, TypeError):
            raise FolderUnusable(f"{self.key_file.name} is no private key as PEM; put it back") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != self.certificate.public_key():
            raise FolderUnusable(f"{self.key_file.name} does not belong to its certificate; put the right one there")
        return key

    def _key_on_token(self) -> hardware.TokenKey:
        try:
            key = hardware.find_key(*self._place_on_token())
        except hardware.TokenUnusable as unusable:
            raise FolderUnusable(f"the key that {self.key_file.name} names cannot be used: {unusable}") from None
        if key.public_key != self.certificate.public_key():
            raise FolderUnusable(f"the key that {self.key_file.name} names does not belong to its certificate")
        return key

    def _place_on_token(self) -> tuple[SignerToken, Path, str]:
        token = signer_token()
        if token is None:
            raise FolderUnusable(f"{self.key_file.name} names a key on a token; set HOMEWARD_SIGNER_PKCS11_MODULE")
        return token, self.key_file.parent, self.key_file.read_text().strip()

    def destroy_key(self) -> None:
        """
        Destroy the private key, wherever it lies.

        Raises:
            FolderUnusable: it is on a token that does not answer.
        """
        if self.key_file.suffix == ON_TOKEN and self.key_file.exists():
            try:
                hardware.destroy_key(*self._place_on_token())
            except hardware.TokenUnusable as unusable:
                raise FolderUnusable(f"the key that {self.key_file.name} names is not destroyed: {unusable}") from None
        self.key_file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in the signer's folder, checked."""

    path: Path
    authority: x509.Certificate
    revocation_list: x509.CertificateRevocationList
    held: tuple[Held, ...]

    @property
    def trust(self) -> TrustStore:
        """What a verifier is given."""
        certificates = (self.authority, *(each.certificate for each in self.held))
        return TrustStore(certificates, (self.revocation_list,), takes_specimens=is_specimen(self.authority))

    def state(self, held: Held, *, at: datetime) -> State:
        """Return what a key may do at a moment."""
        if held.is_revoked:
            return State.revoked
        if at >= held.signs_until:
            return State.ended
        if at < held.certificate.not_valid_before_utc:
            return State.not_yet
        later = [each for each in self.held if each.use is held.use and _age(each) > _age(held)]
        if not held.key_file.exists():
            return State.replaced if later else State.has_no_key
        took_over = any(self.state(each, at=at) is State.signs for each in later)
        return State.replaced if took_over else State.signs

    def signing(self, use: Use, *, at: datetime) -> Held:
        """
        Return whose key signs at a moment.

        Raises:
            FolderUnusable: nobody's.
        """
        for each in self.held:
            if each.use is use and self.state(each, at=at) is State.signs:
                return each
        newest = [each for each in self.held if each.use is use][-1:]
        why = f"the last one is {self.state(newest[0], at=at)}" if newest else "there never was one"
        raise FolderUnusable(f"no key signs a {use} now: {why}; make one with `homeward signer renew`")

    def open_keys(self, *, at: datetime) -> None:
        """
        Open every key that may sign at a moment, so that one that cannot be used is known before it is needed.

        Raises:
            FolderUnusable: the first that is no key of its certificate, or is on a token that does not answer.
        """
        for each in self.held:
            if self.state(each, at=at) is State.signs:
                each.key()

    def warnings(self, *, at: datetime) -> list[str]:
        """Return what must be done soon, one sentence each."""
        found = []
        for use in Use:
            try:
                until = self.signing(use, at=at).signs_until
            except FolderUnusable as nobody:
                found.append(_sentence(str(nobody)))
                continue
            if at >= until - WARNED_BEFORE:
                words = f"The key that signs a {use} signs until {until.date()}; make a new one with"
                found.append(f"{words} `homeward signer renew`.")
        renew_by = self.revocation_list.next_update_utc
        if renew_by is not None and at >= renew_by - WARNED_BEFORE:
            words = f"The revocation list must be renewed by {renew_by.date()}; `homeward signer renew --list-only`"
            found.append(f"{words} does so, and then export it anew.")
        return found


def _age(held: Held) -> tuple[datetime, int]:
    return held.certificate.not_valid_before_utc, held.certificate.serial_number


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def read_folder(path: Path, *, drill: bool) -> Folder:
    """
    Return what lies in a signer's folder.

    Raises:
        FolderUnusable: something is missing or does not fit, or specimens and real papers are mixed.
    """
    try:
        store = TrustStore.load(path, takes_specimens=True)
        authority = x509.load_pem_x509_certificate((path / AUTHORITY).read_bytes())
    except TrustUnusable as unusable:
        raise FolderUnusable(str(unusable).rstrip(".")) from None
    except (OSError, ValueError):
        raise FolderUnusable(f"{path} has no {AUTHORITY}; in a drill begin with `homeward signer init`") from None
    if is_specimen(authority) != drill:
        kind = "a specimen" if is_specimen(authority) else "a real one"
        raise FolderUnusable(f"the authority in {path} is {kind}, and this is {'a drill' if drill else 'no drill'}")
    lists = store.lists_of(authority)
    if not lists:
        raise FolderUnusable(f"{path} has no revocation list of its authority; put the newest into {LIST}")
    newest = max(lists, key=lambda each: each.last_update_utc)
    held = [_held(file, store, newest) for file in sorted(path.glob("*.pem")) if _NAME.match(file.stem)]
    for each in held:
        if store.authority(each.certificate) != authority:
            raise FolderUnusable(f"{each.key_file.stem}.pem is not of the authority in {AUTHORITY}; take it out")
    return Folder(path, authority, newest, tuple(sorted(held, key=_age)))


def _held(file: Path, store: TrustStore, newest: x509.CertificateRevocationList) -> Held:
    use = Use(file.stem.partition("-")[0])
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    if not (follows_profile if use is Use.seal else signs_pages)(certificate):
        raise FolderUnusable(f"{file.name} is no certificate of who signs a {use}; ask the authority for one")
    on_token = file.with_suffix(ON_TOKEN)
    key_file = on_token if on_token.exists() else file.with_suffix(".key")
    return Held(use, certificate, key_file, key_used_until(certificate), revoked(certificate, [newest]))


def name_of(use: Use, serial: int) -> str:
    """Return the name the files of a key have, and the key on a token."""
    return f"{use}-{serial:04X}"


def write_pair(
    path: Path, use: Use, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | hardware.TokenKey
) -> None:
    """Write a key, or its label on a token, and then its certificate; a key without one counts for nothing."""
    name = name_of(use, certificate.serial_number)
    if isinstance(key, hardware.TokenKey):
        _write(path / f"{name}{ON_TOKEN}", key.label.encode() + b"\n", 0o600)
    else:
        write_key(path / f"{name}.key", key)
    write_public(path / f"{name}.pem", certificate)


def write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key that only the owner of its folder may read."""
    _write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)


def write_public(file: Path, what: x509.Certificate | x509.CertificateRevocationList) -> None:
    """Write a certificate or a list."""
    _write(file, what.public_bytes(Encoding.PEM), 0o644)


def _write(file: Path, content: bytes, mode: int) -> None:
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    if os.geteuid() == 0:
        # The folder may be the signer's own account's, and the ceremony is root's.
        owner = file.parent.stat()
        os.chown(part, owner.st_uid, owner.st_gid)
    part.replace(file)


def revoked_so_far(revocation_list: x509.CertificateRevocationList) -> dict[int, datetime]:
    """Return what a list names: serial numbers and when each was revoked."""
    return {each.serial_number: each.revocation_date_utc.astimezone(UTC) for each in revocation_list}
