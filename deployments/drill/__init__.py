"""
Drills: one synthetic person taken home on the embedded stack, for a demonstration or for a newcomer.

Owns scripted officers, who decide through the same function as every door, with real codes. Runs in drill mode only.
"""
