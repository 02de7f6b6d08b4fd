"""PDFium, with which a PDF somebody gives us is looked at: one thread at a time, as it demands of its callers."""

from threading import RLock

ALONE = RLock()
"""Held from before a PDF is opened until after it is closed. Source: PDFium, `public/fpdfview.h`."""
