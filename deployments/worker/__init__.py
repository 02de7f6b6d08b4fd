"""
The worker: runs segments of journeys inside a warm process.

Owns how a run is taken, run and let go. Does not own what the journey does.
"""
