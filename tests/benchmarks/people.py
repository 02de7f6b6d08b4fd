"""
Synthetic people and field lists about them, from a seed: names written by ear, dates turned round, numbers misread.

The spellings are those seen in the sandbox's registry and the field list in tests/vectors/operation, with further ones
of passports; none is taken from the program, so that it cannot mark its own work.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from deployments.sandbox.population import NextOfKin, Passport, Person, Population
from models.birth_date import read_birth_date
from models.verification import Reported
from tests.benchmarks.matching import TODAY, Row

SURNAMES = {
    "김": (1244, "KIM"), "이": (836, "LEE YI RHEE"), "박": (487, "PARK PAK"), "최": (284, "CHOI CHOE"),
    "정": (255, "JUNG JEONG CHUNG"), "강": (131, "KANG GANG"), "장": (104, "JANG CHANG"), "윤": (102, "YOON YUN"),
    "조": (102, "CHO JO"), "오": (88, "OH O"), "임": (85, "LIM IM"), "한": (85, "HAN"), "서": (84, "SEO SUH"),
    "신": (80, "SHIN SIN"), "홍": (72, "HONG"), "권": (72, "KWON GWON"), "송": (72, "SONG"), "황": (71, "HWANG"),
    "안": (66, "AHN AN"), "고": (58, "KO GO KOH"), "유": (53, "YOO YU RYU"), "문": (45, "MOON MUN"),
    "손": (45, "SON SOHN"), "배": (43, "BAE PAE"), "전": (41, "JEON CHUN"), "백": (38, "BAEK PAIK"),
    "양": (37, "YANG"), "차": (33, "CHA"), "곽": (26, "KWAK GWAK"), "허": (26, "HEO HUR"), "구": (25, "KOO GU"),
    "노": (24, "NOH ROH"), "엄": (22, "EOM UM"), "민": (22, "MIN"), "남": (20, "NAM"), "심": (19, "SHIM SIM"),
    "하": (19, "HA"), "성": (19, "SUNG SEONG"), "진": (19, "JIN CHIN"), "우": (19, "WOO U"), "주": (18, "JOO JU"),
    "나": (18, "NA RA"), "원": (17, "WON"), "천": (14, "CHEON CHUN"), "변": (11, "BYUN BYEON"), "방": (10, "BANG"),
    "남궁": (9, "NAMGUNG NAMKOONG"), "선우": (7, "SUNWOO SEONU"), "제갈": (7, "JEGAL CHEGAL"), "현": (7, "HYUN HYEON"),
    "염": (5, "YEOM YUM"), "황보": (4, "HWANGBO"), "여": (5, "YEO"), "추": (4, "CHOO CHU"), "류": (9, "RYU YU"),
}  # fmt: skip

SYLLABLES = {
    "희": "HEE HUI", "미": "MI MEE", "훈": "HOON HUN", "진": "JIN CHIN", "상": "SANG", "수": "SU SOO", "도": "DO",
    "인": "IN", "종": "JONG", "성": "SUNG SEONG", "철": "CHUL CHEOL", "지": "JI JEE", "서": "SEO SUH", "예": "YE",
    "율": "YUL YOOL", "주": "JOO JU", "석": "SEOK SUK", "범": "BEOM BUM", "빈": "BIN", "기": "KI GI", "재": "JAE",
    "병": "BYUNG BYEONG", "건": "GEON KUN", "규": "KYU GYU", "창": "CHANG", "채": "CHAE", "다": "DA", "호": "HO",
    "동": "DONG", "유": "YU YOO", "후": "HOO HU", "솔": "SOL", "결": "GYEOL GYUL", "광": "KWANG GWANG", "원": "WON",
    "현": "HYUN HYEON", "용": "YONG", "민": "MIN", "나": "NA", "선": "SUN SEON", "혜": "HYE HAE",
    "경": "KYUNG GYEONG KYOUNG", "환": "HWAN", "소": "SO", "태": "TAE", "윤": "YOON YUN", "승": "SEUNG SUNG",
    "우": "WOO U", "정": "JUNG JEONG", "아": "AH A", "시": "SI SHI", "영": "YOUNG YEONG", "연": "YEON YUN",
    "찬": "CHAN", "준": "JUN JOON", "하": "HA", "한": "HAN", "은": "EUN UN",
}  # fmt: skip
"""As in the sandbox's registry, which has them about equally often."""

FURTHER = {
    "숙": "SOOK SUK", "순": "SOON SUN", "옥": "OK", "자": "JA", "명": "MYUNG MYEONG", "근": "GEUN KEUN KUN",
    "식": "SIK SHIK", "혁": "HYUK HYEOK", "섭": "SEOP SUP", "림": "RIM LIM", "남": "NAM", "춘": "CHOON CHUN",
    "일": "IL", "욱": "WOOK UK", "란": "RAN LAN", "록": "ROK", "봉": "BONG", "덕": "DEOK DUK", "구": "KOO GU",
    "람": "RAM", "슬": "SEUL", "화": "HWA", "홍": "HONG", "국": "KOOK GUK", "균": "KYUN GYUN", "관": "KWAN GWAN",
}  # fmt: skip
"""Rarer ones that the packaged registry does not have."""

PLACES = [
    "제주", "광주", "전주", "울산", "대전", "춘천", "창원", "수원",
    "인천", "서울", "대구", "천안", "청주", "부산",
]  # fmt: skip
MISREAD = {"0": "O", "1": "I", "8": "B", "5": "S", "2": "Z", "6": "G"}
BY_EAR = {"승": "성", "성": "승", "혜": "해", "재": "제", "연": "현", "민": "인", "은": "운"}


@dataclass(frozen=True, slots=True)
class Damage:
    """How often a list is wrong in each way."""

    slip: float = 0.26
    hangul: float = 0.5
    hangul_slip: float = 0.03
    wrong_sex: float = 0.07
    place: float = 0.35
    number: float = 0.45
    number_slip: float = 0.15
    phone: float = 0.5
    date_slip: float = 0.02
    strangers: float = 0.08


def population(seed: int, size: int, *, born_within_days: int = 14_600, homonyms: float = 0.03) -> Population:
    """Return so many people; some have a namesake of the same year."""
    chance = random.Random(seed)
    people: list[Person] = []
    while len(people) < size:
        people.append(_person(chance, len(people) + 1, born_within_days))
        if len(people) < size and chance.random() < homonyms:
            people.append(_namesake(chance, people[-1], len(people) + 1))
    return Population(people)


def _person(chance: random.Random, number: int, born_within_days: int) -> Person:
    surname = chance.choices(list(SURNAMES), [count for count, _ in SURNAMES.values()])[0]
    ways = SYLLABLES | FURTHER
    usual, further = list(SYLLABLES), list(FURTHER)
    length = 1 if chance.random() < 0.035 else 2
    given = "".join(chance.choice(usual if chance.random() < 0.85 else further) for _ in range(length))
    spelled = [chance.choice(ways[syllable].split()) for syllable in given]
    born_on = date(2009, 6, 1) - timedelta(days=chance.randrange(born_within_days))
    issued_on = date(2019, 6, 1) + timedelta(days=chance.randrange(2000))
    return Person(
        person_id=f"R{number:06}",
        personal_number=f"{born_on:%y%m%d}-{chance.choice('1234')}{chance.randrange(10**6):06}",
        surname_hangul=surname,
        given_hangul=given,
        surname_latin=chance.choice(SURNAMES[surname][1].split()),
        given_latin=chance.choice(["", "", " ", "-"]).join(spelled),
        sex=chance.choice(["M", "F"]),
        born_on=born_on,
        birthplace=chance.choice(PLACES),
        nationality="KOR",
        passport=Passport(
            number=f"M{chance.randrange(10**8):08}",
            issued_on=issued_on,
            expires_on=issued_on + timedelta(days=3652),
            status="valid",
        ),
        next_of_kin=NextOfKin(relation="모", phone=_phone(chance)),
        lookout=None,
    )


def _phone(chance: random.Random) -> str:
    return f"+82-10-{chance.randrange(10**4):04}-{chance.randrange(10**4):04}"


def _namesake(chance: random.Random, of: Person, number: int) -> Person:
    born_on = date(of.born_on.year, chance.randint(1, 12), chance.randint(1, 28))
    return of.model_copy(
        update={
            "person_id": f"R{number:06}",
            "personal_number": f"{born_on:%y%m%d}-{chance.choice('1234')}{chance.randrange(10**6):06}",
            "born_on": born_on,
            "sex": chance.choice(["M", "F"]),
            "birthplace": chance.choice(PLACES),
            "passport": of.passport.model_copy(update={"number": f"M{chance.randrange(10**8):08}"}),
            "next_of_kin": NextOfKin(relation="부", phone=_phone(chance)),
        }
    )


def field_list(seed: int, people: Population, rows: int, damage: Damage | None = None) -> list[Row]:
    """Return what the field wrote of so many people; some are written twice, some are in no registry."""
    damage = damage or Damage()
    chance = random.Random(f"list {seed}")
    everybody = list(people)
    written: list[Row] = []
    meant: list[Person] = []
    while len(written) < rows:
        if chance.random() < damage.strangers:
            stranger = _person(chance, 0, 14_600)
            if chance.random() < 0.5:
                # The worst stranger: a namesake of somebody in the registry, born in the same year.
                stranger = _namesake(chance, chance.choice(everybody), 0)
            if not people.named(stranger.surname_hangul, stranger.given_hangul, stranger.born_on):
                written.append(Row(_written(chance, stranger, damage), None))
            continue
        again = meant and chance.random() < 0.06
        person = chance.choice(meant if again else everybody)
        meant.append(person)
        written.append(Row(_written(chance, person, damage), person.person_id))
    return written


def _written(chance: random.Random, person: Person, damage: Damage) -> Reported:
    def maybe(share: float) -> bool:
        return chance.random() < share

    hangul = person.surname_hangul + person.given_hangul if maybe(damage.hangul) else None
    if hangul and maybe(damage.hangul_slip):
        hangul = person.surname_hangul + "".join(BY_EAR.get(syllable, syllable) for syllable in person.given_hangul)
    latin = _latin(chance, person)
    if maybe(damage.slip):
        latin = _slipped(chance, latin)
    sex = {"M": "F", "F": "M"}[person.sex] if maybe(damage.wrong_sex) else person.sex
    written_date = _date(chance, person.born_on, damage)
    return Reported(
        name_hangul=hangul,
        name_latin=latin,
        sex=None if maybe(0.04) else sex,
        birth_date=read_birth_date(written_date, today=TODAY) if written_date else None,
        birthplace=person.birthplace if maybe(damage.place) else None,
        passport_number=_number(chance, person.passport.number, damage) if maybe(damage.number) else None,
        next_of_kin_phone=person.next_of_kin.phone if maybe(damage.phone) else None,
    )


def _latin(chance: random.Random, person: Person) -> str:
    ways = SYLLABLES | FURTHER
    surname = chance.choice(SURNAMES[person.surname_hangul][1].split())
    given = [chance.choice(ways[syllable].split()) for syllable in person.given_hangul]
    hyphened = "-".join(given)
    return chance.choice(
        [
            f"{surname} {' '.join(given)}",
            f"{surname} {''.join(given)}",
            f"{''.join(given)} {surname}",
            f"{surname}, {hyphened}",
            f"{hyphened.title()} {surname.title()}",
            f"{surname}{''.join(given)}",
        ]
    )


def _slipped(chance: random.Random, name: str) -> str:
    """Return a name with two neighbours exchanged, a letter twice, or one left out."""
    place = chance.randrange(len(name) - 1)
    match chance.randrange(3):
        case 0:
            return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
        case 1:
            return name[: place + 1] + name[place:]
        case _:
            return name[:place] + name[place + 1 :]


def _date(chance: random.Random, born_on: date, damage: Damage) -> str:
    if chance.random() < damage.date_slip:
        born_on = born_on.replace(day=max(1, born_on.day - chance.choice([1, 10]) % born_on.day))
    way = chance.random()
    if way < 0.5:
        return born_on.isoformat()
    if way < 0.63:
        return f"{born_on:%Y-%d-%m}"
    if way < 0.75:
        return f"{born_on:%d/%m/%Y}"
    if way < 0.84:
        return f"{born_on:%Y-%m}"
    return f"{born_on:%Y}" if way < 0.95 else ""


def _number(chance: random.Random, number: str, damage: Damage) -> str:
    if chance.random() >= damage.number_slip:
        return number
    place = chance.randrange(1, len(number))
    alike = MISREAD.get(number[place])
    wrong = alike if alike and chance.random() < 0.5 else chance.choice("0123456789O")
    return number[:place] + wrong + number[place + 1 :]


def without_numbers(rows: list[Row]) -> list[Row]:
    """Return the same list as if nobody had a passport or a telephone number with them."""
    bare = {"passport_number": None, "next_of_kin_phone": None}
    return [replace(row, reported=row.reported.model_copy(update=bare)) for row in rows]
