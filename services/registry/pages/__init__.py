"""Pages that are printed: no script, no outside address, one sheet of paper."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.registry.views.fire_card import FireCard
from shared.clock import SHANGHAI


@cache
def _environment() -> Environment:
    loader = PackageLoader("services.registry", "pages")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def fire_card_page(card: FireCard) -> str:
    """The card as one A4 page of HTML."""
    printed = card.printed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return _environment().get_template("fire_card.html").render(card=card, printed=printed)
