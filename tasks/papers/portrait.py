"""The portrait as printed: cropped to 7:9, never stretched, never retouched, and without what a camera notes in it."""

import io
import struct
import warnings
import zlib

from PIL import Image, ImageOps, UnidentifiedImageError

RATIO = 7 / 9
"""Width to height. Source: ICAO Doc 9303-3 §3.9.1."""

_MOST_PIXELS = 60_000_000
_TOO_MANY_PIXELS = "the portrait has more than 60 million pixels; save it smaller"
_PRINTED_WIDTH_PX = 567
"""450 pixels an inch at 32 mm; the standard asks for 300."""

_BEHIND_TRANSPARENCY = (235, 238, 240)


class NoPortrait(ValueError):
    """What somebody gave as a portrait is none; the text is one sentence that says what to do."""


def printable_portrait(image: bytes) -> bytes:
    """
    Return a JPEG in RGB of a JPEG or PNG, upright, cropped around its middle to 7:9, at most 567 pixels wide.

    It is encoded anew so that no place, device or comment from the camera travels on with the paper.

    Raises:
        NoPortrait: the bytes are not one still picture of a sensible size.
    """
    try:
        upright = _upright(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise NoPortrait(_TOO_MANY_PIXELS) from bomb
    except NoPortrait:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as unreadable:
        raise NoPortrait("the portrait is not a readable JPEG or PNG picture, or its file is cut off") from unreadable
    portrait = Image.new("RGB", upright.size, _BEHIND_TRANSPARENCY)
    portrait.paste(upright, mask=upright)
    portrait = portrait.crop(_middle(*portrait.size))
    if portrait.width > _PRINTED_WIDTH_PX:
        size = (_PRINTED_WIDTH_PX, round(_PRINTED_WIDTH_PX / RATIO))
        portrait = portrait.resize(size, Image.Resampling.LANCZOS)
    jpeg = io.BytesIO()
    portrait.save(jpeg, "JPEG", quality=90, subsampling=0)
    return jpeg.getvalue()


def printed_rows(image: bytes) -> tuple[int, int, int]:
    """Return of a JPEG or PNG that can be printed its first printed row, how many are printed, and its upright rows."""
    upright = _upright(image)
    _, top, _, bottom = _middle(*upright.size)
    return top, bottom - top, upright.height


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a portrait made here."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        return opened.size


def _upright(image: bytes) -> Image.Image:
    """Return the picture as it is meant to be seen; what it claims to be is looked at before it is decoded."""
    with warnings.catch_warnings():
        # Pillow warns of a bomb first, and only refuses a larger one.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise NoPortrait(_TOO_MANY_PIXELS)
            # A telephone's JPEG may hold a second, smaller picture of the same moment; a PNG that moves is no portrait.
            if opened.format == "PNG" and getattr(opened, "is_animated", False):
                raise NoPortrait("the portrait moves; save one still picture of it as JPEG or PNG")
            return ImageOps.exif_transpose(opened).convert("RGBA")


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest 7:9 part around the middle: left, top, right, bottom."""
    kept_width, kept_height = min(width, round(height * RATIO)), min(height, round(width / RATIO))
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return left, top, left + kept_width, top + kept_height
