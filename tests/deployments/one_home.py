"""A person of a running stack goes home: each question is told on a line, and approved once somebody asks for it."""

import sys

from deployments.drill import walk
from models.case import CaseStatus
from tasks import case_file, doorbell


def main() -> int:
    """Walk one case home; return 0 once it is."""
    reference = walk.open_example()
    if (refusal := doorbell.start(reference)) is not None:
        sys.exit(refusal)
    after = None
    while (asking := walk.wait_for_question(reference, after=after)) is not None:
        sys.stdout.write(f"asks {asking.step.value}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        walk.approve(reference, asking)
        after = asking
    with case_file.transaction() as session:
        return 0 if case_file.load(session, reference).status is CaseStatus.home else 1


if __name__ == "__main__":
    raise SystemExit(main())
