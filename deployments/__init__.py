"""
Who starts what: the command line, the embedded stack, the worker, the desk, the sandbox, migrations.

Owns processes, addresses and doors. Does not own rules: if a page or a command decides something, the rule moves to
models.
"""
