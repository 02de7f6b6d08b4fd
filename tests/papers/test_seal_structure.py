"""Seals as bytes: every published one is read, and what we write is what the standard's example shows."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.papers.seal import SealMalformed, etd_seal, read_seal
from tasks.papers.seal.encoding import EncodingRefused, c40, day, from_c40, from_day, length, read_length

VECTORS = Path(__file__).parents[1] / "vectors" / "etd"
SEALS = json.loads((VECTORS / "vds_seals.json").read_text())
ENCODING = json.loads((VECTORS / "encoding.json").read_text())
ICAO = SEALS[0]

DEPARTURES = {
    "vdstools_meldebescheinigung": ("the length of the certificate reference is written in decimal digits",),
    "vdstools_utoVisa": ("the length of feature 03 is of indefinite form, which DER does not know",),
    "vdstools_ankunftsnwPapier": ("the issuing country is not filled to three characters",),
}


@pytest.mark.parametrize("published", SEALS, ids=lambda published: published["name"])
def test_every_published_seal_is_read(published: dict[str, Any]) -> None:
    seal = read_seal(bytes.fromhex(published["hex"]))
    header = published["header"]

    assert (seal.version + 1, seal.issuing_country) == (header["version"], header["issuing_country"].rstrip())
    assert seal.signer_identifier == header["signer_identifier"]
    assert seal.certificate_reference == header["certificate_reference"]
    assert seal.document_issued_on.isoformat() == header["document_issue_date"]
    assert seal.signed_on.isoformat() == header["signature_date"]
    assert seal.feature_definition == header["feature_definition_reference"]
    assert seal.document_category == header["document_type_category"]
    assert [(f.tag, f.value.hex()) for f in seal.features if len(f.value) < 128] == [
        (message["tag"], message["hex"]) for message in published["messages"] if message["length"] < 128
    ]
    assert len(seal.to_be_signed) == published.get("signed_length", len(seal.to_be_signed))
    assert seal.signature.hex() == published["signature_hex"]
    assert seal.departures == DEPARTURES.get(published["name"], ())


@pytest.mark.parametrize("published", SEALS, ids=lambda published: published["name"])
def test_text_features_of_published_seals_are_read(published: dict[str, Any]) -> None:
    for message in published["messages"]:
        if "c40" in message:
            assert from_c40(bytes.fromhex(message["hex"])).rstrip() == message["c40"].rstrip()


def test_the_standards_own_example_is_rebuilt_from_its_fields() -> None:
    read = read_seal(bytes.fromhex(ICAO["hex"]))

    rebuilt = etd_seal(
        ("PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F2606277<<<<<<<8"),
        issuing_country="UTO",
        signer_identifier="UTTS",
        certificate_reference="5B",
        document_issued_on=date(2026, 6, 13),
        signed_on=date(2023, 8, 23),
    )

    assert rebuilt.to_be_signed.hex() == ICAO["hex"][: 2 * 68]
    assert read.mrz == rebuilt.mrz
    assert read.is_etd


@pytest.mark.parametrize("answer", ENCODING["c40"], ids=lambda answer: answer["text"])
def test_published_c40_answers(answer: dict[str, Any]) -> None:
    assert c40(answer["text"]).hex() == answer["hex"]
    assert from_c40(bytes.fromhex(answer["hex"])) == answer["text"].replace("<", " ")


@pytest.mark.parametrize("answer", ENCODING["dates"], ids=lambda answer: answer["date"])
def test_published_dates(answer: dict[str, Any]) -> None:
    assert day(date.fromisoformat(answer["date"])).hex() == answer["hex"]
    assert from_day(bytes.fromhex(answer["hex"])).isoformat() == answer["date"]


@given(st.text(alphabet=" 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=80))
def test_c40_written_and_read_is_unchanged(text: str) -> None:
    assert from_c40(c40(text)) == text
    assert len(c40(text)) == 2 * -(-len(text) // 3)


@given(st.binary(max_size=30))
def test_c40_has_one_spelling(encoded: bytes) -> None:
    try:
        text = from_c40(encoded)
    except EncodingRefused:
        return
    assert c40(text) == encoded


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_lengths_written_and_read_are_unchanged(count: int) -> None:
    assert read_length(length(count) + b"rest", 0) == (count, len(length(count)))


@pytest.mark.parametrize("odd", ["80", "8105", "820080", "82007f", "81", "8505000000000000", "ff"])
def test_a_length_der_would_not_write_is_refused(odd: str) -> None:
    with pytest.raises(EncodingRefused):
        read_length(bytes.fromhex(odd), 0)


@pytest.mark.parametrize("odd", ["c7a1f4", "000000", "ffffff", "c7c4b8"])
def test_three_bytes_that_are_no_day_are_refused(odd: str) -> None:
    with pytest.raises(EncodingRefused):
        from_day(bytes.fromhex(odd))


@pytest.mark.parametrize("end", range(len(ICAO["hex"]) // 2))
def test_a_seal_cut_off_anywhere_is_refused(end: int) -> None:
    with pytest.raises(SealMalformed):
        read_seal(bytes.fromhex(ICAO["hex"])[:end])


@given(st.binary(max_size=200), st.sampled_from(["dc03", "dc02", ""]))
def test_any_bytes_are_read_or_refused(rest: bytes, start: str) -> None:
    try:
        seal = read_seal(bytes.fromhex(start) + rest)
    except SealMalformed:
        return
    assert seal.to_be_signed
