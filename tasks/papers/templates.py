"""
Versions of the pack's templates: the newest for a host country draws what is new, an older one what it once drew.

A change that alters how a paper reads is a new version beside the old one, with the countries it is for; the old one is
never edited, since a paper drawn again must be the paper that was issued.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.paper import PaperKind
from tasks.papers import (
    declaration,
    escort_order,
    exit_request,
    fit_to_fly,
    handoff_sheet,
    mortal_remains,
    undertaking_to_repay,
)


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a paper's template."""

    render: Callable[[Any], bytes]
    """From the kind's own content to PDF."""
    hosts: frozenset[str] | None = None
    """ISO 3166-1 alpha-3 of the host countries it is for; None for all."""


TEMPLATES: Mapping[PaperKind, Mapping[int, Template]] = {
    PaperKind.exit_request: {
        1: Template(exit_request.render_in_two_languages),
        2: Template(exit_request.render, hosts=frozenset({"KHM"})),
    },
    PaperKind.declaration: {1: Template(declaration.render)},
    PaperKind.escort_order: {1: Template(escort_order.render)},
    PaperKind.fit_to_fly: {1: Template(fit_to_fly.render)},
    PaperKind.handoff_sheet: {1: Template(handoff_sheet.render)},
    PaperKind.undertaking_to_repay: {1: Template(undertaking_to_repay.render)},
    PaperKind.mortal_remains: {1: Template(mortal_remains.render)},
}


def newest(kind: PaperKind, *, host: str) -> int:
    """Return the version with which a new paper of this kind is drawn in a host country."""
    return max(
        version for version, template in TEMPLATES[kind].items() if template.hosts is None or host in template.hosts
    )


def draw(kind: PaperKind, version: int, content: object) -> bytes:
    """Return the paper as PDF, in the version asked for; raise LookupError for one that never was."""
    template = TEMPLATES[kind].get(version)
    if template is None:
        raise LookupError(f"there is no version {version} of the {kind}")
    return template.render(content)
