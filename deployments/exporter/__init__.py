"""
The exporter: what Prometheus reads, and nothing else.

Owns the names of the figures and how they are served. Does not own what they count: `tasks/figures.py` asks the case
database, `tasks/meters.py` keeps what processes count of themselves.
"""
