"""`homeward documents verify`: is a document genuine? Offline, with nothing but the authority's certificates."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.terminal import BAD_INPUT, REFUSED, AsJson, clear, fail, show
from models.case import HOME_ZONE
from tasks.clock import now
from tasks.papers.inspection import Inspected, inspect, judged_alone
from tasks.papers.seal import SubIndication, TrustStore, TrustUnusable, verify_seal
from tasks.papers.seal.reading import Unreadable, read_file
from tasks.papers.seal.trust import is_specimen
from tasks.settings import Mode, purpose
from tasks.status_list import StatusListUnusable, opened

_WORDS = {
    SubIndication.read_error: "no seal could be read on it",
    SubIndication.wrong_format: "the seal is not made as an emergency travel document's is",
    SubIndication.unknown_certificate: "nobody here knows who signed the seal",
    SubIndication.untrusted_certificate: "the signer is not one the authority vouches for",
    SubIndication.invalid_documenttype: "the signer may not sign documents of this kind",
    SubIndication.expired_certificate: "the signer's certificate is not in force on that day",
    SubIndication.revoked_certificate: "the signer's certificate was revoked",
    SubIndication.invalid_signature: "the signature is not of what the seal says",
    SubIndication.invalid_seal_mrz: "the zone in the seal has wrong check digits",
    SubIndication.invalid_printed_mrz: "the printed zone has wrong check digits",
    SubIndication.seal_document_mismatch: "the seal is of another document than the printed zone",
    SubIndication.unknown_feature: "the seal holds something this program does not know",
}


@clear
def verify(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The document as PDF, or a picture.")] = None,
    seal: Annotated[str | None, typer.Option(help="The bytes of a seal in hexadecimal, instead of a file.")] = None,
    printed_mrz: Annotated[
        tuple[str, str] | None, typer.Option(metavar="LINE1 LINE2", help="The two lines printed beside the seal.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with the authority's certificate, its list and signers.")
    ] = None,
    status_list: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Signed list of numbers that are good for nothing.")
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Judge as of that day; else today.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="HOMEWARD_DOCUMENT_PASSWORD", help="Of a locked PDF, as its sender told you."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a travel document offline: seal, signer, the zone printed beside it, and a PDF's own signature."""
    if (file is None) == (seal is None):
        fail("Give a file, or the bytes of a seal with --seal; one of the two.", BAD_INPUT)
    if trust is None:
        fail("Give --trust, the folder with the authority's certificate, its list and the signers.", BAD_INPUT)
    day = _day(at)
    try:
        store = TrustStore.load(trust, takes_specimens=purpose() is Mode.drill)
        found = _file(file, printed_mrz, store, day, password) if file else _seal(seal or "", printed_mrz, store, day)
        listed = opened(read_file(status_list), trust=store, at=day) if status_list else None
    except (TrustUnusable, Unreadable, StatusListUnusable) as unusable:
        fail(str(unusable), BAD_INPUT)
    verdict = found.verdict
    is_void = listed is not None and found.number is not None and listed.names(found.number)
    status = "VALID" if verdict.valid and not is_void else "INVALID"
    words = status + (f": {_WORDS[verdict.sub_indication]}." if verdict.sub_indication else ".")
    if found.is_pdf and found.signature is SubIndication.invalid_signature:
        words = "INVALID: the file is not signed, or was changed after it was signed."
    if verdict.valid and is_void:
        words = "INVALID: the document is genuine, but its number was taken out of use."
    if listed and listed.until.date() < day:
        typer.echo(f"The status list was good until {listed.until.date()}; get a newer one.", err=True)
    if verdict.valid and store.takes_specimens and any(map(is_specimen, store.certificates)):
        words += " A SPECIMEN of a drill, good for no journey."
    if verdict.newest_list_until and verdict.newest_list_until < day:
        stale = f"The revocation list should have been replaced by {verdict.newest_list_until}; get a newer one."
        typer.echo(stale, err=True)
    if found.to_compare and not as_json:
        lines = "\n".join(found.to_compare)
        typer.echo(
            f"No printed lines were read. The seal is of these two; compare them with the paper:\n{lines}", err=True
        )
    sub_indication = verdict.sub_indication.value if verdict.sub_indication else None
    facts = {"status": status, "sub_indication": sub_indication}
    if found.is_pdf:
        facts["pdf_signature"] = found.signature.value if found.signature else "VALID"
    if listed is not None:
        facts["status_list"] = "OUT_OF_USE" if is_void else "NOT_LISTED"
    show(facts, as_json=as_json, words=words)
    if status == "INVALID":
        raise typer.Exit(REFUSED)


def _day(text: str | None) -> date:
    if text is None:
        return now().in_timezone(HOME_ZONE).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{text[:40]!r} is not a day; write it like 2026-11-20.", BAD_INPUT)


def _seal(text: str, printed: tuple[str, str] | None, trust: TrustStore, day: date) -> Inspected:
    try:
        encoded = bytes.fromhex(text)
    except ValueError:
        fail("--seal takes the bytes of a seal as hexadecimal digits, for example dc03d9c5…", BAD_INPUT)
    return judged_alone(verify_seal(encoded, trust=trust, at=day, printed_mrz=printed), encoded, printed)


def _file(path: Path, printed: tuple[str, str] | None, trust: TrustStore, day: date, password: str | None) -> Inspected:
    return inspect(read_file(path), path.name, trust=trust, at=day, printed_mrz=printed, password=password)
