"""Fifty officers at the desk, each asking at their own pace whether or not the answer before has come: an open loop."""

import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from typing import Any

import httpx

NAMES = ("민준", "김", "ki", "park", "서연", "su ho", "zz", "kyung", "KHM-2019-00", "홍길")
"""Parts of names in both scripts, of very many, of some and of nobody; and a part of a reference."""


async def load(asked: dict[str, Any]) -> dict[str, list[tuple[float, int]]]:
    """Ask for pages for so long; return the milliseconds and bytes of each answer, from the moment it was due."""
    taken: dict[str, list[tuple[float, int]]] = defaultdict(list)
    choose = random.Random(41)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=asked["address"], timeout=60, limits=limits) as client:

        async def ask(page: str, path: str, cookie: str, due: float) -> None:
            reply = await client.get(path, headers={"cookie": f"homeward_session={cookie}"})
            assert reply.status_code == 200, (path, reply.status_code)
            taken[page].append(((time.perf_counter() - due) * 1000, len(reply.content)))

        def page_of() -> tuple[str, str]:
            page = choose.choice(("inbox", "board", "search", "case", "list"))
            return page, {
                "inbox": "/", "board": "/board", "list": "/cases",
                "case": f"/cases/{choose.choice(asked['references'])}",
                "search": f"/cases?q={choose.choice(NAMES)}",
            }[page]  # fmt: skip

        every, began = asked["every_s"], time.perf_counter() + 0.5
        due = sorted(
            (began + number * every / len(asked["sessions"]) + turn * every, cookie)
            for turn in range(int(asked["seconds"] / every))
            for number, (_, cookie) in enumerate(asked["sessions"])
        )
        pending = []
        for moment, cookie in due:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            pending.append(asyncio.create_task(ask(*page_of(), cookie, moment)))
        await asyncio.gather(*pending)
    return taken


def main() -> None:
    """Read what is to be asked, ask it, and tell what each page took."""
    taken = asyncio.run(load(json.loads(sys.stdin.read())))
    told = {}
    for page, answers in sorted(taken.items()):
        times = sorted(ms for ms, _ in answers)
        told[page] = {
            "p95_ms": round(times[int(len(times) * 0.95)], 1), "p50_ms": round(times[len(times) // 2], 1),
            "worst_ms": round(times[-1], 1), "requests": len(times),
            "kb": round(max(size for _, size in answers) / 1024, 1),
        }  # fmt: skip
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
