"""Disclosures: what an outside system is told about a person stands in the audit trail before it is told."""

from collections.abc import Iterator
from contextlib import contextmanager

from models.audit import TOLD
from tasks import case_file
from tasks.partners.transport import Told, telling


@contextmanager
def about(reference: str | None, step: str) -> Iterator[None]:
    """
    Note every call to a partner in the block as one about this case, made by this step; the same call once.

    What is told of no case, as that a blank was stolen, is noted without one.

    A call that cannot be noted is not made: without the case database nothing leaves the house.
    """
    noted: set[Told] = set()

    def note(told: Told) -> None:
        if told in noted:
            return
        ids = {"partner": told.partner, "call": told.call, "told": ",".join(told.fields), "step": step}
        with case_file.transaction() as session:
            case = case_file.load(session, reference) if reference else None
            case_file.note(session, TOLD, actor=case_file.RUN, about=case, ids=ids)
        noted.add(told)

    with telling(note):
        yield
