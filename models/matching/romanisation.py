"""
Every way a Korean name is written in Latin letters, from a Hangul syllable's three parts.

Sources: Revised Romanization of Korean (2000), McCune-Reischauer without its marks, and the habits of passports
(oo for u, ee for i, young, hyun, Lee). A spelling bears what it costs beside a usual one, in slips of the pen.
"""

import re
from functools import cache

Spelling = tuple[str, float]
"""Latin capitals, and how unusual they are for the syllable: 0 usual, 0.25 known, 0.5 rare."""

_DEAREST = 0.5
_FIRST = 0xAC00
_VOWELS, _FINALS = 21, 28

_INITIAL = (
    "G K", "KK G K", "N", "D T:.25", "TT D T", "R L N:.5", "M", "B P", "PP B P", "S SH:.5", "SS S", "", "J CH:.25",
    "JJ J", "CH", "K", "T", "P", "H",
)  # fmt: skip
_MEDIAL = (
    "A AH:.25", "AE AI:.5 E:.5 AY:.5", "YA", "YAE", "EO U UH:.25 O:.25", "E AE:.5 EH:.5", "YEO YU YOU YO:.25",
    "YE AE:.25 E:.5 EY:.5", "O OH:.25", "WA", "WAE", "OE OI OY:.25 WE:.5", "YO", "U OO OU:.5", "WO WEO:.25 WOO:.5",
    "WE", "WI WEE:.25", "YU YOO YOU:.25", "EU U OO:.5", "UI EE I:.25 EUI:.25", "I EE:.25 IE:.5",
)  # fmt: skip
_FINAL = (
    "", "K G:.25", "K", "K", "N", "N", "N", "T", "L R:.5", "K", "M", "L", "L", "L", "P", "L", "M", "P B:.25", "P", "T",
    "T", "NG", "T", "T", "K", "T", "P", "",
)  # fmt: skip

_WHOLE = {
    "아": "A AH", "어": "EO UH U:.25", "오": "O OH", "우": "U WOO WU OO:.25 OU:.5", "울": "UL WOOL OOL:.25",
    "운": "UN WOON OON:.25", "욱": "UK WOOK OOK:.25", "웅": "UNG WOONG OONG:.25",
    "이": "I YI LEE:.25 EE:.25 RI:.25", "유": "YU YOO YOU:.25 U:.5 RYU:.25", "림": "RIM LIM IM:.25",
    "시": "SI SHI SEE:.25 SHEE:.5", "신": "SIN SHIN", "심": "SIM SHIM", "식": "SIK SHIK SIG:.25",
    "실": "SIL SHIL", "혁": "HYEOK HYUK HYOK:.25 HYUCK:.25", "석": "SEOK SUK SOK:.25 SEOG:.25 SUCK:.25",
    "숙": "SUK SOOK", "옥": "OK OCK:.5 OAK:.5", "의": "UI EUI YI:.25 EE:.25",
}  # fmt: skip
"""Syllables whose habits their parts do not explain."""

_SURNAMES = {
    "이": "LEE YI RHEE I RI:.25 REE:.25 LI:.25 RHIE:.25 YEE:.25", "박": "PARK PAK BAK BARK:.25",
    "백": "BAEK PAIK PAEK BAIK:.25 BACK:.25 PAEG:.5", "정": "JEONG JUNG CHUNG CHONG:.25 JONG:.25 CHEONG:.25",
    "조": "CHO JO JOE:.25 CHOH:.5", "임": "IM LIM RIM:.25 YIM:.25 LEEM:.25 EEM:.5",
    "유": "YU YOO RYU YOU RYOO:.25 LYU:.5", "류": "RYU YU RYOO YOO LYU:.25 YOU:.25",
    "노": "NO NOH RO ROH RHO:.25", "나": "NA RA NAH:.25 RHA:.25", "여": "YEO YUH:.25 LYEO:.5",
    "허": "HEO HUR HUH HU:.25 HEUR:.25", "안": "AN AHN", "손": "SON SOHN",
    "서": "SEO SUH SU:.25 SO:.25 SEOH:.25", "고": "GO KO KOH GOH:.25", "구": "GU KOO KU GOO",
    "주": "JU JOO CHU CHOO", "최": "CHOI CHOE CHOY:.25 CHE:.5", "엄": "EOM UM UHM:.25 OM:.25",
    "장": "JANG CHANG", "전": "JEON JUN CHUN CHON:.25 CHEON:.25", "진": "JIN CHIN",
    "지": "JI CHI JEE:.25 GEE:.25", "천": "CHEON CHUN CHON:.25", "김": "KIM GIM GHIM:.5", "강": "KANG GANG",
    "권": "KWON GWON KWEON:.25", "곽": "KWAK GWAK KWAG:.25", "우": "U WOO WU OO:.25", "원": "WON WEON:.25",
    "양": "YANG RYANG:.25", "길": "GIL KIL", "금": "GEUM KEUM KUM", "명": "MYEONG MYUNG MYOUNG",
    "피": "PI PYO:.5", "독고": "DOKGO TOKKO DOKKO", "남궁": "NAMGUNG NAMKOONG NAMKUNG NAMGOONG",
    "선우": "SEONU SUNWOO SEONWOO SUNU", "제갈": "JEGAL CHEGAL JEKAL CHEKAL:.25", "황보": "HWANGBO WHANGBO:.25",
    "사공": "SAGONG SAKONG", "서문": "SEOMUN SUHMOON SEOMOON", "동방": "DONGBANG TONGBANG",
    "황": "HWANG WHANG:.25", "문": "MUN MOON", "윤": "YUN YOON YOUN:.25", "신": "SIN SHIN", "심": "SIM SHIM",
    "차": "CHA CHAH:.5", "오": "O OH OU:.5", "하": "HA HAH:.5", "추": "CHU CHOO", "석": "SEOK SUK",
    "설": "SEOL SUL",
}  # fmt: skip
"""Families write their name in ways of their own; 이, 임, 유, 노 and 나 keep an old L or R."""

SURNAME_SHARES = {
    "김": 0.215, "이": 0.147, "박": 0.084, "최": 0.047, "정": 0.043, "강": 0.024, "조": 0.021, "윤": 0.020, "장": 0.020,
    "임": 0.017, "한": 0.015, "오": 0.015, "서": 0.015, "신": 0.015, "권": 0.014, "황": 0.014, "안": 0.014, "송": 0.014,
    "유": 0.013, "홍": 0.011, "전": 0.011, "고": 0.009, "문": 0.009, "양": 0.009, "손": 0.009, "배": 0.008, "백": 0.008,
    "허": 0.007, "남": 0.005, "심": 0.005, "노": 0.005, "하": 0.005, "곽": 0.004, "성": 0.004, "차": 0.004, "주": 0.004,
    "우": 0.004, "구": 0.004, "나": 0.003, "민": 0.003, "진": 0.003, "류": 0.003, "지": 0.003, "엄": 0.003, "채": 0.003,
    "원": 0.003, "천": 0.002, "방": 0.002, "공": 0.002, "현": 0.002, "함": 0.002, "변": 0.002, "염": 0.001, "여": 0.001,
    "추": 0.001, "도": 0.001, "소": 0.001, "석": 0.001, "선": 0.001, "설": 0.001, "마": 0.001, "길": 0.001, "연": 0.001,
    "위": 0.001, "표": 0.001, "명": 0.001, "기": 0.001, "반": 0.001, "라": 0.001, "왕": 0.001, "금": 0.001, "옥": 0.001,
    "육": 0.001, "인": 0.001, "맹": 0.001, "제": 0.001, "모": 0.001, "탁": 0.001, "국": 0.001, "어": 0.001, "은": 0.001,
    "편": 0.001, "용": 0.001, "예": 0.001, "경": 0.001, "봉": 0.001, "사": 0.001, "부": 0.001, "가": 0.001, "복": 0.001,
    "태": 0.001, "목": 0.001, "형": 0.001, "계": 0.001, "두": 0.001, "감": 0.001, "음": 0.001, "빈": 0.001, "동": 0.001,
    "온": 0.001, "남궁": 0.0004, "선우": 0.0003, "제갈": 0.0003, "황보": 0.0003, "사공": 0.0001, "서문": 0.0001,
    "독고": 0.0001, "동방": 0.0001,
}  # fmt: skip
"""Share of the population by surname. Source: Statistics Korea, census of 2015, rounded; rarer ones count as 0.0001."""

RAREST_SHARE = 0.0001
GIVEN_SYLLABLES = (
    "지영현정은민수미경진희성선숙순연윤혜주준재호서우원상종동인승철규기태용석훈환광병창건찬도하유예나다아"
    "시소후한율솔빈범결채자옥남춘금명복문만길일덕학홍근관강국구균권노란람래령례로록린림라리룡률마매목무묵"
    "배백별보봄봉부비사산삼새샘섭세송슬신실심안애양언엄여열엽오온완왕요욱운웅위의이익임장전제조중증차천청"
    "초충치칠탁택평표필항해행향허헌혁형화황회효휘흔흠흥가각간갑개걸겸계고곤공교귀극내녀년단달대두득들말맹"
    "모박반방벽변빛설식쌍염외울월육음응잎잔점좌직총추출탄통파판편함협훤"
)
"""Syllables of given names, the more frequent ones first."""


@cache
def spellings(syllable: str) -> tuple[Spelling, ...]:
    """Return the Latin spellings of one Hangul syllable, the usual ones first; anything else stands for itself."""
    if syllable in _WHOLE:
        return _read(_WHOLE[syllable])
    place = ord(syllable) - _FIRST
    if not 0 <= place < 11_172:
        bare = re.sub(r"[\W\d_]", "", syllable).upper()
        return ((bare, 0.0),)
    initial, rest = divmod(place, _VOWELS * _FINALS)
    medial, final = divmod(rest, _FINALS)
    found: dict[str, float] = {}
    for first, first_cost in _read(_INITIAL[initial]):
        for middle, middle_cost in _read(_MEDIAL[medial]):
            if final and middle.endswith("H"):
                # AH, OH and UH end a syllable: SUH, and not SUHN.
                continue
            for last, last_cost in _read(_FINAL[final]):
                cost = first_cost + middle_cost + last_cost
                if cost <= _DEAREST:
                    found[first + middle + last] = min(cost, found.get(first + middle + last, cost))
    return tuple(sorted(found.items(), key=lambda item: item[1]))


@cache
def surname_spellings(surname: str) -> tuple[Spelling, ...]:
    """Return the Latin spellings of a surname, the usual ones first."""
    if surname in _SURNAMES:
        return _read(_SURNAMES[surname])
    found = {"": 0.0}
    for syllable in surname:
        found = {
            begun + more: spent + cost for begun, spent in found.items() for more, cost in spellings(syllable)
        }  # fmt: skip
    return tuple(sorted(found.items(), key=lambda item: item[1]))[:40]


@cache
def _read(entry: str) -> tuple[Spelling, ...]:
    """Return the spellings of a line like `YEO YU YO:.25`; an empty one is silent."""
    pairs = (word.partition(":") for word in entry.split()) if entry else iter([("", "", "")])
    return tuple((text, float(cost or 0)) for text, _, cost in pairs)
