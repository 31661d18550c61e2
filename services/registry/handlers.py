"""What the registry does when others speak."""

from shared.messaging import Subscriptions

on = Subscriptions("registry")
