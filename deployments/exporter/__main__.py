"""Serve the figures: `python -m deployments.exporter [--host H] [--port P]`."""

import argparse
import ipaddress
import sys

import uvicorn

from deployments.exporter.app import application
from deployments.exporter.settings import ExporterSettings
from tasks import journal
from tasks.settings import Location, SettingsUnusable, one_sentence, settings


def main() -> None:
    """Serve until asked to end."""
    parser = argparse.ArgumentParser(prog="python -m deployments.exporter")
    parser.add_argument("--host", type=ipaddress.ip_address, default=ipaddress.ip_address("127.0.0.1"))
    parser.add_argument("--port", type=int, default=4205)
    asked = parser.parse_args()
    try:
        settings()
        token = ExporterSettings().metrics_token
    except (SettingsUnusable, ValueError) as unusable:
        why = one_sentence(unusable) if isinstance(unusable, ValueError) else str(unusable)
        sys.exit(f"The exporter cannot work: {why}.")
    if token is None and not asked.host.is_loopback:
        sys.exit("Beyond this machine the figures need a token; set HOMEWARD_METRICS_TOKEN.")
    journal.begin("exporter")
    secret, var = token.get_secret_value() if token is not None else None, Location().var
    try:
        serves = application(var, token=secret)
    except OSError as failed:
        sys.exit(f"The exporter cannot work: {var} cannot be written ({failed.strerror}); set HOMEWARD_VAR.")
    uvicorn.run(
        serves,
        host=str(asked.host),
        port=asked.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
