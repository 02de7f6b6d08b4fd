"""
Who a field list may mean: how alike names, dates and numbers are, what that is worth, and what to ask the registry.

Owns the comparison, the score and the queries. Knows no network; `tasks.verification` asks and reads.
"""
