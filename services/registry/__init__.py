"""Registry: who is where, in whose building, under which lease.

Owns parties, compounds, buildings, sites, facts, leases, admission, grids, codes and ledgers. Hears what other systems report.
Says what changed, by ids only: never a phone, an ID number or the name of a natural person.
"""
