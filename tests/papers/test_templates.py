"""Versions of templates: a new one is for its countries, an old one still draws what it drew."""

import hashlib
import io

import pypdf
import pytest

from models.paper import PaperKind
from tasks.papers import templates
from tests.papers.pack_contents import plain_exit_request
from tests.papers.reading import words_of


def drawing(pdf: bytes) -> str:
    """Return the hash of what is drawn, page by page; how the file is compressed does not matter."""
    drawn = [page.get_contents() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return hashlib.sha256(b"".join(content.get_data() for content in drawn if content is not None)).hexdigest()


def test_the_newest_version_is_the_one_for_the_host_country() -> None:
    assert templates.newest(PaperKind.exit_request, host="KHM") == 2
    assert templates.newest(PaperKind.exit_request, host="VNM") == 1
    assert {templates.newest(kind, host="KHM") for kind in set(templates.TEMPLATES) - {PaperKind.exit_request}} == {1}


def test_version_1_of_the_exit_request_is_still_drawn_as_it_was() -> None:
    old = templates.draw(PaperKind.exit_request, 1, plain_exit_request())
    new = templates.draw(PaperKind.exit_request, 2, plain_exit_request())

    assert drawing(old) == "c6eabf3babddd29e61146e0bc077751681bd6e130918a1242251a0bd21059951"
    assert drawing(new) != drawing(old)
    assert "លិខិត" not in words_of(old)


def test_a_version_that_never_was_is_not_drawn() -> None:
    with pytest.raises(LookupError, match="no version 9"):
        templates.draw(PaperKind.exit_request, 9, plain_exit_request())
