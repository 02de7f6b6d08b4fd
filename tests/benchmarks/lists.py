"""Field lists of fresh seeds: who is found, at how many calls, and whether strangers stay in doubt."""

import argparse
import secrets
import time
from itertools import islice
from pathlib import Path

from deployments.sandbox.population import PACKAGED, Population, load
from models.matching.comparing import compare, rank
from tests.benchmarks.matching import Row, Tally, listed, record_of, tallied
from tests.benchmarks.people import field_list, population, without_numbers
from tests.benchmarks.results import tell

VECTORS = Path(__file__).parents[1] / "vectors" / "operation"
AS_DENSE_DAYS = 40
"""60,000 people born within so many days are 1,500 a day, as in a registry of fifty million."""


def measure(*, quick: bool = False) -> None:
    """Tell the figures for the operation's own list and for three lists nobody has seen."""
    packaged = load(PACKAGED)
    _told("operation", tallied("operation", packaged, listed(VECTORS / "found.csv", VECTORS / "truth.csv")))
    for _ in range(3):
        seed = secrets.randbelow(10**6)
        people = population(seed, 4000 if quick else 20_000)
        rows = field_list(seed, people, 72 if quick else 300)
        _told("unseen_list", tallied("unseen", people, rows), seed=seed)
        _told("without_numbers", tallied("bare", people, without_numbers(rows)), goals=False, seed=seed)
    if not quick:
        seed = secrets.randbelow(10**6)
        dense = population(seed, 60_000, born_within_days=AS_DENSE_DAYS)
        _told("as_dense_as_50_million", tallied("dense", dense, field_list(seed, dense, 300)), goals=False, seed=seed)
        _scoring(rows[0], people)
    else:
        _scoring(rows[0], packaged)


def _told(name: str, tally: Tally, *, goals: bool = True, **more: int) -> None:
    about = {"list": name, "people": tally.present + tally.strangers, **more}
    first, five = tally.first / tally.present, tally.within_five / tally.present
    tell(
        "matching_right_person_first",
        first,
        "of those registered",
        goal=0.97 if goals else None,
        at_least=True,
        **about,
    )
    tell(
        "matching_within_first_five", five, "of those registered", goal=0.99 if goals else None, at_least=True, **about
    )
    above = float(tally.strangers_above)
    tell(
        "matching_strangers_above_0.9", above, "people", goal=0, strangers=tally.strangers, nobody=tally.nobody, **about
    )
    calls = sorted(tally.calls)
    shares = {
        "mean": round(sum(calls) / len(calls), 2),
        "queries_mean": round(sum(tally.finds) / len(calls), 2),
        "queries_most": max(tally.finds),
        "records_mean": round(sum(tally.reads) / len(calls), 2),
        "records_most": max(tally.reads),
        "p95": calls[int(len(calls) * 0.95)],
    }
    tell("matching_calls_most", calls[-1], "calls", goal=5, **shares, **about)


def _scoring(row: Row, people: Population) -> None:
    records = [record_of(person) for person in islice(people, 200)]
    # By ear, so that every romanisation of every record is tried; the processor's time, for others may share it.
    by_ear = row.reported.model_copy(update={"name_hangul": None})
    began = time.process_time()
    rank([compare(by_ear, record) for record in records])
    tell("matching_score_200", (time.process_time() - began) * 1000, "CPU ms", goal=50)


def main() -> None:
    """Measure without a stack: the registry is in memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("matching",))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true")
    measure(quick=parser.parse_args().quick)


if __name__ == "__main__":
    main()
