"""
The code lines as two readers that are not ours take them: `mrz` of npm and `mrz` of PyPI (travel documents, test 1).

Both follow ICAO Doc 9303-6, by which the code of a TD2 begins with A, C or I, and know nothing of the `PU` that Doc
9303-8 Appendix B prints on one: of a sheet they refuse the code and nothing else.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pypdf
import pytest

from models.instrument import Instrument
from models.mrz import PartialDate
from tasks.papers.emergency_document import TITLES, render
from tasks.papers.travel_document import TravelDocumentContent
from tasks.settings import REPOSITORY
from tests.papers.contents import long_travel_document, plain_emergency_passport, plain_travel_document

READERS = REPOSITORY / "build" / "readers"
"""Where `.ci/run` puts them; neither is a part of the program."""

OF_NPM = """
const { parse } = require("mrz");
const { format, details } = parse(process.argv.slice(1));
const refused = details.filter((each) => !each.valid).map((each) => each.field);
console.log(JSON.stringify({ format, fields: details.map((each) => each.field), refused }));
"""
OF_PYPI = """
import json, sys
from mrz.checker.td2 import TD2CodeChecker
from mrz.checker.td3 import TD3CodeChecker
checker = TD2CodeChecker if len(sys.argv[1]) == 36 else TD3CodeChecker
read = checker("\\n".join(sys.argv[1:]), check_expiry=False)
print(json.dumps([what for what, _ in read.report.falses]))
"""

BORN_ON = PartialDate(1974, 8, 12)
"""In full: the reader of PyPI does not know the fillers of a date that is known in part."""
PASSPORT = {
    "instrument": Instrument.emergency_passport, "document_number": "M123A4567",
    "title_ko": TITLES[Instrument.emergency_passport].ko, "title_en": TITLES[Instrument.emergency_passport].en,
}  # fmt: skip
every_document = pytest.mark.parametrize(
    "content",
    [
        plain_travel_document(), long_travel_document(born_on=BORN_ON),
        plain_emergency_passport(), long_travel_document(born_on=BORN_ON, **PASSPORT),
    ],
    ids=["a sheet", "a sheet, long names", "a passport", "a passport, long names"],
)  # fmt: skip

npm = pytest.mark.skipif(
    not (shutil.which("node") and (READERS / "node_modules" / "mrz").is_dir()),
    reason="node, or the reader `mrz` of npm, is not on this machine; .ci/run installs it",
)
pypi = pytest.mark.skipif(
    not (READERS / "python" / "mrz").is_dir(),
    reason="the reader `mrz` of PyPI is not on this machine; .ci/run installs it",
)


def on_paper(content: TravelDocumentContent) -> tuple[str, str]:
    """Return the two code lines as they stand on the page."""
    text = pypdf.PdfReader(io.BytesIO(render(content))).pages[0].extract_text()
    upper, lower = re.findall(r"^[A-Z0-9<]{36}(?:[A-Z0-9<]{8})?$", text, flags=re.MULTILINE)
    return upper, lower


def said_by(command: list[str], *lines: str) -> Any:
    environment = os.environ | {
        "NODE_PATH": str(READERS / "node_modules"), "PYTHONPATH": str(READERS / "python"),
    }  # fmt: skip
    done = subprocess.run([*command, *lines], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def said_by_npm(*lines: str) -> Any:
    return said_by(["node", "-e", OF_NPM], *lines)


def said_by_pypi(*lines: str) -> Any:
    return said_by([sys.executable, "-c", OF_PYPI], *lines)


@npm
@every_document
def test_the_reader_of_npm_takes_every_field_and_check_digit(content: TravelDocumentContent) -> None:
    is_sheet = content.instrument is Instrument.travel_certificate

    read = said_by_npm(*on_paper(content))

    assert read["format"] == ("TD2" if is_sheet else "TD3")
    assert sum(field.endswith("CheckDigit") for field in read["fields"]) == (4 if is_sheet else 5)
    assert read["refused"] == (["documentCode"] if is_sheet else [])


@pypi
@every_document
def test_the_reader_of_pypi_takes_every_field_and_check_digit(content: TravelDocumentContent) -> None:
    is_sheet = content.instrument is Instrument.travel_certificate

    refused = said_by_pypi(*on_paper(content))

    assert refused == (["document type format"] if is_sheet else [])


@npm
@pypi
def test_both_readers_notice_a_changed_figure() -> None:
    upper, lower = on_paper(plain_emergency_passport())
    changed = lower[:13] + ("7" if lower[13] != "7" else "8") + lower[14:]

    assert {"birthDateCheckDigit", "compositeCheckDigit"} <= set(said_by_npm(upper, changed)["refused"])
    assert {"birth date hash", "final hash"} <= set(said_by_pypi(upper, changed))
