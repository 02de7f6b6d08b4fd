"""
Papers: a frozen content object in, PDF bytes out.

Owns how a paper looks and the words it says in Korean and English. Does not own what may be said, when, or to whom: no
rule, no clock, no network; the moment is part of the content, and the same content gives the same bytes.
"""
