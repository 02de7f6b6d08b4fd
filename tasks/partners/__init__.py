"""
One client per outside system.

Owns the words of partners: their paths, fields and codes stop here, and errors leave as one of the five of `errors`.
Does not own when to call, how often, or what follows.
"""
