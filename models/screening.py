"""
Screening: was this person trafficked? The indicators, the questions in three languages, and the rule of the finding.

A person who interviews looks for reasonable grounds, not for proof as at a trial: frontline officers who ask for
proof miss victims (Cauton 2023). Muddled recall is no sign of lying (HK toolkit, Conventus).

Sources: dimensions and strength follow the ILO/EC Operational indicators of trafficking in human beings (2009), which
sort by strong, medium and weak; the signs of a scam compound are compiled from GAATW 2023, US TIP report Cambodia
2023, Amnesty, VOD and Vice. That a child needs no means: Palermo Protocol art. 3(c).

The Korean and the Khmer wording is our own translation of the English and of no official form. A native speaker of
each who has interviewed victims must confirm it before it is used with anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.person import Language


class Dimension(StrEnum):
    """The three parts of trafficking. Source: Palermo Protocol art. 3(a)."""

    act = "act"
    means = "means"
    purpose = "purpose"


class Strength(StrEnum):
    """How much one sign says by itself."""

    strong = "strong"
    medium = "medium"
    weak = "weak"


class Finding(StrEnum):
    """What a screening found. Presumed is the first step and protects at once; the second confirms it or does not."""

    none = "none"
    presumed = "presumed"
    confirmed = "confirmed"
    not_confirmed = "not_confirmed"

    @property
    def words(self) -> str:
        """The finding as a decider reads it."""
        return _FINDING_WORDS[self]


_FINDING_WORDS = {
    Finding.none: "no grounds found so far",
    Finding.presumed: "presumed victim of trafficking, on reasonable grounds",
    Finding.confirmed: "confirmed victim of trafficking",
    Finding.not_confirmed: "not confirmed as a victim of trafficking",
}


class Ground(StrEnum):
    """What the second step rests on; a certificate (인신매매등방지법 art. 14) is one ground and never needed."""

    second_interview = "second_interview"
    certificate = "certificate"
    court_or_prosecutor = "court_or_prosecutor"
    evidence_seen = "evidence_seen"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One sign, and how it is asked."""

    code: str
    dimension: Dimension
    strength: Strength
    ko: str
    km: str
    en: str
    children_only: bool = False

    def asked_in(self, language: Language) -> str:
        """Return the question in a language."""
        return {Language.korean: self.ko, Language.khmer: self.km, Language.english: self.en}[language]


_ACT, _MEANS, _PURPOSE = Dimension.act, Dimension.means, Dimension.purpose
_STRONG, _MEDIUM, _WEAK = Strength.strong, Strength.medium, Strength.weak

INDICATORS: tuple[Indicator, ...] = (
    # What scam compounds do.
    Indicator("deceived_job", _MEANS, _STRONG,
              "약속받은 일이나 장소가 실제와 달랐습니까?",
              "តើការងារ ឬកន្លែងធ្វើការខុសពីអ្វីដែលគេបានសន្យាដែរឬទេ?",
              "Was the work, or the place, other than you had been promised?"),
    Indicator("passport_taken", _MEANS, _STRONG,
              "도착했을 때 누군가 여권을 가져갔습니까?",
              "តើមាននរណាដកហូតលិខិតឆ្លងដែនរបស់អ្នកនៅពេលមកដល់ដែរឬទេ?",
              "Did somebody take your passport when you arrived?"),
    Indicator("guarded", _MEANS, _STRONG,
              "경비원, 철창이나 담장 때문에 마음대로 나갈 수 없었습니까?",
              "តើមានអ្នកយាម ចម្រឹងដែក ឬរបង ដែលធ្វើឱ្យអ្នកចេញក្រៅដោយសេរីមិនបានដែរឬទេ?",
              "Were there guards, bars or walls, so that you could not leave as you wished?"),
    Indicator("sold_on", _ACT, _STRONG,
              "한 회사나 조직에서 다른 곳으로 팔리거나 넘겨졌습니까?",
              "តើអ្នកត្រូវបានគេលក់ ឬប្រគល់ពីក្រុមហ៊ុន ឬក្រុមមួយទៅក្រុមមួយទៀតដែរឬទេ?",
              "Were you sold or passed on from one firm or group to another?"),
    Indicator("debt_to_leave", _MEANS, _STRONG,
              "나가려면 몸값이나 '계약' 빚을 갚아야 한다고 했습니까?",
              "តើគេប្រាប់ថាអ្នកត្រូវបង់ប្រាក់លោះ ឬបំណុល «កិច្ចសន្យា» មុននឹងចេញបានដែរឬទេ?",
              "Were you told to pay a ransom or a 'contract' debt before you could leave?"),
    Indicator("quotas", _PURPOSE, _STRONG,
              "매일 채워야 하는 할당량이 있었고, 못 채우면 벌을 받았습니까?",
              "តើមានចំនួនកំណត់ត្រូវសម្រេចរាល់ថ្ងៃ ហើយត្រូវទទួលទោសពេលសម្រេចមិនបានដែរឬទេ?",
              "Was there a quota to reach, and a punishment if you did not?"),
    Indicator("beaten", _MEANS, _STRONG,
              "맞거나 다른 방식으로 다친 적이 있습니까?",
              "តើមាននរណាវាយ ឬធ្វើបាបរាងកាយអ្នកដែរឬទេ?",
              "Were you beaten or hurt in another way?"),
    Indicator("electric_shock", _MEANS, _STRONG,
              "전기 충격을 당한 적이 있습니까?",
              "តើមាននរណាឆក់អ្នកដោយចរន្តអគ្គិសនីដែរឬទេ?",
              "Were you given electric shocks?"),
    Indicator("pay_withheld", _PURPOSE, _MEDIUM,
              "일한 대가를 받지 못했거나 빼앗겼습니까?",
              "តើប្រាក់ឈ្នួលរបស់អ្នកត្រូវបានគេមិនបើកឱ្យ ឬដកយកដែរឬទេ?",
              "Was your pay kept back or taken away?"),
    Indicator("family_asked", _MEANS, _MEDIUM,
              "가족에게 돈을 요구한 사람이 있습니까?",
              "តើមាននរណាទារប្រាក់ពីគ្រួសាររបស់អ្នកដែរឬទេ?",
              "Was your family asked for money?"),
    Indicator("tried_to_flee", _MEANS, _STRONG,
              "그곳에서 도망치려 하거나 경찰이나 대사관에 연락한 적이 있습니까?",
              "តើអ្នកធ្លាប់ព្យាយាមរត់គេច ឬទាក់ទងប៉ូលីស ឬស្ថានទូតពេលនៅទីនោះដែរឬទេ?",
              "While you were there, did you try to flee, or call police or the embassy?"),
    # What trafficking looks like anywhere.
    Indicator("travel_arranged", _ACT, _MEDIUM,
              "다른 사람이 당신을 모집하고 여행을 준비하거나 비용을 냈습니까?",
              "តើមាននរណាជ្រើសរើសអ្នក ហើយរៀបចំ ឬបង់ថ្លៃធ្វើដំណើរឱ្យអ្នកដែរឬទេ?",
              "Did somebody recruit you and arrange or pay for the journey?"),
    Indicator("moved_unasked", _ACT, _MEDIUM,
              "어디로 가는지 모르는 채 옮겨지거나 국경을 넘은 적이 있습니까?",
              "តើគេដឹកអ្នកទៅកន្លែងផ្សេង ឬឆ្លងដែនដោយអ្នកមិនដឹងទិសដៅដែរឬទេ?",
              "Were you moved, or taken over a border, without being told where?"),
    Indicator("threatened", _MEANS, _MEDIUM,
              "당신이나 가족을 해치겠다는 협박을 받았습니까?",
              "តើមាននរណាគំរាមអ្នក ឬគ្រួសាររបស់អ្នកដែរឬទេ?",
              "Were you or your family threatened?"),
    Indicator("phone_watched", _MEANS, _MEDIUM,
              "전화를 빼앗기거나 통화를 감시받았습니까?",
              "តើទូរស័ព្ទរបស់អ្នកត្រូវបានគេដកហូត ឬតាមដានដែរឬទេ?",
              "Was your telephone taken, or listened to?"),
    Indicator("told_what_to_say", _MEANS, _MEDIUM,
              "경찰이나 공무원에게 무엇을 말할지 지시받았습니까?",
              "តើមាននរណាប្រាប់អ្នកពីអ្វីដែលត្រូវនិយាយទៅកាន់ប៉ូលីស ឬមន្ត្រីដែរឬទេ?",
              "Were you told what to say to police or officials?"),
    Indicator("forced_to_defraud", _PURPOSE, _STRONG,
              "원하지 않는데 다른 사람을 속이는 일을 해야 했습니까?",
              "តើគេបង្ខំអ្នកឱ្យបោកប្រាស់អ្នកដទៃដោយអ្នកមិនចង់ធ្វើដែរឬទេ?",
              "Were you made to defraud other people although you did not want to?"),
    Indicator("excessive_hours", _PURPOSE, _STRONG,
              "쉬는 날 없이 또는 지나치게 오래 일해야 했습니까?",
              "តើអ្នកត្រូវធ្វើការច្រើនម៉ោងហួសហេតុ ឬគ្មានថ្ងៃឈប់សម្រាកដែរឬទេ?",
              "Did you have to work far too long, or without days of rest?"),
    Indicator("bad_living", _PURPOSE, _MEDIUM,
              "먹고 자는 환경이 몹시 나빴습니까?",
              "តើលក្ខខណ្ឌស្នាក់នៅ និងអាហារអាក្រក់ខ្លាំងដែរឬទេ?",
              "Were food and lodging very bad?"),
    Indicator("debts_before", _MEANS, _WEAK,
              "떠나기 전에 빚이 있었거나 급히 돈이 필요했습니까?",
              "តើអ្នកមានបំណុល ឬត្រូវការប្រាក់ជាបន្ទាន់មុនពេលចេញដំណើរដែរឬទេ?",
              "Before you left, did you have debts, or need money urgently?"),
    Indicator("alone_in_the_language", _MEANS, _WEAK,
              "그 나라 말을 모르고 도움을 청할 사람이 없었습니까?",
              "តើអ្នកមិនចេះភាសាប្រទេសនោះ ហើយគ្មាននរណាអាចសុំជំនួយបានដែរឬទេ?",
              "Did you not know the language, and nobody to ask for help?"),
    Indicator("afraid_to_answer", _MEANS, _WEAK,
              "지금 이 질문에 답하는 것이 두렵습니까?",
              "តើអ្នកភ័យខ្លាចក្នុងការឆ្លើយសំណួរទាំងនេះដែរឬទេ?",
              "Are you afraid to answer these questions?"),
    # Of a child, besides all of the above.
    Indicator("child_brought", _ACT, _STRONG,
              "부모나 보호자가 아닌 사람이 너를 이 나라로 데려왔니?",
              "តើមាននរណាក្រៅពីឪពុកម្តាយ ឬអាណាព្យាបាលនាំប្អូនមកប្រទេសនេះដែរឬទេ?",
              "Did somebody who is not your parent or guardian bring you to this country?", children_only=True),
    Indicator("child_given_for_money", _ACT, _STRONG,
              "너를 보내는 대가로 가족이 돈을 받았니?",
              "តើគ្រួសារបានទទួលប្រាក់ដោយសារការបញ្ជូនប្អូនមកដែរឬទេ?",
              "Did your family get money for sending you?", children_only=True),
    Indicator("child_works", _PURPOSE, _MEDIUM,
              "학교에 가는 대신 일을 해야 했니?",
              "តើប្អូនត្រូវធ្វើការជំនួសការទៅសាលារៀនដែរឬទេ?",
              "Did you have to work instead of going to school?", children_only=True),
    Indicator("child_touched", _PURPOSE, _STRONG,
              "누군가 네가 싫어하는 방식으로 만지거나 사진을 찍었니?",
              "តើមាននរណាប៉ះពាល់ ឬថតរូបប្អូនតាមរបៀបដែលប្អូនមិនចង់ដែរឬទេ?",
              "Did somebody touch you or photograph you in a way you did not want?", children_only=True),
)  # fmt: skip
"""Every sign that is asked about."""

BY_CODE = {indicator.code: indicator for indicator in INDICATORS}


def asked(*, child: bool) -> tuple[Indicator, ...]:
    """Return what is asked of a grown-up, or of a child or somebody who may be one."""
    return tuple(indicator for indicator in INDICATORS if child or not indicator.children_only)


def finding_of(codes: Iterable[str], *, child: bool) -> Finding:
    """
    Return presumed where the signs give reasonable grounds, else none; one more sign never takes grounds away.

    A grown-up: two strong signs, or one strong and two medium, or four medium, with a means among them. A child, whose
    consent counts for nothing: one strong sign, or two medium, or one medium and two others; no means is needed.
    The figures are ours, below the ILO's, which count in each dimension and are for statistics.
    """
    signs = [BY_CODE[code] for code in set(codes)]
    strong, medium = (sum(sign.strength is each for sign in signs) for each in (_STRONG, _MEDIUM))
    if child:
        grounds = strong >= 1 or medium >= 2 or (medium >= 1 and len(signs) >= 3)
    else:
        has_means = any(sign.dimension is Dimension.means for sign in signs)
        # A stronger sign stands for a weaker one too, so that a further sign never counts for less.
        grounds = has_means and (strong >= 2 or (strong >= 1 and medium >= 2) or strong + medium >= 4)
    return Finding.presumed if grounds else Finding.none


class Screening(Row, table=True):
    """One interview or one conclusion about one person, its answers and finding sealed; rows are only added."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    content_sealed: bytes
    """A `ScreeningContent`."""
    language: Language | None = Field(default=None, sa_type=word(Language))
    """In which it was asked; None for a conclusion without a new interview."""
    interpreter: str | None = None
    """By role and never by name; None where the officer speaks the language."""
    screened_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_at: pendulum.DateTime = Field(sa_type=Moment)
    recorded_by: str = Field(foreign_key="officer.number")


class ScreeningContent(BaseModel):
    """What one screening found."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    finding: Finding
    child: bool
    """Whether the child's set was asked."""
    indicators: tuple[str, ...] = ()
    ground: Ground | None = None


class VictimMemo(BaseModel):
    """What goes with the file of somebody who is suspected and was found a victim: the conclusion and the signs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    finding: Finding
    indicators: tuple[str, ...]
    screened_on: str
    screened_by: str

    def lines(self) -> list[tuple[str, str]]:
        """Return the memo as a decider reads it."""
        return [
            ("Screening", f"{self.finding.words}; {self.screened_by}, {self.screened_on}"),
            *(("Indicator", f"{BY_CODE[code].en} Yes. ({BY_CODE[code].strength.value})") for code in self.indicators),
            # ASEAN Convention Against Trafficking in Persons, art. 14(7).
            ("Non-punishment", "a victim is not punished for what they were forced to do; weigh this before charging"),
        ]


def refused_conclusion(finding: Finding, *, latest: Finding | None, same_officer: bool) -> str | None:
    """Return why the second step cannot be taken, in one sentence that says what to do."""
    if finding not in (Finding.confirmed, Finding.not_confirmed):
        return (
            "A conclusion is confirmed or not_confirmed; a new interview is recorded with `homeward screening record`."
        )
    if latest is not Finding.presumed:
        return "Only a standing presumption is concluded; record a screening first."
    if same_officer:
        return "Another screening officer concludes than the one who found the presumption; ask one."
    return None
