"""
The command line: `homeward …`.

Owns words typed and printed, exit codes and the session file. Errors go to standard error: 2 for bad input, 1 for a
refusal. Every command takes `--json`.
"""

from deployments.cli.main import main

__all__ = ["main"]
