"""
The signer as a process of its own, under an account of its own.

    python -m deployments.signer --folder /var/lib/homeward-signer --socket /run/homeward/signer.sock

It needs the case database and the keys of the vault, as a worker does, and nobody else needs its own keys. It is asked
over a Unix socket, one JSON line each way.
"""

import argparse
import os
import pwd
import sys
from contextlib import suppress
from pathlib import Path

from deployments.sealer import Unusable, bound
from deployments.signer import hardware
from deployments.signer.folder import FolderUnusable
from deployments.signer.rehearsal import rehearse
from deployments.signer.service import Signer, serve
from deployments.stack.launch import end_with, take_account
from models.policy import PolicyInvalid
from tasks import case_file, journal
from tasks.policy import policy
from tasks.settings import SettingsUnusable, settings, signer_token


def main() -> None:
    """Run the signer; started as root, it takes the account named before it touches its keys."""
    parser = argparse.ArgumentParser(description="Seal and sign travel documents that officers approved.")
    parser.add_argument("--folder", type=Path, required=True, help="where keys, certificates and register lie")
    parser.add_argument("--socket", type=Path, required=True, help="where it is asked")
    parser.add_argument("--account", help="as root: the account to work under")
    asked = parser.parse_args()
    parent = os.getppid()
    try:
        settings()
        policy()
        if (token := signer_token()) is not None:
            hardware.load(token)
        # Bound before the account changes, so that only who started us may connect.
        listening = bound(asked.socket)
        asked.folder.mkdir(parents=True, exist_ok=True)
        asked.folder.chmod(0o700)
        if asked.account is not None:
            _become(asked.account, asked.folder)
            # The change of account cleared what ends us with the stack.
            end_with(parent)
        journal.begin("signer")
        serve(Signer(asked.folder), listening)
    except (FolderUnusable, hardware.TokenUnusable, SettingsUnusable, PolicyInvalid, Unusable) as unusable:
        sys.exit(f"The signer cannot work: {str(unusable).rstrip('.')}.")


def _become(account: str, folder: Path) -> None:
    """Take the account that owns the folder and all in it, once everything else was read."""
    rehearse()
    with suppress(case_file.CaseFileUnavailable), case_file.transaction():
        pass
    who = pwd.getpwnam(account)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, who.pw_uid, who.pw_gid)
    # What a library seeks at home is not root's.
    os.environ["HOME"] = str(folder)
    take_account(who.pw_uid, who.pw_gid)


if __name__ == "__main__":
    main()
