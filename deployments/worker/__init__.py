"""
The worker: runs segments of journeys inside a warm process.

Owns how a run is heard of, taken, run and let go, and what one process may use. Does not own what the journey does, nor
how a case that stands still is found and mended (`tasks/takeover.py`).
"""
