"""How many questions a stranger may ask: so many a minute each, and so many a minute all together."""

import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from threading import Lock


class Allowance:
    """Counts in windows of one minute; holds nothing about anybody longer than that."""

    def __init__(self, *, each: int, together: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._together, self._clock = each, together, clock
        self._window = -1
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    def takes(self, client: str) -> bool:
        """Return whether one more question of this client is answered now."""
        window, who = int(self._clock() // 60), _network(client)
        with self._lock:
            if window != self._window:
                self._window = window
                self._asked.clear()
            if self._asked.total() >= self._together or self._asked[who] >= self._each:
                return False
            self._asked[who] += 1
            return True


def _network(client: str) -> str:
    """Return the address; of IPv6 the /64 it lies in, since one house has all of that."""
    try:
        address = ip_address(client)
    except ValueError:
        return "unknown"
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else client
