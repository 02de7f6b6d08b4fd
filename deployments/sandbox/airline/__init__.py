"""
The airline: a subset of Duffel API v2, true to the recorded payloads and to its behaviour in test mode.

Owns searching, orders, payments, cancellations, the airline's own changes and webhooks, with the scripted test routes.
Seat maps and changes asked for by us are not sold here yet; each would be one more module with a router.
Source: duffel.com/docs and the observations kept in tests/vectors/duffel. It publishes its own contract, so it stays
out of ours at /openapi.json.
"""
