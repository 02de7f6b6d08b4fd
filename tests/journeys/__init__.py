"""Whole stories: a person goes through the journey on the real engine, case database and sandbox."""
