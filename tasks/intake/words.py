"""Words of lists: what others write for what we know by a word of our own."""

from models.funding import Payer
from models.person import Category, HostStatus, Sex

NOTHING = frozenset({
    "", "-", "--", "—", "–", "?", "??", "???", "n/a", "na", "nil", "none", "null", "x", "모름", "미상", "불명", "없음",
    "គ្មាន", "មិនដឹង",
})  # fmt: skip
"""What stands in a cell when nobody knew."""

SEXES: dict[str, Sex] = {
    "f": Sex.female, "female": Sex.female, "woman": Sex.female, "여": Sex.female, "여자": Sex.female,
    "여성": Sex.female, "ស្រី": Sex.female, "ស": Sex.female,
    "m": Sex.male, "male": Sex.male, "man": Sex.male, "남": Sex.male, "남자": Sex.male, "남성": Sex.male,
    "ប្រុស": Sex.male, "ប": Sex.male,
}  # fmt: skip

HOST_STATUSES: dict[str, HostStatus] = {
    "detained": HostStatus.detained, "arrested": HostStatus.detained, "구금": HostStatus.detained,
    "체포": HostStatus.detained, "억류": HostStatus.detained, "ឃុំខ្លួន": HostStatus.detained,
    "released": HostStatus.released, "석방": HostStatus.released, "ដោះលែង": HostStatus.released,
    "rescued": HostStatus.rescued, "구조": HostStatus.rescued, "សង្គ្រោះ": HostStatus.rescued,
    "unknown": HostStatus.unknown, "불명": HostStatus.unknown, "미상": HostStatus.unknown,
}  # fmt: skip

CATEGORIES: dict[str, Category | None] = {
    # What a list calls a victim is one presumed: an officer who confirms it is not the one who typed the list.
    "victim": Category.presumed_victim, "presumed_victim": Category.presumed_victim, "피해자": Category.presumed_victim,
    "ជនរងគ្រោះ": Category.presumed_victim,
    "suspect": Category.suspect, "피의자": Category.suspect, "용의자": Category.suspect, "ជនសង្ស័យ": Category.suspect,
    "witness": Category.witness, "참고인": Category.witness, "목격자": Category.witness,
    "minor": Category.minor, "미성년자": Category.minor, "patient": Category.patient, "환자": Category.patient,
    "missing": Category.missing, "실종자": Category.missing, "실종": Category.missing,
    "deceased": Category.deceased, "dead": Category.deceased, "사망": Category.deceased, "사망자": Category.deceased,
    "ស្លាប់": Category.deceased,
    "confirmed_victim": Category.presumed_victim,
    "unknown": None, "불명": None, "미상": None,
}  # fmt: skip

MEDICAL = frozenset({"medical", "wheelchair", "stretcher", "patient", "의료", "휠체어", "환자", "부상"})
MINOR = frozenset({"minor_escort", "minor", "미성년자", "미성년자동행"})
NO_INTERPRETER = frozenset({"interpreter_none", "no_interpreter", "통역없음"})

PAYERS: dict[str, Payer] = {
    "ministry": Payer.ministry, "police": Payer.police,
    "consul": Payer.diplomat, "diplomat": Payer.diplomat, "embassy": Payer.diplomat, "영사": Payer.diplomat,
    "family": Payer.family, "가족": Payer.family,
    "pastor": Payer.organisation, "church": Payer.organisation, "ngo": Payer.organisation,
    "organisation": Payer.organisation, "단체": Payer.organisation, "교회": Payer.organisation,
    "목사": Payer.organisation,
    "friend": Payer.private_person, "private_person": Payer.private_person, "지인": Payer.private_person,
    "친구": Payer.private_person,
}  # fmt: skip
