"""Pages: no script, no outside address; a sheet of paper for the fire brigade, and what a code on a wall opens."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.registry.views.fire_card import FireCard
from shared.clock import SHANGHAI


@cache
def _environment() -> Environment:
    loader = PackageLoader("services.registry", "pages")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def rendered(template: str, **values: Any) -> str:
    """A page; everything that comes from outside is escaped."""
    return _environment().get_template(template).render(**values)


def fire_card_page(card: FireCard) -> str:
    """The card as one A4 page of HTML."""
    printed = card.printed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return rendered("fire_card.html", card=card, printed=printed)
