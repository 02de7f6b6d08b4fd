"""The instrument: which document the law allows in a case, and which numbers of its kind the mission holds."""

from sqlalchemy import func
from sqlmodel import Session, select

from models.case import RepatriationCase, Step, local_zone
from models.instrument import Circumstances, Instrument, Ruling, ruling_for
from models.person import Category
from models.stock import StockState
from models.travel_document import StockNumber, TravelDocument
from tasks import case_file, host_clearance, representation
from tasks.clock import now
from tasks.trouble import NeedsPerson
from tasks.verification import has_warrant, holds_valid_passport


def ruling(session: Session, case: RepatriationCase, document: TravelDocument | None) -> Ruling:
    """Return what the law's table says on the facts as they stand."""
    today = now().in_timezone(local_zone(case.reference)).date()
    return ruling_for(
        Circumstances(
            deceased=Category.deceased in case_file.categories(session, case.person_id),
            minor_unrepresented=representation.is_unrepresented_minor(session, case),
            passport_in_hand=holds_valid_passport(session, case, on=today),
            wanted=has_warrant(session, case.reference),
            deported=host_clearance.is_deported(session, case.reference),
            booklet_in_stock=(
                document.instrument is Instrument.emergency_passport
                if document is not None
                else free_number(session, case, Instrument.emergency_passport) is not None
            ),
        )
    )


def refuse_undocumented(reference: str) -> None:
    """Stop where the law's table gives no document; why is told to the coordinator alone."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference, lock=True)
        found = ruling(session, case, case_file.open_document(session, reference))
        if found.instrument is not None:
            return
        said = f"No document is issued ({found.ground.en}): {found.because}."
        refusal = representation.refuse_undocumented(session, case, Step.authorise, said=said)
    raise refusal


def refuse_wrong(session: Session, case: RepatriationCase) -> None:
    """Stop a passport for somebody who has become wanted since it was authorised."""
    document = case_file.require_document(session, case.reference)
    if document.instrument is Instrument.emergency_passport and has_warrant(session, case.reference):
        raise NeedsPerson(
            "instrument",
            "The document was authorised on facts that have changed; return the case to travel_document.",
        )


def free_number(session: Session, case: RepatriationCase, instrument: Instrument) -> StockNumber | None:
    """Return a number of this kind that nobody was entered on, locked; None when the mission has none."""
    return session.exec(
        select(StockNumber)
        .where(
            StockNumber.mission == case.reference[:3],
            StockNumber.instrument == instrument,
            StockNumber.state == StockState.received,
        )
        .order_by(func.random())
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
