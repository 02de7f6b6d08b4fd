"""What a document carries besides its facts: nothing of what its holder went through. Travel documents, test 21."""

import io
from collections.abc import Iterator

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from models.case import Step
from models.officer import Officer
from models.paper import MAY_READ, PaperKind
from models.person import Category
from tasks import care, paperwork
from tasks.clock import now
from tasks.papers.seal.reading import read_printed
from tasks.papers.travel_document import render
from tests.journeys.story import Story, a_person
from tests.journeys.test_signer import released
from tests.papers.contents import plain_travel_document
from tests.papers.reading import words_of
from tests.papers.test_papers import TOLD_BY_NO_PAPER

PLACE, KEEPER, TOLD = "Zyxwvut compound", "Qwertz ward", "Held on the Uiopas floor"
PLANTED = ("zyxwvut", "qwertz", "uiopas")
OF_THE_BODY = ("fit to fly", "patient", "medical", "hospital", "wheelchair", "환자", "의료", "병원", "진단")
MUST_NOT_BE_SAID = (*TOLD_BY_NO_PAPER, *PLANTED, *OF_THE_BODY)


def texts_in(thing: object) -> Iterator[str]:
    """Every string, name and decoded stream of an object, but what pictures and fonts are made of."""
    match thing:
        case TextStringObject():
            yield str(thing)
        case ByteStringObject():
            yield bytes(thing).decode("latin-1")
        case NameObject():
            yield str(thing)
        case ArrayObject():
            for each in thing:
                yield from texts_in(each)
        case DictionaryObject():
            for key, each in thing.items():
                yield str(key)
                yield from texts_in(each)
            if isinstance(thing, StreamObject) and thing.get("/Subtype") != "/Image" and "/Length1" not in thing:
                yield thing.get_data().decode("latin-1")


def everything_in(pdf: bytes) -> str:
    """Metadata, strings, page contents and the words of the signature, whatever packs them."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    objects = (
        reader.get_object(IndirectObject(number, 0, reader)) for number in range(1, int(str(reader.trailer["/Size"])))
    )
    return "\n".join(text for each in objects for text in texts_in(each)).lower()


def reader_of(story: Story, kind: PaperKind) -> Officer:
    """An officer who may read a paper."""
    role = next(role for role in story.deciders if role in MAY_READ[kind])
    return story.officer(role)


@pytest.mark.parametrize(
    ("categories", "lookout"),
    [((Category.presumed_victim,), None), ((Category.patient,), None), ((Category.suspect,), "arrest_warrant")],
)
def test_21_the_document_its_bar_code_and_the_names_of_files_say_nothing_of_what_the_holder_went_through(
    story: Story, categories: tuple[Category, ...], lookout: str | None
) -> None:
    story.opens(a_person(lookout=lookout), categories=categories, place=PLACE, keeper=KEEPER, story=TOLD)
    if Category.patient in categories:
        care.clear_to_fly(
            story.reference, fit=True, given_by="Qwertz doctor", examined_at=now(), valid_until=now().add(days=9),
            officer=story.coordinator,
        )  # fmt: skip
    story.begins()
    story.comes_to(Step.handoff)

    stored = released(story)
    assert stored is not None
    document, (bar_code,) = stored[1], read_printed(stored[1], "the document").seals
    for where, text in (
        ("its file", everything_in(document)),
        ("its page", words_of(document).lower()),
        ("its bar code", bar_code.decode("latin-1").lower()),
    ):
        assert [word for word in MUST_NOT_BE_SAID if word in text] == [], where
    # Header, 18 bytes; the zone, 2 and 48; the signature, 2 and 64: there is no room for anything else.
    assert len(bar_code) == 18 + 50 + 66
    # What other papers say is for who reads them; what a file is called and tells about itself is for whoever sees it.
    listed = paperwork.listed(story.reference)
    assert {paper.kind for paper in listed} >= {PaperKind.travel_document, PaperKind.itinerary, PaperKind.cover}
    for paper in listed:
        found = paperwork.read(story.reference, paper.kind, officer=reader_of(story, paper.kind))
        assert found is not None
        about_itself = str(pypdf.PdfReader(io.BytesIO(found[1])).metadata).lower()
        name = f"{story.reference}-{paper.kind.value}.pdf"
        assert [word for word in (*TOLD_BY_NO_PAPER, *PLANTED) if word in about_itself + name.lower()] == []


def test_a_planted_word_is_found_in_the_metadata_the_page_and_a_note() -> None:
    for place in ("metadata", "page", "note"):
        writer = pypdf.PdfWriter(io.BytesIO(render(plain_travel_document())))
        if place == "metadata":
            writer.add_metadata({"/Keywords": PLACE})
        elif place == "page":
            stream = StreamObject()
            stream.set_data(f"% {PLACE}".encode())
            writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode())
        else:
            writer.pages[0][NameObject("/Homeward")] = TextStringObject(PLACE)
        changed = io.BytesIO()
        writer.write(changed)

        assert PLANTED[0] in everything_in(changed.getvalue()), place
