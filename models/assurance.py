"""Identity assurance: how surely a person is who the registry's record says, why, and when one examiner is too few."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID, uuid4

import pendulum
from pydantic import BaseModel, ConfigDict
from sqlmodel import Field

from models.columns import Moment, Row, word
from models.evidence import Section
from models.referral import PUBLIC, Referral, Said
from models.verification import Candidate

CLEAR_SCORE = 0.85
"""Below it the best record is no clear match; a fact counts as agreeing from the same likeness."""
TOO_CLOSE = 0.1
"""Two candidates whose scores lie no further apart cannot be told apart by what the field wrote."""
OURS = "KOR"


class Check(StrEnum):
    """What an examiner compares beside what the registry answers."""

    passport_data = "passport-data"
    family_register = "family-register"
    portrait = "portrait"
    """A person looks at the face and at the registry's portrait."""
    interview = "interview"
    known_facts = "known-facts"
    """Questions only the person can answer, from the family or the registry."""


class Result(StrEnum):
    """What came of a check."""

    agrees = "agrees"
    differs = "differs"
    not_possible = "not-possible"


class Level(StrEnum):
    """How sure it is. The words are those of eIDAS (EU 910/2014 art. 8); what each takes is ours."""

    low = "low"
    substantial = "substantial"
    high = "high"


class IdentityCheck(Row, table=True):
    """One check somebody made; rows are only added, and the latest of each kind counts."""

    __tablename__ = "identity_check"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    check: Check = Field(sa_type=word(Check))
    result: Result = Field(sa_type=word(Result))
    made_at: pendulum.DateTime = Field(sa_type=Moment)
    made_by: str = Field(foreign_key="officer.number")


class OtherNationality(Row, table=True):
    """A nationality the person has or says they have besides ours; rows are only added."""

    __tablename__ = "other_nationality"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    country: str
    """ISO 3166-1 alpha-3."""
    is_withdrawn: bool = False
    noted_at: pendulum.DateTime = Field(sa_type=Moment)
    noted_by: str = Field(foreign_key="officer.number")


class Assessment(Row, table=True):
    """What followed for a proposal, in clear, so that who must sign is known without opening it; only added."""

    __tablename__ = "identity_assessment"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    reference: str = Field(foreign_key="repatriation_case.reference", index=True)
    level: Level = Field(sa_type=word(Level))
    in_doubt: bool
    assessed_at: pendulum.DateTime = Field(sa_type=Moment)


class Assurance(BaseModel):
    """How sure an identity is, as the examiners see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    grounds: tuple[str, ...]
    """What speaks for it."""
    doubts: tuple[str, ...]
    """What speaks against it; with any of these two officers examine."""
    missing: tuple[Check, ...]
    """What nobody has checked yet."""

    @property
    def in_doubt(self) -> bool:
        """Whether a second examiner must sign."""
        return bool(self.doubts)

    def section(self) -> Section:
        """Return what the examiners read."""
        lines = [("Level", self.level.value), *(("For it", ground) for ground in self.grounds)]
        lines += [("Doubt", doubt) for doubt in self.doubts]
        if self.in_doubt:
            lines.append(("Examiners", "two verifying officers sign, because there is doubt"))
        if self.missing:
            lines.append(("Not checked yet", ", ".join(check.value.replace("-", " ") for check in self.missing)))
        return "Identity assurance", lines


def assurance(
    checks: Mapping[Check, Result],
    candidates: Sequence[Candidate],
    *,
    nationalities: Sequence[str] = (),
    referrals: Sequence[Referral] = (),
) -> Assurance:
    """
    Return how sure it is that the best candidate is the person.

    High takes a paper, a face and a word that agree. Substantial takes three agreeing facts of the registry, or two
    and a check, or two and a public office that vouches. A check that differs, an agency that knows them as somebody
    else, or a record that fits badly, is low whatever else agrees. `referrals` holds the last word of each agency.
    """
    agreed = [check for check in Check if checks.get(check) is Result.agrees]
    missing = tuple(check for check in Check if check not in checks)
    if not candidates:
        return Assurance(
            level=Level.low, grounds=(), doubts=("the registry has nobody who fits",), missing=missing
        )  # fmt: skip
    best = candidates[0]
    facts = [fact.name for fact in best.facts if fact.agrees and fact.name != "sex"]
    against = [f"{check.value.replace('-', ' ')} differs" for check in Check if checks.get(check) is Result.differs]
    if best.score < CLEAR_SCORE:
        against.append(f"the registry's best record fits by {best.score:.2f} only")
    against += [f"{each.agency} knows them as somebody else" for each in referrals if each.said is Said.denies]
    if not best.record.alive:
        against.append("the registry holds them to be dead")
    vouching = [each for each in referrals if each.said is Said.vouches]
    level = Level.low if against else _level(facts, agreed, vouched=any(each.kind in PUBLIC for each in vouching))
    doubts = [*against, *_beside(candidates, nationalities)]
    if level is Level.low and not against:
        doubts.insert(0, "too few facts agree; make more checks")
    grounds = [f"{name.replace('_', ' ')} agrees with the registry" for name in facts]
    grounds += [f"{check.value.replace('-', ' ')} agrees" for check in agreed]
    grounds += [f"{each.agency} vouches, which confirms nothing by itself" for each in vouching]
    return Assurance(level=level, grounds=tuple(grounds), doubts=tuple(doubts), missing=missing)


def _level(facts: Sequence[str], agreed: Sequence[Check], *, vouched: bool) -> Level:
    on_paper = "passport_number" in facts or {Check.passport_data, Check.family_register} & set(agreed)
    by_word = {Check.interview, Check.known_facts} & set(agreed)
    if on_paper and by_word and Check.portrait in agreed and len(facts) >= 2:
        return Level.high
    return Level.substantial if len(facts) >= 3 or (len(facts) >= 2 and (agreed or vouched)) else Level.low


def _beside(candidates: Sequence[Candidate], nationalities: Sequence[str]) -> list[str]:
    """Return what wants a second examiner although the level may be good."""
    best, *others = candidates
    found = []
    if others and best.score - others[0].score <= TOO_CLOSE:
        found.append("two records fit almost equally")
    if best.record.nationality != OURS:
        found.append(f"the registry holds them to be a national of {best.record.nationality}")
    if best.record.passport_number is None:
        # Source: ICAO Doc 9303-8 §4.1.2.
        found.append("no earlier passport is on record")
    found += [f"also a national of {country}: that state may be involved" for country in nationalities]
    return found
