"""
Check the archive of one case: `python -I verify.py`, in the folder it was unpacked into.

Needs Python 3.9 and nothing else: no network, no other program. It says what it checked and names the first thing that
does not fit. Give `--key` the public key the ministry published; else compare the one it prints.

What holds what: each key of the sealer signs the next one, and the one of its time the seals; a seal fixes the newest
event of a chain in which every event carries the hash of the one before; the event of the export carries the hash of
the manifest; the manifest carries the hash of every file. Of other cases' events only hashes are here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
BY_THEMSELVES = frozenset({"manifest.json", "events.json", "chain.txt", "seals.json"})
"""Files the manifest cannot name: they hold it."""


class DoesNotFit(Exception):
    """The first thing that does not fit; the text names it."""


# Ed25519, RFC 8032 §5.1 and §6: a point is X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    g, h, i, j = f - e, d - c, d + c, f + e
    return (g * h % P, i * j % P, h * i % P, g * j % P)


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _point(packed: bytes) -> Point | None:
    y = int.from_bytes(packed, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE: Point = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 0, 0, 0)


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature over a message was made with the private half of a key. Source: RFC 8032 §5.1.7."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    a, r, s = _point(public_key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    return _same(_times(s, BASE), _add(r, _times(k, a)))


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _json(folder: Path, name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _statement(what: str, row: dict[str, Any], names: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\n" for line in (f"homeward {what} 1", *(row[name] for name in names))).encode()


def check_keys(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sealer's keys, the first one first, each signed by the one before it and by itself."""
    sealed = {0: GENESIS, **{seal["seq"]: seal["hash"] for seal in told["seals"]}}
    names = ("public_key", "previous_key", "after_seq", "after_hash", "since")
    before, since = GENESIS, 0
    for key in told["keys"]:
        own, said = key["public_key"], _statement("key", key, names)
        if key["previous_key"] != before:
            raise DoesNotFit(f"seals.json: the key {own} is unknown: it does not follow the key {before}")
        if (
            key["after_seq"] < since
            or (before == GENESIS and key["after_seq"])
            or sealed.get(key["after_seq"]) != key["after_hash"]
        ):
            raise DoesNotFit(f"seals.json: the key {own} does not begin after a seal")
        if before != GENESIS and not is_signed(bytes.fromhex(before), said, bytes.fromhex(key["signature"])):
            raise DoesNotFit(f"seals.json: the key {own} is not signed with the key before it, {before}")
        if not is_signed(bytes.fromhex(own), said, bytes.fromhex(key["proof"])):
            raise DoesNotFit(f"seals.json: the key {own} was not held by whoever announced it")
        before, since = own, key["after_seq"]
    keys: list[dict[str, Any]] = told["keys"]
    if not keys:
        raise DoesNotFit("seals.json holds no key")
    return keys


def check_seals(folder: Path, expected_key: str | None) -> Iterator[str]:
    """Check that each seal is signed and stands on the one before."""
    told = _json(folder, "seals.json")
    keys = check_keys(told)
    if expected_key is not None and expected_key.strip().lower() not in {key["public_key"] for key in keys}:
        raise DoesNotFit(f"seals.json names the key {keys[-1]['public_key']}, and {expected_key} was expected")
    before: tuple[int, str] = (0, GENESIS)
    for seal in told["seals"]:
        names = ("seq", "hash", "at", "previous_seq", "previous_hash", "sealed_at")
        key = next(each["public_key"] for each in reversed(keys) if each["after_seq"] < seal["seq"])
        if not is_signed(bytes.fromhex(key), _statement("seal", seal, names), bytes.fromhex(seal["signature"])):
            raise DoesNotFit(f"the seal of event {seal['seq']} is not signed with the key {key}")
        if (seal["previous_seq"], seal["previous_hash"]) != before or seal["seq"] <= before[0]:
            raise DoesNotFit(f"the seal of event {seal['seq']} does not stand on the seal of event {before[0]}")
        before = (seal["seq"], seal["hash"])
    if not told["seals"]:
        raise DoesNotFit("seals.json holds no seal")
    yield f"{len(told['seals'])} seals are signed with the key {keys[-1]['public_key']}"
    for key in keys[:-1]:
        yield f"  or, before it, with the key {key['public_key']}, which signed the one after it"
    yield "  (compare that key with the one the ministry published)" if expected_key is None else "  (as expected)"


def check_chain(folder: Path) -> Iterator[str]:
    """Check that every event links from the first one to the last seal, and that each seal fits its event."""
    sealed = {seal["seq"]: seal["hash"] for seal in _json(folder, "seals.json")["seals"]}
    seq, previous = 0, GENESIS
    with (folder / "chain.txt").open(encoding="ascii") as lines:
        for line in lines:
            number, content, link = line.split()
            if int(number) != seq + 1:
                raise DoesNotFit(f"chain.txt: event {seq + 1} is missing")
            seq = int(number)
            if link != sha256(f"{seq}:{previous}:{content}".encode()):
                raise DoesNotFit(f"chain.txt: event {seq} does not follow event {seq - 1}")
            if sealed.get(seq, link) != link:
                raise DoesNotFit(f"chain.txt: event {seq} is not the one that was sealed")
            previous = link
    if seq != max(sealed):
        raise DoesNotFit(f"chain.txt ends with event {seq}, and the last seal is of event {max(sealed)}")
    yield f"{seq} events link, from the first one to the last seal"


def check_events(folder: Path) -> Iterator[str]:
    """Check that each event of the case says what the chain fixed, and that none is left out."""
    events = {event["seq"]: event for event in _json(folder, "events.json")}
    with (folder / "chain.txt").open(encoding="ascii") as lines:
        fixed = {int(number): content for number, content, _ in (line.split() for line in lines)}
    manifest = _json(folder, "manifest.json")
    for seq in sorted(events):
        said = {name: events[seq][name] for name in ("at", "actor", "action", "reference", "person_id", "fields")}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if fixed.get(seq) != sha256(text.encode()):
            raise DoesNotFit(f"events.json: event {seq} does not say what was recorded")
        if said["reference"] != manifest["case"]:
            raise DoesNotFit(f"events.json: event {seq} is not of case {manifest['case']}")
    if not events:
        raise DoesNotFit("events.json holds no event")
    last = events[max(events)]
    if last["action"] != "case.exported" or last["fields"].get("manifest") != sha256(
        (folder / "manifest.json").read_bytes()
    ):
        raise DoesNotFit("manifest.json is not the one that was recorded when the case was exported")
    if missing := sorted({*manifest["events"]} - {*events}):
        raise DoesNotFit(f"events.json: event {missing[0]} is missing")
    yield f"{len(events)} events of this case say what was recorded, and none is left out"


def check_files(folder: Path) -> Iterator[str]:
    """Check that every file is the one in the manifest, and that there is no other."""
    files = _json(folder, "manifest.json")["files"]
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(files):
        if name not in here:
            raise DoesNotFit(f"{name} is missing")
        if sha256((folder / name).read_bytes()) != files[name]:
            raise DoesNotFit(f"{name} was changed")
    if strange := sorted(here - {*files} - BY_THEMSELVES):
        raise DoesNotFit(f"{strange[0]} does not belong to the archive")
    yield f"{len(files)} files are the ones in the manifest, and there is no other"


def check_decisions(folder: Path) -> Iterator[str]:
    """Check that each decision is the recorded one, and was taken on exactly what lies in proposals/."""
    fields = [event["fields"] for event in _json(folder, "events.json") if event["action"] == "decision.recorded"]
    recorded = {each["decision_id"]: each for each in fields}
    proposed = {each["id"]: each for each in _json(folder, "proposals.json")}
    decisions = {each["id"]: each for each in _json(folder, "decisions.json")}
    for each in proposed.values():
        if each["file"] is not None and sha256((folder / each["file"]).read_bytes()) != each["digest"]:
            raise DoesNotFit(f"{each['file']} does not have the digest that was decided on")
    for name, decision in decisions.items():
        event = recorded.get(name)
        if event is None or any(event[word] != decision[word] for word in ("step", "outcome", "reason_code")):
            raise DoesNotFit(f"decisions.json: decision {name} is not as it was recorded")
        if decision["digest"] != event.get("digest"):
            raise DoesNotFit(f"decisions.json: decision {name} was taken on something else")
        if decision["proposal_id"] and proposed[decision["proposal_id"]]["digest"] != decision["digest"]:
            raise DoesNotFit(f"proposals.json: decision {name} was taken on another proposal")
    if missing := sorted(recorded.keys() - decisions.keys()):
        raise DoesNotFit(f"decisions.json: decision {missing[0]} is missing")
    yield f"{len(decisions)} decisions are as recorded, each on exactly what lies in proposals/"


def check_papers(folder: Path) -> Iterator[str]:
    """Check that each paper is the very one that was recorded when it was stored."""
    events = [event["fields"] for event in _json(folder, "events.json") if event["action"] == "paper.stored"]
    stored = {(each["kind"], each["version"]): each["sha256"] for each in events}
    papers = _json(folder, "papers.json")
    for paper in papers:
        name = f"{paper['kind']} version {paper['version']}"
        if stored.pop((paper["kind"], str(paper["version"])), None) != paper["sha256"]:
            raise DoesNotFit(f"papers.json: the {name} is not as it was recorded")
        if paper["file"] is not None and sha256((folder / paper["file"]).read_bytes()) != paper["sha256"]:
            raise DoesNotFit(f"{paper['file']} is not the paper that was stored")
    if stored:
        raise DoesNotFit(f"papers.json: the {' version '.join(min(stored))} is missing")
    yield f"{len(papers)} papers are the very ones that were stored"
    if erased := sum(paper["file"] is None for paper in papers):
        yield f"  (the person was erased: {erased} papers and what was proposed cannot be read any more)"


def main() -> int:
    """Check everything; return the exit code."""
    parser = argparse.ArgumentParser(description="Check this archive; standard library only, no network.")
    parser.add_argument("--key", help="the public key the ministry published, hex")
    key = parser.parse_args().key
    folder, said = Path(__file__).resolve().parent, sys.stdout.write
    checks = (check_chain, check_events, check_files, check_decisions, check_papers)
    name = "check_seals"
    try:
        for line in check_seals(folder, key):
            said(f"{line}\n")
        for check in checks:
            name = check.__name__
            for line in check(folder):
                said(f"{line}\n")
        manifest = _json(folder, "manifest.json")
    except DoesNotFit as fault:
        said(f"DOES NOT FIT: {fault}.\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as unreadable:
        what = f"{type(unreadable).__name__}: {unreadable}"
        said(f"DOES NOT FIT: something is missing or cannot be read ({name.replace('_', ' ')}: {what}).\n")
        return 1
    said(f"All of it fits: case {manifest['case']}, exported {manifest['exported_at']} by {manifest['exported_by']}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
