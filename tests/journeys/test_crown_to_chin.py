"""Crown to chin, as whoever stored the portrait marked it, before those who decide on the document."""

from models.case import Step
from models.portrait import HeadMarks
from tasks import doorbell
from tests.journeys.story import Story


def crown_to_chin(story: Story) -> str:
    return next(value for _, lines in story.evidence().sections for what, value in lines if what == "Crown to chin")


def retakes(story: Story, head: HeadMarks | None) -> None:
    story.sits_for_a_portrait(head)
    doorbell.wake(story.reference)
    story.goes_on()


def test_who_authorises_sees_the_measure_and_who_marked_it_and_is_asked_anew_about_another_portrait(
    story: Story,
) -> None:
    story.opens()
    story.begins()
    story.comes_to(Step.authorise)
    unmarked = story.question().id
    assert crown_to_chin(story).startswith("NOT MEASURED")

    retakes(story, HeadMarks(crown=100, chin=840))

    assert story.waits_at() is Step.authorise
    assert story.question().id != unmarked
    assert crown_to_chin(story) == f"74 % (70 to 80 %), marked by {story.coordinator}"
    assert story.evidence().content["head"] == {"crown": 100, "chin": 840}

    story.decides()
    story.comes_to(Step.release)
    assert crown_to_chin(story).startswith("74 %")

    retakes(story, HeadMarks(crown=100, chin=860))

    assert story.waits_at() is Step.release, "what was authorised stands"
    assert crown_to_chin(story).startswith("76 %")
