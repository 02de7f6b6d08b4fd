"""
How things are done: effects on the case database, on partners, on paper.

Owns every call to the outside and every write. Does not own the order of the journey (flows) nor the rules (models).
"""
