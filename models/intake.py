"""Intake: lists of people written by others, what their columns mean, and where each of our cases came from."""

import unicodedata
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from sqlalchemy import ARRAY, Column, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.columns import Moment, Row


class Meaning(StrEnum):
    """What a column of a list holds."""

    ref = "ref"
    """The row's own number or name in the list."""
    name = "name"
    """A name in whatever script; Hangul and Latin letters are told apart."""
    name_hangul = "name_hangul"
    name_latin = "name_latin"
    sex = "sex"
    born_on = "born_on"
    birthplace = "birthplace"
    passport_number = "passport_number"
    next_of_kin_phone = "next_of_kin_phone"
    found_at = "found_at"
    found_on = "found_on"
    keeper = "keeper"
    host_status = "host_status"
    category = "category"
    needs = "needs"
    paid_privately = "paid_privately"


NAMES = (Meaning.name, Meaning.name_hangul, Meaning.name_latin)
"""A list has at least one of these columns, and `found_at`."""

_USUAL: dict[Meaning, tuple[str, ...]] = {
    Meaning.ref: ("no", "no.", "nr", "number", "id", "번호", "연번", "순번", "관리번호", "ល.រ", "លេខរៀង"),
    Meaning.name: ("name", "full name", "이름", "성명", "성함", "ឈ្មោះ", "នាមត្រកូល និងនាមខ្លួន"),
    Meaning.name_hangul: ("hangul name", "name (hangul)", "korean name", "한글이름", "한글성명", "이름(한글)",
                          "성명(한글)", "국문성명", "국문이름"),
    Meaning.name_latin: ("latin name", "name (latin)", "english name", "name (english)", "name in english", "영문이름",
                         "영문성명", "이름(영문)", "성명(영문)", "ឈ្មោះជាអក្សរឡាតាំង"),
    Meaning.sex: ("gender", "m/f", "성별", "ភេទ"),
    Meaning.born_on: ("dob", "d.o.b.", "date of birth", "birth date", "birthdate", "birthday", "born", "생년월일",
                      "출생일", "ថ្ងៃខែឆ្នាំកំណើត", "ថ្ងៃកំណើត"),
    Meaning.birthplace: ("place of birth", "pob", "출생지", "출생지역", "ទីកន្លែងកំណើត"),
    Meaning.passport_number: ("passport", "passport no", "passport no.", "여권번호", "여권", "លេខលិខិតឆ្លងដែន",
                              "លិខិតឆ្លងដែន"),
    Meaning.next_of_kin_phone: ("next of kin", "next of kin phone", "family phone", "emergency contact", "보호자연락처",
                                "가족연락처", "보호자전화", "លេខទូរស័ព្ទគ្រួសារ", "លេខទូរស័ព្ទ"),
    Meaning.found_at: ("place", "location", "found at", "where", "place found", "장소", "발견장소", "구조장소",
                       "소재지", "위치", "ទីកន្លែង", "ទីតាំង"),
    Meaning.found_on: ("date", "date found", "found on", "since", "발견일", "구조일", "발견일자", "구조일자",
                       "ថ្ងៃរកឃើញ", "កាលបរិច្ឆេទ"),
    Meaning.keeper: ("held by", "custody", "facility", "관리기관", "수용시설", "보호기관", "មណ្ឌល"),
    Meaning.host_status: ("status", "현지신분", "신병상태", "상태", "ស្ថានភាព"),
    Meaning.category: ("categories", "type", "구분", "분류", "ប្រភេទ"),
    Meaning.needs: ("special needs", "remarks (needs)", "필요사항", "특이사항", "តម្រូវការ"),
    Meaning.paid_privately: ("private payment", "own pocket", "사비", "사비지출", "ប្រាក់ផ្ទាល់ខ្លួន"),
}  # fmt: skip
"""Headers as lists bear them, besides the words of this program; anything else is named on the command line."""


def plain_header(text: str) -> str:
    """Return a header without case, spaces and marks, so that `Date of Birth` and `DATE_OF_BIRTH` are one."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c not in " \t\n\r_-./()\u200b")


HEADERS: dict[str, Meaning] = {
    plain_header(header): meaning for meaning in Meaning for header in (meaning.value, *_USUAL[meaning])
}
"""Every usual header in its plain form."""


class IntakeList(Row, table=True):
    """One reading of one file; a file read again is another one, which adds what the first did not."""

    __tablename__ = "intake_list"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    file_name: str
    sha256: str = Field(index=True)
    """Of the file's bytes."""
    header_sha256: str = Field(index=True)
    """Of the header row in its plain form: a list with the same one means the same by it."""
    columns: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    """Meaning to header, as this list was read."""
    country: str
    operation: str
    read_at: pendulum.DateTime = Field(sa_type=Moment)
    read_by: str = Field(foreign_key="officer.number")


class IntakeRow(Row, table=True):
    """One row of a list: the case it became, or, without one, that it was refused; rows are only added."""

    __tablename__ = "intake_row"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    list_id: UUID = Field(foreign_key="intake_list.id", index=True)
    line: int
    """The line of the file it stands on, the first being 1."""
    row_lookup: str
    """Keyed HMAC of what the row says: the same row is taken in once, in whatever file it comes again."""
    ref_lookup: str | None = Field(default=None, index=True)
    """Keyed HMAC of the row's own number and the country."""
    reference: str | None = Field(default=None, foreign_key="repatriation_case.reference", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    row_sealed: bytes | None = None
    """The row as written, under the person's key; of a refused row nothing is kept."""
    flaws: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    """Which columns were left out because their cell could not be used."""
    taken_at: pendulum.DateTime = Field(sa_type=Moment)

    __table_args__ = (
        Index("one_case_per_row", "row_lookup", unique=True, postgresql_where="reference IS NOT NULL"),
        Index("ix_intake_row_row_lookup", "row_lookup"),
    )
