"""The host country's clearance to leave: asked under one id a case and host status, so that asking again reads."""

from uuid import NAMESPACE_URL, uuid5

from tasks import case_file
from tasks.partners.host_authority import Clearance, HostAuthority


def ask(reference: str) -> Clearance:
    """Return how the host authority's clearance stands."""
    with case_file.transaction() as session:
        case = case_file.load(session, reference)
        host_status = case_file.whereabouts(session, case.person_id).host_status
    with HostAuthority() as authority:
        clearance_id = uuid5(NAMESPACE_URL, f"homeward:clearance:{reference}:{host_status}")
        return authority.clearance(clearance_id, reference=reference, host_status=host_status)
