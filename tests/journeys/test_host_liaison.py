"""A host liaison, the host country's officer, sees exit papers and times only, on whole journeys."""

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.case import Step
from models.officer import Role
from models.paper import PaperKind
from tasks import case_file, decisions, exits, officers, overview, paperwork
from tasks.clock import now
from tests.journeys.mandates import delegates
from tests.journeys.story import Story
from tests.owner import rewrite


def test_a_host_liaison_sees_exit_papers_and_times_only(story: Story) -> None:
    liaison = next(officer for officer in officers.listed() if officer.number == story.deciders[Role.host_liaison])
    story.opens()
    story.begins()
    story.comes_to(Step.release)
    assert exits.exits(liaison) == []
    story.comes_to(Step.handoff)

    (leaving,) = exits.exits(liaison)

    assert leaving.reference == story.reference
    with case_file.transaction() as session:
        looks = session.exec(
            select(AuditEvent).where(AuditEvent.action == "person.read", AuditEvent.actor == liaison.number)
        )
        assert [(look.reference, look.fields["purpose"]) for look in looks] == [(story.reference, "exits")]
    assert leaving.departs_at > now()
    exit_papers = [PaperKind.travel_document, PaperKind.exit_request]
    assert [paper.kind for paper in paperwork.listed_for(liaison, story.reference)] == exit_papers
    assert decisions.inbox(liaison) == []
    for look in (
        lambda: overview.of(story.reference, reader=liaison),
        lambda: decisions.evidence(story.reference, reader=liaison, purpose="test"),
        lambda: decisions.portrait(story.reference, reader=liaison),
    ):
        with pytest.raises(case_file.Refused):
            look()
    other = next(officer for officer in officers.listed() if officer.number == story.deciders[Role.travel_officer])
    with pytest.raises(case_file.Refused, match="Exits are for"):
        exits.exits(other)
    abroad = officers.add(name="x", agency="RTP", roles=[Role.host_liaison], country="THA", by="test").officer
    assert exits.exits(abroad) == []
    with pytest.raises(case_file.Refused, match="is the liaison of THA"):
        paperwork.listed_for(abroad, story.reference)
    with pytest.raises(case_file.Refused, match="is the liaison of THA"):
        paperwork.read(story.reference, PaperKind.travel_document, officer=abroad)
    with case_file.transaction() as session:
        assert session.exec(select(AuditEvent.action).where(AuditEvent.actor == abroad.number)).first() is None
    rewrite(abroad.number, country=None)
    abroad.country = None
    with pytest.raises(case_file.Refused, match="liaison of no country"):
        exits.exits(abroad)


@pytest.mark.parametrize(
    ("roles", "country", "why"),
    [
        ([Role.host_liaison, Role.travel_officer], "KHM", "holds no other role"),
        ([Role.host_liaison], None, "serves one country"),
        ([Role.travel_officer], "KHM", "serves one country"),
        ([Role.host_liaison], "FRA", "No mission of ours serves FRA"),
    ],
)
def test_a_host_liaison_serves_one_country_and_holds_no_other_role(
    roles: list[Role], country: str | None, why: str
) -> None:
    with pytest.raises(case_file.Refused, match=why):
        officers.add(name="x", agency="NPA", roles=roles, country=country, by="test")


def test_no_role_of_ours_is_delegated_to_a_host_liaison(story: Story) -> None:
    with pytest.raises(case_file.Refused, match="another country's"):
        delegates(story, Role.travel_officer, story.deciders[Role.host_liaison])
