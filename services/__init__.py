"""The independent services; each owns its tables, hears events, says events, and imports no other."""
