"""
The desk: where officers sign in, look at evidence and receive papers.

Owns pages, cookies and headers. Pages call the same functions as the command line and decide nothing themselves.
"""
