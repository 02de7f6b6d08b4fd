"""
What a child of the stack runs first: give up root, ask to end with its parent, become the program.

Run as a file, by `processes.spawn`: PARENT-PID UID GID PROGRAM ARGUMENT…; 0 for UID keeps the account.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def become(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Replace this process by the program; on Linux it gets SIGTERM when the parent dies, even by SIGKILL."""
    if uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform.startswith("linux"):
        # After the change of account, which clears it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit("the stack ended before its child began")
    os.execvpe(command[0], command, os.environ)  # noqa: S606 - no shell, and the program is the stack's own choice


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
