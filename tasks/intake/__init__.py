"""
Intake: a list written by others becomes cases.

Owns files, rows and cells as others write them, and what became of each row. Does not own what two cases have in
common (`tasks.duplicates`) nor what a case is (`tasks.case_file`).
"""

from tasks.intake.adding import Intake, Outcome, Taken, remembered, take_in
from tasks.intake.cells import Flaw
from tasks.intake.lines import LARGEST_FILE, ListUnreadable
from tasks.intake.looking_up import Found, look_up
from tasks.intake.reading import Table, named_columns, read_list

__all__ = [
    "LARGEST_FILE",
    "Flaw",
    "Found",
    "Intake",
    "ListUnreadable",
    "Outcome",
    "Table",
    "Taken",
    "look_up",
    "named_columns",
    "read_list",
    "remembered",
    "take_in",
]
