"""A plan waits for its site; that is enough only while nobody can know a site without its people."""

from services.notify.handlers import on
from shared.contracts.registry import ContactChanged, PartyRegistered, SiteRegistered


def test_whoever_hears_of_sites_hears_of_parties_and_contacts_in_the_same_order_as_they_were_said() -> None:
    """Two readers of one stream would run apart after an outage, and a hazard would be told to nobody."""
    [reader] = [handler for handler in on if SiteRegistered in handler.events and handler.name.startswith("follow")]
    assert {SiteRegistered, PartyRegistered, ContactChanged} <= set(reader.events)
