"""`homeward intake FILE`: a list becomes cases; and `homeward case start`, for one case or for all of them."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, clear, fail, on_duty, show, table
from models.duplicate import Pair
from models.officer import Duty
from tasks import doorbell, duplicates, starting
from tasks import intake as lists
from tasks.intake import Found, Outcome

_Operation = Annotated[str | None, typer.Option(help="The operation; else the country, or every one.")]

_WORDS = {
    Outcome.added: "added",
    Outcome.known: "known before",
    Outcome.changed: "known before and changed",
    Outcome.refused: "refused",
}
_DUPLICATE = "possible duplicate"

_PLURALS = {_DUPLICATE: "possible duplicates", Found.alert.value: "alerts"}


@clear
def intake(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV in any usual encoding, or .xlsx.")],
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="What a column means, like born_on=생년월일; once for each. Remembered for the next such list."
        ),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook that has several.")] = None,
    country: Annotated[str, typer.Option(help="Country of rescue, ISO 3166-1 alpha-3.")] = "KHM",
    operation: _Operation = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added, doubled, refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open a case for each row of a list that has none yet, and say what to look at first."""
    officer = on_duty(Duty.run_the_case)
    try:
        given = lists.named_columns(column or [])
        read = lists.read_list(file, given=given, sheet=sheet, remembered=lists.remembered)
    except lists.ListUnreadable as unreadable:
        fail(str(unreadable), BAD_INPUT)
    taken = lists.take_in(read, country=country, operation=operation, officer=officer.number, dry_run=dry_run)
    pairs = taken.possible_duplicates if dry_run else duplicates.proposed()
    mine = {*taken.references, *(f"line {row.line}" for row in taken.rows if dry_run)}
    held = {key: pair for key, pair in duplicates.held(pairs).items() if key in mine}
    if dry_run:
        _report(read, taken, held, {}, dry_run=True, as_json=as_json)
        return
    found = lists.look_up(taken.references)
    # Only now is known who is who in the registry.
    held = {key: pair for key, pair in duplicates.held(duplicates.proposed()).items() if key in mine}
    _report(read, taken, held, found, dry_run=False, as_json=as_json)
    if taken.rows and not taken.references:
        fail("No row could be taken in; correct the list and try again.", REFUSED)


def _report(
    read: lists.Table,
    taken: lists.Intake,
    held: dict[str, Pair],
    found: dict[str, Found],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    # Of a person who is two things the more urgent counts: an alert before a duplicate before the rest.
    states = {
        reference: _DUPLICATE if reference in held and state is not Found.alert else state.value
        for reference, state in found.items()
    }
    counts = Counter(states.values())
    if as_json:
        facts: dict[str, Any] = {
            "file": read.file_name, "sha256": read.sha256, "dry_run": dry_run,
            "rows": [asdict(row) for row in taken.rows], "flaws": [asdict(flaw) for flaw in taken.flaws],
            "notes": read.notes, "cases": states, "counts": dict(counts),
            "possible_duplicates": [asdict(pair) for pair in held.values()],
        }  # fmt: skip
        show(facts, as_json=True, words="")
        return
    lines = list(read.notes)
    show(None, as_json=False, words="\n".join(lines)) if lines else None
    if taken.flaws:
        rows = table("Line", "Column", "Value", "Left out because")
        for flaw in taken.flaws:
            rows.add_row(str(flaw.line), flaw.column or "the row", flaw.value, flaw.reason)
        show(None, as_json=False, words=rows)
    rows_read, outcomes = len(taken.rows), [f"{taken.count(o)} {_WORDS[o]}" for o in Outcome if taken.count(o)]
    lines = [f"{rows_read} row{'s' * (rows_read != 1)}: {', '.join(outcomes)}."]
    lines += [f"Line {row.line} was {_WORDS[row.outcome]}{f': {row.reference}' if row.reference else ''}."
              for row in taken.rows if row.outcome in {Outcome.changed, Outcome.refused}]  # fmt: skip
    lines += [f"{pair.second} may be {pair.first}: {', '.join(pair.signs)}." for pair in held.values()]
    if dry_run:
        lines += ["Nothing was written; leave --dry-run out to take the list in."]
    else:
        lines += [*_first(states), _summary(counts)]
    show(None, as_json=False, words="\n".join(lines))


def _summary(counts: Counter[str]) -> str:
    order = [Found.ready, _DUPLICATE, Found.not_found, Found.unclear, Found.not_looked_up, Found.under_way, Found.alert]
    said = [
        f"{counts[each]} {_PLURALS.get(each, each) if counts[each] != 1 else each}"
        for each in map(str, order)
        if counts[each] or each == Found.ready
    ]
    return ", ".join(said) + "."


def _first(states: dict[str, str]) -> list[str]:
    """Return what to do first, the most urgent first."""

    def of(state: str) -> str:
        return ", ".join(reference for reference, each in states.items() if each == state)

    what = (
        (Found.alert.value, "Look at these first, a warrant, a notice or a report stands: {}."),
        (_DUPLICATE, "Look at the possible duplicates with `homeward case duplicates`: {}."),
        (Found.not_found.value, "Nobody in the registry fits; ask the person again, then `homeward case correct`: {}."),
        (
            Found.unclear.value,
            "Too many may be meant to look at; add a birth date or number with `homeward case correct`: {}.",
        ),
        (Found.not_looked_up.value, "The registry did not answer about these; their journeys ask it again: {}."),
        (Found.ready.value, "Then begin the journeys with `homeward case start --all`."),
    )
    return [words.format(of(state)) for state, words in what if of(state)]


@clear
def start(
    references: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Case references; or --all.")
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Every case that is opened and not started, but for possible duplicates.")
    ] = False,
    operation: _Operation = None,
    as_json: AsJson = False,
) -> None:
    """Start the journeys of some cases, or of every case that waits to be started: one run each in the engine."""
    on_duty(Duty.run_the_case)
    if bool(references) is all_ or (operation is not None and not all_):
        fail("Name the cases, or give --all, and with it --operation if wanted.", BAD_INPUT)
    if references and len(references) == 1:
        if (refusal := doorbell.start(references[0])) is not None:
            fail(refusal, REFUSED)
        alone: Any = {"reference": references[0], "started": True}
        show(alone, as_json=as_json, words=f"The journey of {references[0]} has begun.")
        return
    started = starting.start_named(references) if references else starting.start_all(operation)
    held = [{"case": pair.second, "may_be": pair.first, "because": list(pair.signs)} for pair in started.held]
    facts = {"started": started.begun, "refused": started.refused, "held": held}
    lines = [*started.refused.values()]
    lines += [f"{pair.second} waits: it may be {pair.first}; see `homeward case duplicates`." for pair in started.held]
    begun, waiting = len(started.begun), len(held)
    ending = f", {waiting} wait{'s' * (waiting == 1)} for a word about a duplicate." if waiting else "."
    lines += [f"{begun} journey{' has' if begun == 1 else 's have'} begun{ending}"]
    show(facts, as_json=as_json, words="\n".join(lines))
    if references and started.refused:
        raise typer.Exit(REFUSED)
