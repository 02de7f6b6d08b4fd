"""The papers, read back by programs that know nothing of how they were drawn: pypdf, pdfium, poppler where it is."""
