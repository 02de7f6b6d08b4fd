"""
The embedded stack: everything a coordinator needs on one bare machine, started by one command.

Owns processes, ports, secret files and the order of starting. Each component can be replaced by an address in the
environment; what is replaced is not started.
"""
