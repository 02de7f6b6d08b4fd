"""Portraits at the door: whatever a file claims to be, it is a portrait or one sentence."""

import io
import os
import struct
import zlib
from pathlib import Path

import pendulum
import pytest
from PIL import Image, PngImagePlugin
from sqlmodel import select

from models.person import Person
from models.portrait import HeadMarks
from tasks import case_file, corrections, portraits
from tasks.clock import now
from tests.conftest import Server
from tests.papers.contents import synthetic_portrait
from tests.tasks.asked import House


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises more."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    )


def with_text_that_unpacks_to_much() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * (PngImagePlugin.MAX_TEXT_CHUNK + 1), zip=True)
    return saved(Image.new("RGB", (413, 531)), "PNG", pnginfo=info)


def moving() -> bytes:
    frames = [Image.new("RGB", (413, 531), colour) for colour in ("white", "black")]
    return saved(frames[0], "PNG", save_all=True, append_images=frames[1:])


def checked(tmp_path: Path, image: bytes) -> Image.Image:
    file = tmp_path / "face.jpg"
    file.write_bytes(image)
    return Image.open(io.BytesIO(portraits.checked(file)))


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (png_that_claims(10_000, 10_000), "60 million pixels"),
        (png_that_claims(100_000, 100_000), "60 million pixels"),
        (png_that_claims(2**31 - 1, 2**31 - 1), "60 million pixels"),
        (png_that_claims(0, 0), "not a readable"),
        (png_that_claims(413, 531), "not a readable .* cut off"),
        (with_text_that_unpacks_to_much(), "not a readable"),
        (moving(), "moves; save one still picture"),
        (synthetic_portrait()[:-2000], "not a readable .* cut off"),
        (saved(Image.new("RGB", (413, 531)), "PNG")[:-40], "not a readable .* cut off"),
        (saved(Image.new("RGB", (413, 531)), "TIFF"), "not a readable"),
        (saved(Image.new("RGB", (413, 531)), "WEBP"), "not a readable"),
        (b"%PDF-1.7", "not a readable"),
        (synthetic_portrait(412, 531), "413 x 531 at least"),
        (synthetic_portrait(3000, 530), "413 x 531 at least"),
    ],
)
def test_what_is_no_portrait_is_one_sentence(tmp_path: Path, image: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        checked(tmp_path, image)

    assert "\n" not in str(refused.value)


def test_a_file_that_is_endless_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "face.jpg"
    with file.open("wb") as endless:
        endless.truncate(portraits.LARGEST_FILE + 1)

    with pytest.raises(ValueError, match="larger than 20 MB"):
        portraits.checked(file)


def test_what_is_no_ordinary_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for file in (Path("/dev/zero"), tmp_path / "pipe", tmp_path):
        with pytest.raises(ValueError, match="no ordinary file; give a JPEG or PNG file"):
            portraits.checked(file)


def test_a_telephones_two_pictures_in_one_file_and_a_printers_colours_are_taken(tmp_path: Path) -> None:
    face = Image.open(io.BytesIO(synthetic_portrait(826, 1062)))
    pair = saved(face, "MPO", save_all=True, append_images=[face.resize((80, 100))])
    printers = saved(face.convert("CMYK"), "JPEG")

    for image in (pair, printers):
        found = checked(tmp_path, image)
        assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (567, 729))


@pytest.fixture
def reference(case_database: Server) -> str:
    del case_database
    return House().opens()


def test_a_portrait_older_than_six_months_is_refused_and_the_last_one_is_not(reference: str) -> None:
    edge = now().subtract(months=6)

    with pytest.raises(case_file.Refused, match="six months old at most"):
        corrections.set_portrait(reference, image=b"x", captured_at=edge.subtract(minutes=1), officer="O-01")
    corrections.set_portrait(reference, image=b"x", captured_at=edge.add(minutes=1), officer="O-01")

    with case_file.transaction() as session:
        taken = session.exec(select(Person.portrait_captured_at)).one()
    assert taken is not None
    assert pendulum.instance(taken) == edge.add(minutes=1)


@pytest.mark.parametrize("waiver", ["", "  ", "x" * 201])
def test_a_waiver_says_something_in_a_few_words(reference: str, waiver: str) -> None:
    with pytest.raises(case_file.Refused, match="A waiver says in a few words"):
        corrections.set_portrait(reference, image=b"x", captured_at=now(), officer="O-01", waiver=waiver)


def test_marks_in_pixels_and_in_per_cent_of_the_file_are_places_in_the_printed_picture() -> None:
    wide, tall = synthetic_portrait(1062, 1062), synthetic_portrait(826, 1500)
    turned = Image.open(io.BytesIO(synthetic_portrait(1500, 826)))
    turned.getexif()[0x0112] = 6
    on_its_side = saved(turned, "JPEG", exif=turned.getexif())

    # 826 pixels of width print 1062 of 1500 rows, the first being row 219.
    assert portraits.head_marks(wide, crown="106.2", chin="84%") == HeadMarks(crown=100, chin=840)
    for image in (tall, on_its_side):
        assert portraits.head_marks(image, crown="325", chin="74.08 %") == HeadMarks(crown=100, chin=840)
    assert portraits.head_marks(wide, crown=None, chin=None) is None


@pytest.mark.parametrize(
    ("crown", "chin", "why"),
    [
        ("10%", None, "both or neither"), (None, "90", "both or neither"), ("", " ", "are numbers"),
        ("ten", "90", "are numbers"),
        ("-1", "90", "are numbers"), ("nan", "90", "are numbers"), ("1e3", "90", "are numbers"),
        ("١٠", "90", "are numbers"), ("84%", "10%", "crown above the chin"), ("10%", "10%", "crown above the chin"),
        ("10%", "101%", "printed part"), ("100", "1200", "printed part"),
    ],
)  # fmt: skip
def test_a_mark_that_is_none_is_one_sentence(crown: str | None, chin: str | None, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        portraits.head_marks(synthetic_portrait(826, 1062), crown=crown, chin=chin)

    assert "\n" not in str(refused.value)


def test_a_mark_in_what_is_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="printed part"):
        portraits.head_marks(synthetic_portrait(826, 1500), crown="100", chin="1000")


def test_a_head_too_small_is_stored_only_with_a_waiver(reference: str) -> None:
    small = HeadMarks(crown=200, chin=840)

    with pytest.raises(case_file.Refused, match="the head is 64 % of the picture's height and must be 70 to 80 %"):
        corrections.set_portrait(reference, image=b"x", captured_at=now(), officer="O-01", head=small)
    with case_file.transaction() as session:
        assert session.exec(select(Person.portrait_sealed)).one() is None, "half a portrait was stored"

    corrections.set_portrait(reference, image=b"x", captured_at=now(), officer="O-01", head=small, waiver="bandage")

    with case_file.transaction() as session:
        assert session.exec(select(Person.portrait_crown, Person.portrait_chin)).one() == (200, 840)


def test_a_portrait_that_is_not_marked_takes_the_marks_of_the_one_before_away(reference: str) -> None:
    head = HeadMarks(crown=100, chin=840)
    corrections.set_portrait(reference, image=b"x", captured_at=now(), officer="O-01", head=head)

    corrections.set_portrait(reference, image=b"y", captured_at=now(), officer="O-01")

    with case_file.transaction() as session:
        assert session.exec(select(Person.portrait_crown, Person.portrait_chin)).one() == (None, None)


def test_half_a_mark_and_marks_upside_down_are_refused_by_the_case_database(reference: str) -> None:
    for crown, chin in ((100, None), (None, 840), (840, 100), (-1, 840), (100, 1001)):
        with pytest.raises(case_file.CaseFileConflict):
            marked_by_hand(reference, crown, chin)


def marked_by_hand(reference: str, crown: int | None, chin: int | None) -> None:
    with case_file.transaction() as session:
        person = session.get_one(Person, case_file.load(session, reference).person_id)
        person.portrait_crown, person.portrait_chin = crown, chin
        session.add(person)
