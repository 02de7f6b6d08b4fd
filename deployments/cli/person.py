"""`homeward screening …`, `contact …`, `representative …` and what a person is: `homeward case category`."""

from typing import Annotated

import typer

from deployments.cli.terminal import AsJson, Reference, clear, moment, on_duty, show, table
from models.case import HOME_ZONE
from models.category import Change
from models.contact import Item
from models.officer import Duty
from models.person import Category, CategoryReason, Language
from models.representation import PROOFS, Incapacity, Interest, Proof, Relation
from models.screening import Finding, Ground
from tasks import categories as persons_categories
from tasks import contacts as persons_contacts
from tasks import doorbell, representation, screened, screening

screenings = typer.Typer(no_args_is_help=True, help="Screening: was the person trafficked? Outside the police only.")
contacts = typer.Typer(no_args_is_help=True, help="Contacts: whom the person lets be told what.")
representatives = typer.Typer(no_args_is_help=True, help="Who speaks for a person who does not sign.")

_REASONS = ", ".join(CategoryReason)
_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Its number in the list.")]
_Language = Annotated[Language, typer.Option(help="Language it was read in.")]
_Reader = Annotated[str, typer.Option(help="Who read it to the person.")]
_SaidAt = Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")]
_Representative = Annotated[int | None, typer.Option(help="Who says it for a person who does not sign.")]
_Item = Annotated[Item, typer.Argument(metavar="ITEM", help="alive, whereabouts, return_date or money.")]


@clear
def category(
    reference: Reference,
    change: Annotated[Change, typer.Argument(help="add or remove.")],
    category: Annotated[Category, typer.Argument(help="What the person is.")],
    reason_code: Annotated[CategoryReason, typer.Option(help=f"Why: {_REASONS}.")],
    as_json: AsJson = False,
) -> None:
    """Add a category to a person or take one away; whoever took it away, and why, stays on record."""
    officer = on_duty(Duty.say_what_they_are)
    persons_categories.change(reference, change, category, reason=reason_code, officer=officer)
    doorbell.wake(reference)
    facts = {"reference": reference, "change": change.value, "category": category.value}
    show(facts, as_json=as_json, words=f"Recorded for {reference}: {change.value} {category.value}.")


@clear
def categories(reference: Reference, as_json: AsJson = False) -> None:
    """Show what a person is and was, since when, by whom and why."""
    officer = on_duty(Duty.say_what_they_are)
    rows, found = table("Category", "Added", "By", "Why", "Taken away", "By", "Why"), []
    for row in persons_categories.history(reference, reader=officer):
        ended = f"{row.removed_at:%Y-%m-%d %H:%M} UTC" if row.removed_at else ""
        why = row.removed_reason_code.value if row.removed_reason_code else ""
        rows.add_row(
            row.category.value, f"{row.added_at:%Y-%m-%d %H:%M} UTC", row.added_by, row.reason_code.value, ended,
            row.removed_by or "", why,
        )  # fmt: skip
        found.append(
            {
                "category": row.category.value,
                "added_at": row.added_at.to_iso8601_string(),
                "added_by": row.added_by,
                "reason_code": row.reason_code.value,
                "removed_at": row.removed_at and row.removed_at.to_iso8601_string(),
                "removed_by": row.removed_by,
                "removed_reason_code": row.removed_reason_code and row.removed_reason_code.value,
            }
        )
    show(found, as_json=as_json, words=rows if found else "No category is on file.")


@clear
def best_interest(
    reference: Reference,
    interest: Annotated[Interest, typer.Argument(metavar="FINDING", help="return or stay.")],
    reasons: Annotated[str, typer.Option(help="Why; kept sealed.")],
    as_json: AsJson = False,
) -> None:
    """Record whether return is in a child's best interest."""
    officer = on_duty(Duty.attend_to_the_person)
    representation.examine_interest(reference, interest=interest, reasons=reasons, officer=officer)
    doorbell.wake(reference)
    show({"reference": reference, "interest": interest.value}, as_json=as_json, words=f"Recorded for {reference}.")


@screenings.command()
@clear
def form(
    reference: Reference,
    language: Annotated[Language, typer.Option(help="ko, km or en.")],
    as_json: AsJson = False,
) -> None:
    """Print the questions to ask this person; a child, or somebody who may be one, has a set of their own."""
    officer = on_duty(Duty.read_the_screening)
    questions = screening.form(reference, reader=officer)
    rows = table("Indicator", "Of", "Weight", "Question")
    for each in questions:
        rows.add_row(each.code, each.dimension.value, each.strength.value, each.asked_in(language))
    facts = [
        {"code": q.code, "dimension": q.dimension.value, "strength": q.strength.value, "question": q.asked_in(language)}
        for q in questions
    ]
    show(facts, as_json=as_json, words=rows)


@screenings.command()
@clear
def record(
    reference: Reference,
    language: Annotated[Language, typer.Option(help="Language it was asked in.")],
    indicator: Annotated[list[str] | None, typer.Option(help="An indicator answered yes; once for each.")] = None,
    interpreter: Annotated[str | None, typer.Option(help="Who interpreted, by role and not by name.")] = None,
    screened_at: Annotated[str | None, typer.Option(help="When, RFC 3339; now unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record what a person answered; on reasonable grounds they are a presumed victim at once."""
    officer = on_duty(Duty.screen)
    found = screening.record(
        reference, indicators=indicator or [], language=language, interpreter=interpreter,
        screened_at=moment(screened_at), officer=officer,
    )  # fmt: skip
    doorbell.wake(reference)
    facts = {"reference": reference, "finding": found.value}
    show(facts, as_json=as_json, words=f"Recorded for {reference}: {found.words}.")


@screenings.command()
@clear
def conclude(
    reference: Reference,
    finding: Annotated[Finding, typer.Argument(metavar="FINDING", help="confirmed or not_confirmed.")],
    ground: Annotated[Ground, typer.Option(help="What it rests on; a certificate is never needed.")],
    as_json: AsJson = False,
) -> None:
    """Take the second step: another screening officer confirms a presumption, or does not."""
    officer = on_duty(Duty.screen)
    screening.conclude(reference, finding=finding, ground=ground, officer=officer)
    doorbell.wake(reference)
    facts = {"reference": reference, "finding": finding.value}
    show(facts, as_json=as_json, words=f"Recorded for {reference}: {finding.words}.")


@screenings.command("show")
@clear
def show_(reference: Reference, as_json: AsJson = False) -> None:
    """Show every screening of a person, the newest first."""
    officer = on_duty(Duty.read_the_screening)
    rows, facts = table("Screened", "By", "Language", "Finding", "Ground", "Indicators"), []
    for row, content in screened.shown(reference, reader=officer):
        at = row.screened_at.in_timezone(HOME_ZONE)
        language = row.language.value if row.language else ""
        ground = content.ground.value if content.ground else ""
        rows.add_row(
            f"{at:%Y-%m-%d %H:%M} Seoul", row.recorded_by, language, content.finding.value, ground,
            ", ".join(content.indicators),
        )  # fmt: skip
        facts.append(
            {
                "screened_at": row.screened_at.to_iso8601_string(),
                "screened_by": row.recorded_by,
                "language": language or None,
                "interpreter": row.interpreter,
                **content.model_dump(mode="json"),
            }
        )
    show(facts, as_json=as_json, words=rows if facts else f"{reference} was not screened.")


@contacts.command("add")
@clear
def add_contact(
    reference: Reference,
    relation: Annotated[Relation, typer.Option(help="What they are to the person.")],
    phone: Annotated[str, typer.Option(help="Telephone number; kept sealed.")],
    name: Annotated[str | None, typer.Option(help="Their name; kept sealed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep somebody close to the person; nobody sees or uses the number before the person agrees."""
    officer = on_duty(Duty.attend_to_the_person)
    number = persons_contacts.add(reference, relation=relation, name=name, phone=phone, officer=officer)
    facts = {"reference": reference, "contact": number}
    show(facts, as_json=as_json, words=f"Contact {number} of {reference} is kept; ask the person what they may know.")


@contacts.command()
@clear
def consent(
    reference: Reference,
    number: _Number,
    item: _Item,
    language: _Language,
    reader: _Reader,
    said_at: _SaidAt = None,
    representative: _Representative = None,
    as_json: AsJson = False,
) -> None:
    """Record that the person lets one contact be told one thing."""
    officer = on_duty(Duty.attend_to_the_person)
    persons_contacts.hear(
        reference, number, item, gives=True, language=language, reader=reader, said_at=moment(said_at),
        representative=representative, officer=officer,
    )  # fmt: skip
    facts = {"reference": reference, "contact": number, "item": item.value, "given": True}
    show(facts, as_json=as_json, words=f"Contact {number} may be told: {item.value}.")


@contacts.command()
@clear
def withdraw(
    reference: Reference,
    number: _Number,
    item: _Item,
    language: _Language,
    reader: _Reader,
    said_at: _SaidAt = None,
    as_json: AsJson = False,
) -> None:
    """Record that the person takes their consent back."""
    officer = on_duty(Duty.attend_to_the_person)
    persons_contacts.hear(
        reference, number, item, gives=False, language=language, reader=reader, said_at=moment(said_at),
        officer=officer,
    )  # fmt: skip
    facts = {"reference": reference, "contact": number, "item": item.value, "given": False}
    show(facts, as_json=as_json, words=f"Contact {number} may no longer be told: {item.value}.")


@contacts.command("list")
@clear
def list_contacts(reference: Reference, as_json: AsJson = False) -> None:
    """List a person's contacts and what each may be told; never a number."""
    officer = on_duty(Duty.attend_to_the_person)
    found = persons_contacts.listed(reference, reader=officer)
    rows = table("Contact", "Relation", "Name", "May be told")
    for each in found:
        rows.add_row(str(each.number), each.relation.value, each.name or "", ", ".join(each.items) or "nothing")
    facts = [
        {"number": c.number, "relation": c.relation.value, "name": c.name, "may_be_told": list(c.items)} for c in found
    ]
    show(facts, as_json=as_json, words=rows if found else "No contact is on file.")


@contacts.command("phone")
@clear
def phone(reference: Reference, number: _Number, item: _Item, as_json: AsJson = False) -> None:
    """Show a contact's number for telling them one thing the person agreed to; it is audited, refused or not."""
    officer = on_duty(Duty.attend_to_the_person)
    told = persons_contacts.telephone(reference, number, item, reader=officer)
    show({"contact": number, "item": item.value, "phone": told}, as_json=as_json, words=told)


@representatives.command("add")
@clear
def add_representative(
    reference: Reference,
    name: Annotated[str, typer.Option(help="Their name; kept sealed.")],
    relation: Annotated[Relation, typer.Option(help=f"One of {', '.join(PROOFS)}.")],
    because: Annotated[Incapacity, typer.Option(help="Why the person does not sign.")],
    as_json: AsJson = False,
) -> None:
    """Write down who is to speak for a person who does not sign."""
    officer = on_duty(Duty.attend_to_the_person)
    number = representation.add(reference, name=name, relation=relation, because=because, officer=officer)
    doorbell.wake(reference)
    facts = {"reference": reference, "representative": number}
    show(facts, as_json=as_json, words=f"Representative {number} of {reference}; another officer verifies them.")


@representatives.command("verify")
@clear
def verify_representative(
    reference: Reference,
    number: _Number,
    proof: Annotated[Proof, typer.Option(help="What shows that they may speak.")],
    as_json: AsJson = False,
) -> None:
    """Note how it was verified that a representative may speak; another officer than who wrote them down."""
    officer = on_duty(Duty.attend_to_the_person)
    representation.verify(reference, number, proof=proof, officer=officer)
    doorbell.wake(reference)
    facts = {"reference": reference, "representative": number, "proof": proof.value}
    show(facts, as_json=as_json, words=f"Representative {number} of {reference} is verified: {proof.value}.")


@representatives.command("end")
@clear
def end_representative(reference: Reference, number: _Number, as_json: AsJson = False) -> None:
    """Note that a representative no longer speaks for the person."""
    officer = on_duty(Duty.attend_to_the_person)
    representation.end(reference, number, officer=officer)
    doorbell.wake(reference)
    facts = {"reference": reference, "representative": number}
    show(facts, as_json=as_json, words=f"Representative {number} no longer speaks for {reference}.")


@representatives.command("list")
@clear
def list_representatives(reference: Reference, as_json: AsJson = False) -> None:
    """List who speaks for a person, and how each was verified."""
    officer = on_duty(Duty.attend_to_the_person)
    rows, facts = table("Number", "Name", "Relation", "Because", "Verified", "Ended"), []
    for number, row, name in representation.listed(reference, reader=officer):
        verified = f"{row.verified_by}: {row.proof.value}" if row.proof else "no"
        ended = f"{row.ended_at:%Y-%m-%d} {row.ended_by}" if row.ended_at else ""
        rows.add_row(str(number), name, row.relation.value, row.because.value, verified, ended)
        facts.append(
            {
                "number": number,
                "name": name,
                "relation": row.relation.value,
                "because": row.because.value,
                "verified_by": row.verified_by,
                "proof": row.proof and row.proof.value,
                "ended_at": row.ended_at and row.ended_at.to_iso8601_string(),
            }
        )
    show(facts, as_json=as_json, words=rows if facts else "Nobody speaks for this person but themselves.")
