"""
Key ceremonies of a drill: a specimen authority, its signers, their rotation and revocation.

In live mode nobody makes an authority here: the ministry's issues certificates and lists, and they are put into the
signer's folder by name. What is exported for verifiers is the same in both.
"""

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deployments.signer import hardware
from deployments.signer.authority import (
    DOCUMENT_VALID_FOR,
    KEY_USED_FOR,
    Authority,
    certify,
    certify_page_signer,
    make_authority,
    make_revocation_list,
)
from deployments.signer.folder import (
    AUTHORITY,
    AUTHORITY_KEY,
    LIST,
    ON_TOKEN,
    Folder,
    FolderUnusable,
    Use,
    name_of,
    read_folder,
    revoked_so_far,
    write_key,
    write_pair,
    write_public,
)
from tasks.papers.seal.trust import SPECIMEN
from tasks.settings import signer_token

COUNTRY = "KR"
SEAL_SIGNER = "HW"
"""Two characters that name a bar-code signer in its country."""


def begin(path: Path, *, at: datetime) -> Folder:
    """
    Make a specimen authority, its list, and the first signers.

    Raises:
        FolderUnusable: there is an authority already.
    """
    if (path / AUTHORITY).exists():
        raise FolderUnusable(f"{path} has an authority already; renew its signers with `homeward signer renew`")
    path.mkdir(parents=True, exist_ok=True)
    # What a ceremony that was cut short left behind counts for nothing; anything else is somebody's.
    left = (".pem", ".key", ON_TOKEN, ".part")
    if any(file.suffix not in left and file.name != hardware.REFUSED for file in path.iterdir()):
        raise FolderUnusable(f"{path} holds something else; give a folder of the signer's own")
    path.chmod(0o700)
    authority = make_authority(COUNTRY, name=f"{SPECIMEN} CSCA Homeward drill", at=at)
    # The certificate comes last: without it the ceremony has not been, and begins again.
    write_key(path / AUTHORITY_KEY, authority.key)
    _make_signers(path, authority, first_serial=1, at=at)
    write_public(path / LIST, make_revocation_list(authority, revoked={}, at=at, number=1))
    write_public(path / AUTHORITY, authority.certificate)
    return read_folder(path, drill=True)


def renew(path: Path, *, at: datetime) -> Folder:
    """
    Make new signers and a new list; the old certificates stay, and the old keys, which sign no more, are destroyed.

    Raises:
        FolderUnusable: no authority of a drill, or one that ends too soon.
    """
    folder = read_folder(path, drill=True)
    authority = _authority(folder)
    if at + KEY_USED_FOR + DOCUMENT_VALID_FOR > folder.authority.not_valid_after_utc:
        raise FolderUnusable(f"the authority in {path} ends before a new signer would; begin anew in another folder")
    serials = [each.certificate.serial_number for each in folder.held]
    _make_signers(path, authority, first_serial=max(serials, default=0) + 1, at=at)
    renew_list(path, at=at)
    for each in folder.held:
        each.destroy_key()
    return read_folder(path, drill=True)


def renew_list(path: Path, *, at: datetime) -> Folder:
    """
    Make the revocation list anew, naming the same certificates.

    Raises:
        FolderUnusable: no authority of a drill.
    """
    folder = read_folder(path, drill=True)
    return _list_anew(folder, revoked_so_far(folder.revocation_list), at=at)


def revoke(path: Path, serial: str, *, at: datetime) -> Folder:
    """
    Revoke a signer: nothing it signed holds any more, and its key is destroyed.

    Raises:
        FolderUnusable: no authority of a drill, or no such signer.
    """
    folder = read_folder(path, drill=True)
    found = [each for each in folder.held if each.serial == serial.strip().upper()]
    if not found:
        known = ", ".join(each.serial for each in folder.held)
        raise FolderUnusable(f"no signer has that serial number; the ones here are {known}")
    revoked = revoked_so_far(folder.revocation_list)
    revoked.setdefault(found[0].certificate.serial_number, at)
    renewed = _list_anew(folder, revoked, at=at)
    found[0].destroy_key()
    return renewed


def export(folder: Folder, to: Path) -> list[Path]:
    """Write what a verifier needs, and nothing secret: the authority, its list, and every signer's certificate."""
    to.mkdir(parents=True, exist_ok=True)
    files: dict[Path, x509.Certificate | x509.CertificateRevocationList] = {
        to / AUTHORITY: folder.authority,
        to / LIST: folder.revocation_list,
        **{to / f"{each.key_file.stem}.pem": each.certificate for each in folder.held},
    }
    for file, what in files.items():
        write_public(file, what)
    return list(files)


def _make_signers(path: Path, authority: Authority, *, first_serial: int, at: datetime) -> None:
    seal_key, seal_public = _new_key(path, Use.seal, first_serial)
    page_key, page_public = _new_key(path, Use.page, first_serial + 1)
    seal = certify(authority, seal_public, name=SEAL_SIGNER, serial=first_serial, at=at)
    name = f"{SPECIMEN} Homeward travel documents"
    page = certify_page_signer(authority, page_public, name=name, serial=first_serial + 1, at=at)
    write_pair(path, Use.seal, seal, seal_key)
    write_pair(path, Use.page, page, page_key)


def _new_key(
    path: Path, use: Use, serial: int
) -> tuple[ec.EllipticCurvePrivateKey | hardware.TokenKey, ec.EllipticCurvePublicKey]:
    """Return a new P-256 key and its public half; on the token, where one is set."""
    token = signer_token()
    if token is None:
        key = ec.generate_private_key(ec.SECP256R1())
        return key, key.public_key()
    try:
        # What a ceremony that was cut short left under the name has no certificate and counts for nothing.
        hardware.destroy_key(token, path, name_of(use, serial))
        on_token = hardware.make_key(token, path, name_of(use, serial))
    except hardware.TokenUnusable as unusable:
        raise FolderUnusable(f"no key was made: {unusable}") from None
    return on_token, on_token.public_key


def _list_anew(folder: Folder, revoked: dict[int, datetime], *, at: datetime) -> Folder:
    number = folder.revocation_list.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    made = make_revocation_list(_authority(folder), revoked=revoked, at=at, number=number + 1)
    write_public(folder.path / LIST, made)
    return read_folder(folder.path, drill=True)


def _authority(folder: Folder) -> Authority:
    try:
        key = load_pem_private_key((folder.path / AUTHORITY_KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise FolderUnusable(f"{AUTHORITY_KEY} is not in {folder.path}, or is no key; put it back") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != folder.authority.public_key():
        raise FolderUnusable(f"{AUTHORITY_KEY} is not the key of {AUTHORITY}; put the right one back")
    return Authority(key, folder.authority)
