"""The portrait as printed: cropped to 7:9, never stretched, never retouched, and without what a camera notes in it."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

RATIO = 7 / 9
"""Width to height. Source: ICAO Doc 9303-3 §3.9.1."""

_MOST_PIXELS = 60_000_000
_PRINTED_WIDTH_PX = 567
"""450 pixels an inch at 32 mm; the standard asks for 300."""

_BEHIND_TRANSPARENCY = (235, 238, 240)


def printable_portrait(image: bytes) -> bytes:
    """
    Return a JPEG in RGB of a JPEG or PNG, upright, cropped around its middle to 7:9, at most 567 pixels wide.

    It is encoded anew so that no place, device or comment from the camera travels on with the paper.

    Raises:
        ValueError: the bytes are not a picture of a sensible size.
    """
    try:
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError("the portrait has more than 60 million pixels")
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as unreadable:
        raise ValueError("the portrait is not a readable JPEG or PNG picture") from unreadable
    portrait = Image.new("RGB", upright.size, _BEHIND_TRANSPARENCY)
    portrait.paste(upright, mask=upright)
    portrait = portrait.crop(_middle(*portrait.size))
    if portrait.width > _PRINTED_WIDTH_PX:
        size = (_PRINTED_WIDTH_PX, round(_PRINTED_WIDTH_PX / RATIO))
        portrait = portrait.resize(size, Image.Resampling.LANCZOS)
    jpeg = io.BytesIO()
    portrait.save(jpeg, "JPEG", quality=90, subsampling=0)
    return jpeg.getvalue()


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest 7:9 part around the middle: left, top, right, bottom."""
    kept_width, kept_height = min(width, round(height * RATIO)), min(height, round(width / RATIO))
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return left, top, left + kept_width, top + kept_height
