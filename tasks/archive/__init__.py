"""
A case as one archive that anybody can check: facts, decisions, papers, audit events, and a program that checks them.

Owns what goes into it and in which form. `verify.py` travels in the archive and uses nothing of ours.
"""

from tasks.archive.pack import export

__all__ = ["export"]
