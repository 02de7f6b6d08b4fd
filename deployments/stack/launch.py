"""
What a child of the stack runs first: give up root, ask to end with its parent, become the program.

Run as a file, by `processes.spawn`: PARENT-PID UID GID PROGRAM ARGUMENT…; 0 for UID keeps the account.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def take_account(uid: int, gid: int) -> None:
    """Give up root for another account."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def end_with(parent: int) -> None:
    """On Linux, get SIGTERM when the parent dies, even by SIGKILL; a change of account clears this."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit("the stack ended before its child began")


def become(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Replace this process by the program."""
    if uid:
        take_account(uid, gid)
    end_with(parent)
    os.execvpe(command[0], command, os.environ)  # noqa: S606 - no shell, and the program is the stack's own choice


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
