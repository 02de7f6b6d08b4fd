"""The synthetic person of the demonstration and of the first steps on the card; the sandbox's registry knows them."""

from models.person import Category, Sex
from models.portrait import HeadMarks

NAME_HANGUL = "배준미"
NAME_LATIN = "PAE JUN MI"
SEX = Sex.female
BIRTH_DATE = "1999-04-27"
PASSPORT = "M16371324"
PLACE = "Poipet"
KEEPER = "Immigration detention centre"
HOST_STATUS = "detained"
CATEGORY = Category.presumed_victim
COUNTRY = "KHM"
REGISTRY_ID = "R000002"
HEAD = HeadMarks(crown=94, chin=844)
"""Where an officer would mark any face the sandbox draws: rows 50 and 448 of 531."""

COMMAND = (
    f'homeward case open --name-hangul {NAME_HANGUL} --name-latin "{NAME_LATIN}" --sex {SEX} --born-on {BIRTH_DATE} '
    f'--passport {PASSPORT} --place {PLACE} --keeper "{KEEPER}" --host-status {HOST_STATUS} --category {CATEGORY} '
    "--declared-in ko"
)
"""The command that opens a case for this person."""
