"""
Synthetic portraits: a calm drawn face for every person of the registry, of nobody who lives.

7:9 at 300 dpi with the head from crown to chin on three quarters of the height, as ICAO Doc 9303-3 wants a printed
portrait. The same person always has the same bytes.
"""

import hashlib
import math
from dataclasses import dataclass

from deployments.sandbox.easel import Colour, Easel, Mask, Point, Points, curve, mixed, oval
from deployments.sandbox.population import Person

WIDTH_PX = 413
HEIGHT_PX = 531
DPI = 300

MIDDLE = WIDTH_PX / 2
CROWN = 50
CHIN = 448
WIDEST = 262
"""Height of the cheekbones, where the upper and the lower curve of the face meet."""
BROWS = 222
EYES = 257
NOSE = 334
MOUTH = 384

SIDES = (-1, 1)

BACKGROUND: Colour = (238, 241, 244)
SKINS: tuple[Colour, ...] = (
    (246, 222, 201), (241, 213, 189), (237, 205, 180), (231, 196, 168), (223, 186, 156), (212, 173, 142),
)  # fmt: skip
WARM: Colour = (150, 88, 62)
"""What skin turns towards in shadow."""
HAIRS: tuple[Colour, ...] = ((30, 27, 28), (38, 32, 31), (48, 38, 34), (60, 46, 39), (72, 54, 44))
GREYS: tuple[Colour, ...] = ((112, 110, 111), (140, 138, 138), (90, 87, 88))
CLOTHES: tuple[Colour, ...] = (
    (40, 52, 78), (60, 64, 73), (88, 50, 58), (47, 74, 70), (98, 90, 80), (74, 89, 117), (118, 102, 112), (44, 47, 53),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What is particular about one face; lengths in pixels of the finished picture."""

    woman: bool
    older: bool
    glasses: bool
    skin: Colour
    hair: Colour
    clothes: Colour
    hair_style: int
    collar: int
    half_width: float
    """Half the width of the face at the cheekbones."""
    jaw: float
    """1.6 is a narrow chin, 2.3 a square one."""
    eye_distance: float
    """From the middle of the face to the middle of an eye."""
    eye_height: float
    brow_weight: float
    nose_width: float
    mouth_width: float


def portrait(person: Person) -> bytes:
    """Return the portrait of this person as a JPEG of 413 × 531 pixels."""
    look = look_of(person)
    easel = Easel(WIDTH_PX, HEIGHT_PX, BACKGROUND)
    face = easel.shape(_face(look))
    if look.woman:
        easel.fill(easel.shape(_hair_outline(look)), mixed(look.hair, (0, 0, 0), 0.35))
    _neck(easel, look)
    _clothes(easel, look)
    _ears(easel, look)
    easel.fill(face, look.skin)
    _modelling(easel, look, face)
    for side in SIDES:
        _eye(easel, look, side)
        _brow(easel, look, side)
    _nose(easel, look)
    _mouth(easel, look)
    _hair(easel, look, face)
    if look.glasses:
        _glasses(easel, look)
    return easel.jpeg(dpi=DPI)


def look_of(person: Person) -> Look:
    """Return the look that follows from the person's id, sex and age at the time of the passport photograph."""
    digest = hashlib.sha256(person.person_id.encode()).digest()
    woman = person.sex == "F"
    older = person.passport.issued_on.year - person.born_on.year >= 46
    hairs = GREYS if older and digest[1] % 3 else HAIRS

    def between(index: int, of_a_woman: tuple[float, float], of_a_man: tuple[float, float]) -> float:
        low, high = of_a_woman if woman else of_a_man
        return low + (high - low) * digest[index] / 255

    return Look(
        woman=woman,
        older=older,
        glasses=digest[13] % 5 == 0,
        skin=SKINS[digest[0] % len(SKINS)],
        hair=hairs[digest[2] % len(hairs)],
        clothes=CLOTHES[digest[3] % len(CLOTHES)],
        hair_style=digest[11] % 4,
        collar=digest[12] % 3,
        half_width=between(4, (118, 127), (125, 134)),
        jaw=between(5, (1.55, 1.85), (1.8, 2.25)),
        eye_distance=between(6, (50, 56), (52, 58)),
        eye_height=between(7, (11, 14), (9, 12)),
        brow_weight=between(8, (4, 6), (6, 8.5)),
        nose_width=between(9, (19, 23), (22, 27)),
        mouth_width=between(10, (34, 40), (37, 44)),
    )


def _mirrored(right: Points) -> list[Point]:
    """Return a closed outline from its right half, given as distances from the middle, from top to bottom."""
    return [(MIDDLE + x, y) for x, y in right] + [(MIDDLE - x, y) for x, y in reversed(right)]


def _face(look: Look) -> list[Point]:
    """Return the outline of the face: half an ellipse above the cheekbones, a tapering curve below them."""
    right = []
    for step in range(61):
        down = -1 + 2 * step / 60
        y = WIDEST + down * ((WIDEST - CROWN - 16) if down < 0 else (CHIN - WIDEST))
        share = math.sqrt(1 - down**2) if down < 0 else (1 - down**look.jaw) ** 0.58
        right.append((look.half_width * share, y))
    return _mirrored(right)


def _neck(easel: Easel, look: Look) -> None:
    half = look.half_width * (0.5 if look.woman else 0.6)
    right = curve([(half, 360), (half, 432), (half + 5, 458), (half + 24, 478), (half + 60, 494), (half + 60, 545)])
    neck = easel.shape(_mirrored(right))
    easel.fill(neck, mixed(look.skin, WARM, 0.10))
    easel.shade(oval(MIDDLE, 424, half + 22, 46), mixed(look.skin, WARM, 0.75), strength=0.62, blur=11, within=neck)


def _clothes(easel: Easel, look: Look) -> None:
    """Draw the garment with the opening its collar leaves: 0 a jacket over a shirt, 1 a round neck, 2 a blouse."""
    half = look.half_width * (0.5 if look.woman else 0.6)
    light = mixed(look.clothes, (255, 255, 255), 0.16)
    dark = mixed(look.clothes, (0, 0, 0), 0.4)
    far = 190 if look.woman else 205
    shoulders = easel.shape(
        _mirrored(curve([(0, 470), (half + 8, 470), (half + 50, 484), (far - 40, 500), (far, 512), (far + 60, 560)]))
    )
    if look.collar == 1:
        neckline = curve([(-half - 16, 460), (-half * 0.8, 488), (0, 502), (half * 0.8, 488), (half + 16, 460)])
        edge = [(MIDDLE + x, y) for x, y in neckline]
        easel.fill(shoulders.without(easel.shape(edge)), look.clothes)
        easel.fill(easel.lines([edge[4:-4]], width=6.5), light)
        easel.fill(easel.lines([[(x, y + 4.5) for x, y in edge[4:-4]]], width=1.2), dark)
        return
    depth = 560 if look.collar == 0 else 548
    inner = [(MIDDLE - half - 14, 462), (MIDDLE, depth), (MIDDLE + half + 14, 462)]
    easel.fill(shoulders.without(easel.shape(inner)), look.clothes)
    for side in SIDES:

        def at(x: float, y: float, side: int = side) -> Point:
            return (MIDDLE + side * x, y)

        if look.collar == 0:
            easel.fill(easel.shape([at(half + 12, 462), at(half + 20, 476), at(24, 545), at(-1, 545), at(-1, 519)]),
                       (243, 244, 246))  # fmt: skip
            easel.fill(easel.lines([[at(half + 11, 464), at(0, 520)]], width=1.3), (206, 210, 216))
            easel.fill(easel.shape([at(half + 16, 470), at(half + 44, 484), at(half + 26, 545), at(26, 545)]), light)
            easel.fill(easel.lines([[at(half + 17, 472), at(27, 545)]], width=1.5), dark)
        else:
            easel.fill(
                easel.shape([at(half + 10, 462), at(half + 40, 482), at(40, 522), at(8, 545), at(2, 540)]), light
            )
            easel.fill(easel.lines([[at(half + 40, 483), at(40, 523), at(10, 545)]], width=1.3), dark)


def _ears(easel: Easel, look: Look) -> None:
    for side in SIDES:
        x = MIDDLE + side * (look.half_width + 1)
        ear = easel.shape(oval(x, EYES + 22, 13, 32))
        easel.fill(ear, mixed(look.skin, WARM, 0.16))
        easel.shade(oval(x + side * 2, EYES + 20, 5, 20), WARM, strength=0.38, blur=3, within=ear)


def _modelling(easel: Easel, look: Look, face: Mask) -> None:
    """Shade the face as one soft light from above does."""
    shadow = mixed(look.skin, WARM, 0.5)
    light = mixed(look.skin, (255, 250, 244), 0.65)
    rosy = mixed(look.skin, (214, 108, 98), 0.5)
    easel.shade(oval(MIDDLE, 172, 62, 34), light, strength=0.5, blur=24, within=face)
    easel.shade(oval(MIDDLE, 424, 20, 11), light, strength=0.4, blur=9, within=face)
    easel.shade(oval(MIDDLE, 462, 74, 22), shadow, strength=0.6, blur=13, within=face)
    for side in SIDES:
        edge = MIDDLE + side * (look.half_width + 6)
        easel.shade(oval(edge, 310, 26, 150), shadow, strength=0.75, blur=18, within=face)
        easel.shade(oval(MIDDLE + side * 92, 408, 26, 34), shadow, strength=0.4, blur=18, within=face)
        easel.shade(oval(MIDDLE + side * 74, 324, 28, 18), rosy, strength=0.34, blur=15, within=face)
        easel.shade(oval(MIDDLE + side * 66, 300, 24, 8), light, strength=0.35, blur=9, within=face)
        easel.shade(oval(MIDDLE + side * look.eye_distance, EYES - 14, 30, 9), shadow, strength=0.34, blur=7)
        easel.shade(oval(MIDDLE + side * 22, EYES - 8, 9, 20), shadow, strength=0.36, blur=8)
        if look.older:
            fold = curve([(MIDDLE + side * 32, 338), (MIDDLE + side * 48, 358), (MIDDLE + side * 54, 382)])
            easel.fill(easel.lines([fold], width=2.4, blur=2.4), shadow, strength=0.85)
            bag = curve(
                [(MIDDLE + side * (look.eye_distance + dx), EYES + dy) for dx, dy in ((-22, 15), (0, 22), (22, 16))]
            )
            easel.fill(easel.lines([bag], width=2, blur=2.2), shadow, strength=0.75)


def _eye(easel: Easel, look: Look, side: int) -> None:
    x, y, height = MIDDLE + side * look.eye_distance, float(EYES), look.eye_height

    def along(*points: Point) -> list[Point]:
        return curve([(x + side * dx, y + dy) for dx, dy in points])

    lid = along((-28, 5), (-16, -height * 0.55), (1, -height), (17, -height * 0.62), (28, 0.5))
    floor = along((28, 0.5), (15, height * 0.6), (-3, height * 0.78), (-17, height * 0.55), (-28, 5))
    opening = easel.shape([*lid, *floor])
    easel.fill(opening, (248, 245, 242))
    easel.shade(oval(x, y - height, 30, height * 0.55), (120, 96, 88), strength=0.5, blur=3, within=opening)
    easel.fill(easel.shape(oval(x, y - 1, 13, 13)).within(opening), (50, 33, 26))
    easel.fill(easel.shape(oval(x, y + 4, 8, 5), blur=2).within(opening), (104, 70, 52), strength=0.55)
    easel.fill(easel.shape(oval(x, y - 1, 5.6, 5.6)).within(opening), (16, 12, 11))
    easel.fill(easel.shape(oval(x + 4, y - 5, 2.4, 2.4)), (252, 252, 252), strength=0.9)
    lash = (70, 54, 50) if look.older else (34, 26, 25)
    easel.fill(easel.lines([lid], width=3.0 if look.woman else 2.2, blur=0.3), lash)
    easel.fill(easel.lines([floor], width=1.0, blur=0.4), mixed(look.skin, (126, 76, 62), 0.6), strength=0.8)
    fold = [(px, py - 4 - 3 * math.sin(i / len(lid) * math.pi)) for i, (px, py) in enumerate(lid)]
    easel.fill(easel.lines([fold[5:-5]], width=1.2, blur=0.6), mixed(look.skin, WARM, 0.8), strength=0.8)


def _brow(easel: Easel, look: Look, side: int) -> None:
    x, y, weight = MIDDLE + side * look.eye_distance, float(BROWS), look.brow_weight
    over = curve([(x + side * dx, y + dy) for dx, dy in ((-30, 3), (-12, -weight * 0.6), (12, -weight), (36, 4))])
    under = curve([(x + side * dx, y + dy) for dx, dy in ((36, 4), (12, -0.5), (-12, weight * 0.5), (-31, weight))])
    colour = mixed(mixed(look.hair, (44, 36, 34), 0.45), look.skin, 0.1)
    easel.fill(easel.shape([*over, *under], blur=1.2), colour, strength=0.95)


def _nose(easel: Easel, look: Look) -> None:
    shadow = mixed(look.skin, WARM, 0.62)
    light = mixed(look.skin, (255, 250, 244), 0.7)
    half = look.nose_width
    easel.shade(oval(MIDDLE, 288, 6, 40), light, strength=0.7, blur=6)
    for side in SIDES:
        flank = [(13, 272), (12, 304), (half - 5, NOSE - 10), (half + 4, NOSE - 6), (22, 296)]
        easel.shade([(MIDDLE + side * x, y) for x, y in flank], shadow, strength=0.40, blur=6)
        wing = curve(
            [(MIDDLE + side * x, y) for x, y in ((half - 3, NOSE - 13), (half + 1, NOSE - 3), (half - 6, NOSE + 4))]
        )
        easel.fill(easel.lines([wing], width=1.8, blur=0.9), shadow, strength=0.9)
        easel.shade(oval(MIDDLE + side * (half - 13), NOSE + 4, 6, 2.4), (104, 56, 44), strength=0.95, blur=1.2)
    easel.shade(oval(MIDDLE, NOSE - 5, half - 9, 10), light, strength=0.75, blur=5)
    under = curve([(MIDDLE - half + 8, NOSE + 5), (MIDDLE, NOSE + 9), (MIDDLE + half - 8, NOSE + 5)])
    easel.fill(easel.lines([under], width=2.2, blur=1.6), shadow, strength=0.8)
    easel.shade(oval(MIDDLE, NOSE + 22, 5, 12), shadow, strength=0.25, blur=4)


def _mouth(easel: Easel, look: Look) -> None:
    lips = mixed((198, 98, 98), look.skin, 0.2) if look.woman else mixed((184, 116, 104), look.skin, 0.38)
    y, half = float(MOUTH), look.mouth_width
    full = 9.5 if look.woman else 7.5

    def along(*points: Point) -> list[Point]:
        return curve([(MIDDLE + half * dx, y + dy) for dx, dy in points])

    line = along((-1, -1), (-0.45, 1.6), (0, 0.6), (0.45, 1.6), (1, -1))
    over = along((1, -1), (0.45, -full * 0.75), (0.18, -full), (0, -full * 0.76), (-0.18, -full), (-0.45, -full * 0.75),
                 (-1, -1))  # fmt: skip
    under = along((1, -1), (0.5, full * 1.15), (0, full * 1.55), (-0.5, full * 1.15), (-1, -1))
    easel.fill(easel.shape([*line, *over], blur=0.7), mixed(lips, (110, 50, 50), 0.2))
    easel.fill(easel.shape([*line, *under], blur=0.7), lips)
    easel.shade(oval(MIDDLE, y + full * 0.85, half * 0.4, 2.4), (255, 238, 234), strength=0.42, blur=2.4)
    easel.fill(easel.lines([line], width=1.7, blur=0.4), mixed(lips, (84, 38, 38), 0.65))
    easel.shade(oval(MIDDLE, y + full * 1.55 + 9, half * 0.5, 4), mixed(look.skin, WARM, 0.55), strength=0.55, blur=5)


def _hair_outline(look: Look) -> list[Point]:
    """Return the outer edge of the hair."""
    half = look.half_width
    if not look.woman:
        reach = half + 9
        down = [(reach + 1, 214), (reach - 1, 246), (half - 2, 268)]
    elif look.hair_style == 3:
        reach = half + 8
        down = [(reach + 1, 214), (reach, 250), (half - 3, 286)]
    elif look.hair_style == 1:
        reach = half + 24
        down = [(reach + 4, 250), (reach + 8, 350), (reach + 2, 424), (reach - 22, 446), (half - 34, 440)]
    else:
        reach = half + 22
        down = [(reach + 3, 250), (reach + 6, 340), (reach + 8, 440), (reach - 4, 560)]
    top = [(reach * math.sin(turn) ** 0.94, CROWN + 150 * (1 - math.cos(turn) ** 0.94)) for turn in _quarter()]
    return _mirrored([*top, *curve([top[-1], *down])[1:]])


def _quarter() -> list[float]:
    return [math.pi / 2 * step / 24 for step in range(25)]


def _hair(easel: Easel, look: Look, face: Mask) -> None:
    """Lay the hair around the face: its outline, less the opening its style leaves for forehead and cheeks."""
    outline = easel.shape(_hair_outline(look))
    opening = easel.shape(_opening(look), blur=1.0)
    inside = opening if look.woman and look.hair_style != 3 else opening.within(face)
    hair = outline.without(inside)
    lit = easel.shape([(x, y + 10) for x, y in _opening(look)], blur=7)
    easel.fill(face.without(lit).within(opening), mixed(look.skin, WARM, 0.75), strength=0.45)
    easel.fill(hair, look.hair)
    light = mixed(look.hair, (214, 206, 204), 0.34)
    dark = mixed(look.hair, (0, 0, 0), 0.5)
    easel.shade(oval(MIDDLE - 48, 98, 52, 12), light, strength=0.5, blur=10, within=hair)
    easel.shade(oval(MIDDLE + 62, 112, 30, 10), light, strength=0.42, blur=9, within=hair)
    for shift, colour in ((0.0, light), (0.5, dark)):
        strands = easel.lines(_strands(look, shift), width=1.1, blur=0.6)
        easel.fill(strands.within(hair), colour, strength=0.22)


def _strands(look: Look, shift: float) -> list[list[Point]]:
    """Return lines along which the hair falls from the crown."""
    reach = look.half_width + 24
    lines = []
    for number in range(-11, 12):
        share = (number + shift) / 11.5
        start = (MIDDLE + share * 44 - 16, CROWN + 4 + 10 * abs(share))
        lines.append(
            curve([start, (MIDDLE + share * reach * 0.86, 132), (MIDDLE + share * reach, 236),
                   (MIDDLE + share * reach * 1.04, 560)], steps=8)
        )  # fmt: skip
    return lines


def _opening(look: Look) -> list[Point]:
    """Return the outline of forehead and face that the hair leaves free."""
    half = look.half_width
    hairlines: dict[tuple[bool, int], Points] = {
        # side part
        (False, 0): [(-half + 2, 262), (-half + 13, 220), (-half + 20, 172), (-66, 126), (-50, 116), (10, 138),
                     (74, 150), (half - 18, 178), (half - 12, 222), (half - 2, 262)],
        # fringe
        (False, 1): [(-half + 2, 258), (-half + 13, 226), (-half + 22, 188), (-62, 178), (-14, 172), (52, 180),
                     (half - 22, 188), (half - 13, 226), (half - 2, 258)],
        # short, brushed up
        (False, 2): [(-half + 2, 254), (-half + 11, 216), (-half + 22, 162), (-78, 124), (0, 114), (78, 124),
                     (half - 22, 162), (half - 11, 216), (half - 2, 254)],
        # parted in the middle
        (False, 3): [(-half + 2, 262), (-half + 13, 226), (-half + 26, 178), (-58, 150), (-4, 112), (54, 150),
                     (half - 26, 178), (half - 13, 226), (half - 2, 262)],
        # long, parted at the side
        (True, 0): [(-half + 26, 600), (-half - 2, 420), (-half + 8, 300), (-half + 16, 210), (-70, 146), (-44, 110),
                    (22, 138), (half - 26, 196), (half - 8, 300), (half + 2, 420), (half - 26, 600)],
        # bob with a fringe
        (True, 1): [(-half + 20, 600), (-half + 14, 430), (-half + 12, 300), (-half + 16, 206), (-60, 196), (0, 192),
                    (60, 196), (half - 16, 206), (half - 12, 300), (half - 14, 430), (half - 20, 600)],
        # long, parted in the middle
        (True, 2): [(-half + 22, 600), (-half - 2, 420), (-half + 9, 300), (-half + 24, 206), (-56, 150), (0, 102),
                    (56, 150), (half - 24, 206), (half - 9, 300), (half + 2, 420), (half - 22, 600)],
        # tied back
        (True, 3): [(-half + 1, 286), (-half + 7, 240), (-half + 15, 180), (-80, 128), (-30, 108), (60, 120),
                    (half - 17, 176), (half - 7, 240), (half - 1, 286)],
    }  # fmt: skip
    line = curve([(MIDDLE + x, y) for x, y in hairlines[look.woman, look.hair_style]])
    return (
        [*line, (MIDDLE + half + 4, 600), (MIDDLE - half - 4, 600)] if not look.woman or look.hair_style == 3 else line
    )


def _glasses(easel: Easel, look: Look) -> None:
    frame = (58, 54, 56)
    rims = [oval(MIDDLE + side * (look.eye_distance + 2), EYES + 4, 38, 29) for side in SIDES]
    inner = look.eye_distance - 36
    bridge = curve([(MIDDLE - inner, EYES - 2), (MIDDLE, EYES - 8), (MIDDLE + inner, EYES - 2)])
    arms = [
        [(MIDDLE + side * (look.eye_distance + 39), EYES - 4), (MIDDLE + side * (look.half_width + 2), EYES - 9)]
        for side in SIDES
    ]
    easel.fill(easel.lines([[*rim, rim[0]] for rim in rims] + [bridge, *arms], width=2.2), frame)
