"""The portrait: cropped, never stretched, and rid of what the camera wrote into it."""

import io

import pytest
from PIL import Image, ImageDraw

from tasks.papers import portrait
from tasks.papers.portrait import printable_portrait
from tests.papers.contents import synthetic_portrait


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(("width", "height"), [(413, 531), (700, 900), (3024, 4032), (900, 500), (300, 1200), (7, 9)])
def test_every_portrait_becomes_7_to_9(width: int, height: int) -> None:
    result = opened(printable_portrait(synthetic_portrait(width, height)))

    assert result.width / result.height == pytest.approx(7 / 9, abs=0.02 if width < 20 else 0.002)
    assert result.width <= min(width, 567)


def test_a_circle_stays_a_circle() -> None:
    image = Image.new("RGB", (1200, 900), "white")
    ImageDraw.Draw(image).ellipse((500, 350, 700, 550), fill="black")

    result = opened(printable_portrait(saved(image, "PNG"))).convert("L").point(lambda grey: 255 if grey < 128 else 0)

    left, top, right, bottom = result.getbbox() or (0, 0, 0, 0)
    assert (right - left) / (bottom - top) == pytest.approx(1, abs=0.02)


def test_the_place_and_the_camera_do_not_travel_on() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Pocket Camera"
    exif.get_ifd(0x8825)[1] = "N"
    photo = saved(opened(synthetic_portrait()), "JPEG", exif=exif, comment=b"taken at the compound")

    result = printable_portrait(photo)

    assert b"Pocket Camera" in photo
    assert b"Pocket Camera" not in result
    assert b"compound" not in result
    assert not opened(result).getexif()


def test_a_photo_that_lies_on_its_side_stands_up() -> None:
    upright = Image.new("RGB", (700, 900), "white")
    ImageDraw.Draw(upright).rectangle((0, 0, 700, 200), fill="black")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by 90 degrees to see it upright
    photo = saved(upright.rotate(90, expand=True), "JPEG", exif=exif)

    result = opened(printable_portrait(photo)).convert("L")

    assert result.getpixel((result.width // 2, 10)) < 60  # type: ignore[operator]  # a grey pixel is a number
    assert result.getpixel((result.width // 2, result.height - 10)) > 200  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA", "CMYK", "1"])
def test_every_kind_of_picture_becomes_rgb(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"

    result = opened(printable_portrait(saved(Image.new(mode, (350, 450)), form)))

    assert (result.mode, result.format) == ("RGB", "JPEG")


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", synthetic_portrait()[:400], saved(Image.new("RGB", (9, 9)), "GIF")]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a readable JPEG or PNG"):
        printable_portrait(data)


def test_a_picture_of_absurd_size_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portrait, "_MOST_PIXELS", 413 * 531 - 1)

    with pytest.raises(ValueError, match="60 million pixels"):
        printable_portrait(synthetic_portrait())
