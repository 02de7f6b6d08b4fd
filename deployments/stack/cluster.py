"""
The engine on several servers: API servers behind a proxy, one process of background services, and Redis between them.

Everything here is Prefect's, Redis' and HAProxy's own; this only writes their configurations and says how each is
started. Read with prefect 3.8.8 and prefect-redis 0.3.0: events go through Redis streams, leases of concurrency limits
and the order of events lie in Redis, and so does Docket, which schedules what the servers do in the background.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from deployments.stack.ground import CannotStart, write_private
from deployments.stack.services import program

PROGRAMS = ("redis-server", "haproxy")
SERVICES = "prefect-services"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The ports of one engine on several servers; all on 127.0.0.1."""

    proxy: int
    servers: tuple[int, ...]
    redis: int
    folder: Path
    """Where Redis keeps its data, and where the configurations lie."""

    def variables(self, password: str) -> dict[str, str]:
        """Return what every server and the services must be told, the same for all."""
        address = f"redis://:{password}@127.0.0.1:{self.redis}"
        return {
            "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_REDIS_MESSAGING_URL": f"{address}/0",
            "PREFECT_SERVER_DOCKET_URL": f"{address}/1",
            # Once, before any of them starts: several that migrate at once would meet.
            "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
        }

    def write(self, password: str) -> None:
        """Write the configurations, closed to others: one holds a password."""
        (self.folder / "redis").mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self.folder / "redis.conf", self._redis(password))
        write_private(self.folder / "haproxy.cfg", self._haproxy())

    def _redis(self, password: str) -> str:
        return (
            f"bind 127.0.0.1\nport {self.redis}\nrequirepass {password}\ndir {self.folder / 'redis'}\n"
            # What was sent and not yet read outlives a crash but for its last second.
            'appendonly yes\nappendfsync everysec\nsave ""\n'
            # Streams are trimmed by who reads them; nothing may be thrown away meanwhile.
            "maxmemory-policy noeviction\n"
        )

    def _haproxy(self) -> str:
        servers = "".join(
            f"    server prefect-{number} 127.0.0.1:{port} check\n" for number, port in enumerate(self.servers, start=1)
        )
        return f"""\
global
    maxconn 2000
defaults
    mode http
    timeout connect 5s
    timeout client 120s
    timeout server 120s
    # Events are heard over websockets that stay open.
    timeout tunnel 24h
    option redispatch
    retries 2
    # Tried again at another server only where the first one never had it.
    retry-on conn-failure
frontend engine
    bind 127.0.0.1:{self.proxy}
    default_backend servers
backend servers
    balance leastconn
    option httpchk GET /api/ready
    timeout check 10s
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{servers}"""

    def redis_command(self) -> list[str]:
        """Return the command of Redis."""
        return [_found("redis-server"), str(self.folder / "redis.conf")]

    def proxy_command(self) -> list[str]:
        """Return the command of the proxy."""
        return [_found("haproxy"), "-db", "-f", str(self.folder / "haproxy.cfg")]


def server_command(port: int) -> list[str]:
    """Return the command of one API server that runs nothing in the background."""
    return [program("prefect"), "server", "start", "--no-services", "--host", "127.0.0.1", "--port", str(port)]


def services_command() -> list[str]:
    """Return the command of the background services: scheduling, late runs, events, automations."""
    return [program("prefect"), "server", "services", "start"]


def migrate_command() -> list[str]:
    """Return the command that brings the engine's database to this Prefect's version, and ends."""
    return [program("prefect"), "server", "database", "upgrade", "-y"]


def refuse_without_programs() -> None:
    """
    Refuse several servers where what stands between them is not installed.

    Raises:
        CannotStart: one of the programs is missing.
    """
    missing = [name for name in PROGRAMS if _path(name) is None]
    if missing:
        raise CannotStart(
            f"Several servers need {' and '.join(missing)}; install them (apt-get install {' '.join(missing)}), "
            "or unset HOMEWARD_SERVERS."
        )


def _path(name: str) -> str | None:
    # Proxies lie where only an administrator's PATH leads.
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _found(name: str) -> str:
    return _path(name) or name
