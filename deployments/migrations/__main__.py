"""Bring the case database to this program's version: `python -m deployments.migrations`, where no `up` does it."""

import os
import sys

from deployments import migrations


def main() -> None:
    """Upgrade as the role HOMEWARD_OWNER_DATABASE_URL names."""
    owner = os.environ.get("HOMEWARD_OWNER_DATABASE_URL")
    if not owner:
        sys.exit("Set HOMEWARD_OWNER_DATABASE_URL to the role that owns the tables.")
    migrations.upgrade(owner)
    sys.stdout.write(f"The case database has version {migrations.newest()}.\n")


if __name__ == "__main__":
    main()
