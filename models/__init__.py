"""
What Homeward knows: tables, values and rules.

Owns the words of the domain and every rule that can be stated without a clock, a network or an environment; the
moment is passed in. Does not own how anything is fetched, stored, drawn or shown.
"""
