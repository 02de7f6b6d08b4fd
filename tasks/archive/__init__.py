"""
A case as one archive that anybody can check: facts, decisions, papers, audit events, and a program that checks them.

Owns what goes into it and in which form. `verify.py` travels in the archive and uses nothing of ours.
"""

from tasks.archive.pack import checked_against, export, handed_out

__all__ = ["checked_against", "export", "handed_out"]
