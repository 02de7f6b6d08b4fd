"""What processes use: CPU seconds and memory of a service and of all it has started, from /proc."""

import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """What a tree of processes has used, and holds now."""

    cpu_s: float
    resident_mb: float
    processes: int

    def since(self, before: "Used") -> "Used":
        """The difference to an earlier moment."""
        return Used(self.cpu_s - before.cpu_s, self.resident_mb - before.resident_mb, self.processes - before.processes)


def used_by(root: int) -> Used:
    """What a process and all beneath it have used; children that have ended are counted by their parent."""
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    resident: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(entry.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        ticks[pid] = sum(int(field) for field in fields[11:15])
        resident[pid] = int(fields[21])
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo.extend(parents.get(pid, []))
    page_mb = os.sysconf("SC_PAGESIZE") / 2**20
    return Used(
        sum(ticks.get(pid, 0) for pid in found) / _TICKS,
        sum(resident.get(pid, 0) for pid in found) * page_mb,
        len(found),
    )


def pid_of(var: Path, service: str) -> int:
    """The process id of a service of the stack."""
    return int(json.loads((var / "run" / f"{service}.json").read_text())["pid"])


_REQUEST = re.compile(r'"([A-Z]+) (/\S*) HTTP')
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def requests(log: Path, *, after: int) -> Counter[str]:
    """The requests in the server's access log after a place in it, by method and path without ids."""
    with log.open("rb") as file:
        file.seek(after)
        lines = file.read().decode(errors="replace")
    return Counter(
        f"{method} {re.sub('input/.*', 'input/…', _ID.sub('…', path))}" for method, path in _REQUEST.findall(lines)
    )
