"""The portrait's rules that need no eye: how large, how old. Whose face it is, a person looks at."""

from datetime import date

import pendulum

LEAST_PX = (413, 531)
"""35 x 45 mm at 300 pixels an inch, after cropping to 7:9. Source: ICAO Doc 9303-3 §3.9.1."""

LASTS = pendulum.duration(months=6)
"""Older, it is not printed. Source: ICAO Doc 9303-3 §3.9.1; Passport Act Enforcement Decree art. 5."""

FRESH_FOR = pendulum.duration(months=3)
"""Older, it should not be taken, and whoever decides is told. Source: ICAO Doc 9303-3 §3.9.1."""

NOT_MEASURED = (
    "Not measured here: the distance between the eyes and from crown to chin; see that they are 118 pixels at least "
    "(10 mm printed) and 32 to 36 mm of 45."
)
"""Source: ICAO Doc 9303-3 §3.9.1; Passport Act Enforcement Decree art. 5."""

CROWN_TO_CHIN = (
    "From crown to chin the head is 70 to 80 % of the picture's height. Nothing here measures that; look: the blue "
    "lines are 70 % apart, the red ones 80 %."
)
"""Source: ICAO Doc 9303-3 §3.9.1."""

HEAD_NOT_MEASURED = "NOT MEASURED; look at the portrait between its guide lines on the desk: 70 to 80 % of its height"

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
