"""The portrait's rules that need no eye: how large, how old, how high the head. Whose face it is, a person looks at."""

from datetime import date
from fractions import Fraction

import pendulum
from pydantic import BaseModel, ConfigDict

LEAST_PX = (413, 531)
"""35 x 45 mm at 300 pixels an inch, after cropping to 7:9. Source: ICAO Doc 9303-3 §3.9.1."""

LASTS = pendulum.duration(months=6)
"""Older, it is not printed. Source: ICAO Doc 9303-3 §3.9.1; Passport Act Enforcement Decree art. 5."""

FRESH_FOR = pendulum.duration(months=3)
"""Older, it should not be taken, and whoever decides is told. Source: ICAO Doc 9303-3 §3.9.1."""

NOT_MEASURED = "Not measured here: the distance between the eyes; see that it is 118 pixels at least (10 mm printed)."
"""Source: ICAO Doc 9303-3 §3.9.1."""

CROWN_TO_CHIN = (
    "From crown to chin the head is 70 to 80 % of the picture's height: the blue lines are 70 % apart, the red ones "
    "80 %. Where crown and chin were marked, black lines show it; see that they lie there."
)
"""Source: ICAO Doc 9303-3 §3.9.1."""

LEAST_HEAD, MOST_HEAD = 700, 800
"""Crown to chin in tenths of a per cent of the printed height, both allowed. Source: ICAO Doc 9303-3 §3.9.1."""

_PRINTED_MM, _LEAST_HEAD_MM = 45, 32
"""Height of the picture, and of the head in it. Source: Passport Act Enforcement Decree art. 5: 3.2 to 3.6 cm."""

HEAD_NOT_MEASURED = (
    "NOT MEASURED, nobody marked crown and chin; look at the portrait between its guide lines on the desk: 70 to 80 % "
    "of its height"
)

LONGEST_WAIVER = 200


def why_too_small(width_px: int, height_px: int) -> str | None:
    """Return why a portrait as cropped is too small to print, in one sentence; None where it is not."""
    least_width, least_height = LEAST_PX
    if width_px >= least_width and height_px >= least_height:
        return None
    return (
        f"the portrait has {width_px} x {height_px} pixels once cropped to 7:9, and needs {least_width} x "
        f"{least_height} at least; take it again from nearer or at full size, and do not enlarge it"
    )


def age_warning(captured_on: date, *, on: date) -> str | None:
    """Return what to say of a portrait that may be used and should not be, by its age on a day."""
    fresh_until = pendulum.date(captured_on.year, captured_on.month, captured_on.day) + FRESH_FOR
    return "OLDER THAN THREE MONTHS; take a new one if you can" if on > fresh_until else None


class HeadMarks(BaseModel):
    """Where crown and chin lie in the picture as printed: tenths of a per cent of its height, from the top edge."""

    model_config = ConfigDict(frozen=True)

    crown: int
    chin: int

    @property
    def height(self) -> int:
        """Crown to chin, in tenths of a per cent of the printed height."""
        return self.chin - self.crown

    @property
    def percent(self) -> str:
        """The same as a person writes it, in per cent."""
        return f"{self.height / 10:g}"

    @property
    def fits(self) -> bool:
        """Whether the standard takes a head of this height."""
        return LEAST_HEAD <= self.height <= MOST_HEAD


def marked(*, crown: Fraction, chin: Fraction) -> HeadMarks:
    """
    Return the marks for crown and chin, given as parts of the printed height from its top edge.

    Raises:
        ValueError: a mark outside the printed picture, or a crown that is not above the chin.
    """
    if not 0 <= crown < chin <= 1:
        raise ValueError(
            "crown and chin do not lie in the printed part of the picture with the crown above the chin; mark both "
            "anew, counted from the top edge"
        )
    return HeadMarks(crown=round(crown * 1000), chin=round(chin * 1000))


def why_head_misfits(head: HeadMarks) -> str | None:
    """Return why a head is too small or too large in its picture, in one sentence; None where it fits."""
    if head.fits:
        return None
    if head.height < LEAST_HEAD:
        return (
            f"From crown to chin the head is {head.percent} % of the picture's height and must be 70 to 80 %; cut the "
            "picture closer, or say in a waiver why it departs."
        )
    return (
        f"From crown to chin the head is {head.percent} % of the picture's height and must be 70 to 80 %; leave more "
        "room around it, or say in a waiver why it departs."
    )


def head_warning(head: HeadMarks) -> str | None:
    """Return what to say of a head the standard takes and Korean law wants larger."""
    printed_mm = Fraction(head.height * _PRINTED_MM, 1000)
    if not head.fits or printed_mm >= _LEAST_HEAD_MM:
        return None
    return f"The head is {float(printed_mm):.1f} mm of 45, and Korean law asks for 32 to 36; take it closer if you can."


def head_words(head: HeadMarks | None, *, by: str | None) -> str:
    """Return what whoever decides is told of crown to chin: the measure and who marked it, or that there is none."""
    if head is None:
        return HEAD_NOT_MEASURED
    if not head.fits:
        return f"{head.percent} %, OUTSIDE 70 to 80 %, marked by {by}"
    return f"{head.percent} % (70 to 80 %), marked by {by}"
