"""
A stand-in for every outside partner, over real HTTP, in a process of its own.

Owns the partners' side of each contract, their storage, and the faults and answers a drill orders on the control port.
Shares no code with the clients in `tasks.partners`: two sides written apart cannot agree on the same mistake.
Run it with `python -m deployments.sandbox --port P --control-port C --database FILE.sqlite`.
"""
