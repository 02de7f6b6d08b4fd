"""Judgement: the one rule that says whether an answer to a question is taken, and in what capacity."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import pendulum

from models.case import Stage, Step
from models.decision import FORCES, REASONS, Answer, Basis, Outcome, ReasonCode, Reply, seen_code
from models.mandate import Mandate
from models.officer import Role
from models.policy import BreakGlassRule, Place, StandingAuthorityRule


class Bar(StrEnum):
    """Why an officer may not sign, whatever role they hold."""

    requester = "opened this case and decides nothing in it; another officer must"
    examiner = "examined the identity; another officer must decide this step"
    payee = "is to be paid back in this case; another officer must decide the funding"
    signed = "has signed this step already; the other signature must be another officer's"
    enterer = "typed in these seats; another officer must decide on them"
    decider = "decided a step this one is kept apart from; another officer must decide it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the judging rule needs to know about the question: all of it facts, nothing to look up."""

    step: Step
    digest: str
    letters: str | None = None
    """What the Resume form wants typed for this very answer; None at the other doors, which want the seen code."""
    places: dict[int, Place]
    """The signatures that may be given now, by their number in the rule."""
    barred: dict[str, Bar] = field(default_factory=dict)
    """Officers who may not sign, and why."""
    valid_until: pendulum.DateTime | None = None
    authority_id: UUID | None = None
    """The standing authority that covers the case, at the funding step."""
    authority_signed_by: str | None = None
    standing_authority: StandingAuthorityRule = field(default_factory=StandingAuthorityRule)
    break_glass: BreakGlassRule = field(default_factory=BreakGlassRule)


@dataclass(frozen=True, slots=True)
class Capacity:
    """In what role, on what ground and for which of the wanted signatures an officer signs."""

    mandate: Mandate
    place: int
    basis: Basis
    authority_id: UUID | None = None
    countersigned_by: Role | None = None
    countersign_within_hours: int | None = None


def capacity(answer: Answer, question: Question, mandates: list[Mandate]) -> Capacity | None:
    """Return in what capacity an officer may give this answer; None when in none."""
    free = [mandate for mandate in mandates if not any(who in question.barred for who in mandate.persons)]
    if answer.breaks_glass:
        return _forcing(answer, question, free)
    for number, place in question.places.items():
        for mandate in free:
            if place.fits(mandate.role, mandate.agency):
                return Capacity(mandate, number, Basis.rule)
    rule = question.standing_authority
    if question.authority_id is not None and answer.outcome == Outcome.approve.value:
        for mandate in free:
            if mandate.role is rule.role and question.authority_signed_by not in mandate.persons:
                first = min(question.places)
                return Capacity(
                    mandate, first, Basis.standing_authority, question.authority_id, rule.countersigned_by,
                    rule.within_hours,
                )  # fmt: skip
    return None


def _forcing(answer: Answer, question: Question, mandates: list[Mandate]) -> Capacity | None:
    rule = question.break_glass
    if answer.outcome != Outcome.approve.value or question.step not in rule.steps:
        return None
    for mandate in mandates:
        if mandate.role in rule.roles:
            first = min(question.places)
            return Capacity(mandate, first, Basis.break_glass, None, rule.reviewed_by, rule.within_hours)
    return None


def judged(answer: Answer, question: Question, mandates: list[Mandate], *, at: pendulum.DateTime) -> Capacity | str:
    """Return in what capacity an answer is taken; else why it is not, in one sentence that says what to do."""
    signs_as = capacity(answer, question, mandates)
    if signs_as is None:
        return _refused_officer(answer, question, mandates)
    return _refused_content(answer, question, at=at) or refused_words(answer, question.step) or signs_as


def refusal(answer: Answer, question: Question, mandates: list[Mandate], *, at: pendulum.DateTime) -> str | None:
    """Return why an answer is not taken, in one sentence that says what to do; None when it fits."""
    found = judged(answer, question, mandates, at=at)
    return found if isinstance(found, str) else None


def _refused_officer(answer: Answer, question: Question, mandates: list[Mandate]) -> str:
    if answer.breaks_glass:
        return _refused_force(answer, question, mandates)
    fitting = [m for m in mandates if any(place.fits(m.role, m.agency) for place in question.places.values())]
    if not fitting:
        wanted = ", or ".join(dict.fromkeys(place.words for place in question.places.values()))
        return f"Officer {answer.officer} does not hold the role {wanted}; ask an officer who does."
    return _barred_words(fitting[0], question)


def _refused_force(answer: Answer, question: Question, mandates: list[Mandate]) -> str:
    rule = question.break_glass
    if answer.outcome != Outcome.approve.value or question.step not in rule.steps:
        steps = ", ".join(step.value for step in rule.steps)
        return f"Only an approval can be forced, at {steps}; decide here with the role that is asked."
    forcing = [mandate for mandate in mandates if mandate.role in rule.roles]
    if not forcing:
        return f"Officer {answer.officer} may not break the glass; a {' or a '.join(rule.roles)} may."
    return _barred_words(forcing[0], question)


def _barred_words(mandate: Mandate, question: Question) -> str:
    who = next(who for who in sorted(mandate.persons) if who in question.barred)
    return f"Officer {who} {question.barred[who]}."


def _refused_content(answer: Answer, question: Question, *, at: pendulum.DateTime) -> str | None:
    if question.valid_until is not None and at >= question.valid_until:
        return "What was proposed has lapsed; look at the new proposal and decide on that."
    typed = answer.seen.strip().upper()
    if question.letters is not None and typed != question.letters:
        return (
            "The letters do not belong to this answer to the present evidence; open the evidence again and type the "
            "letters that stand beside the answer you give."
        )
    if question.letters is None and typed != seen_code(question.digest):
        return "The seen code does not belong to the present evidence; open the evidence again and use its code."
    return None


def refused_words(answer: Answer, step: Step) -> str | None:
    """Return why the words of an answer fit no question at this step; known before anybody proves who they are."""
    allowed = [o.value for o in Outcome if o is not Outcome.cancel]
    if step is Step.help:
        # Help is where a question came back to the coordinator; asking again would leave it with nobody.
        allowed.remove(Outcome.ask.value)
    if answer.outcome not in allowed:
        return f"Choose one decision: {', '.join(allowed)}."
    reasons = [reason.value for reason in REASONS[Outcome(answer.outcome)]]
    if answer.reason_code not in reasons:
        return f"Choose a reason code that fits {answer.outcome}: {', '.join(reasons)}."
    if answer.breaks_glass != (answer.reason_code in FORCES):
        return f"Whoever breaks the glass says why with one of {', '.join(FORCES)}, and nobody else does."
    if answer.to_stage is not None:
        earlier = stages_up_to(step)
        if answer.outcome != Outcome.return_.value or answer.to_stage not in earlier:
            return f"A stage to go back to belongs to a return and is one of: {', '.join(earlier)}."
    return None


ONLY_AS_HELP = frozenset({ReasonCode.treat_as_not_done, ReasonCode.fewer_escorts})
"""Reasons that answer a certain trouble and nothing else."""


def replies_to(step: Step) -> list[Reply]:
    """Return every reply the Resume form offers at a step: none that cancels, and none that breaks the glass."""
    replies = []
    for outcome, reasons in REASONS.items():
        if outcome is Outcome.cancel or (outcome is Outcome.ask and step is Step.help):
            continue
        stages = [None, *map(Stage, stages_up_to(step))] if outcome is Outcome.return_ else [None]
        replies += [
            Reply(outcome, reason, stage)
            for reason in reasons
            if reason not in FORCES and (step is Step.help or reason not in ONLY_AS_HELP)
            for stage in stages
        ]
    return replies


def stages_up_to(step: Step) -> list[str]:
    """Return the stages a step's question can be returned to: its own and those before it; all for help."""
    stages = [stage.value for stage in Stage]
    if step is Step.handoff:
        # After boarding nothing is undone.
        return [Stage.handoff.value]
    return stages if step.stage is None else stages[: stages.index(step.stage.value) + 1]
