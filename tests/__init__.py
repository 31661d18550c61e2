"""Tests: domain, handlers and actions, contracts, delivery, system."""
