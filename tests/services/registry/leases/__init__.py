"""Tests of leases: alone, in chains, changing, and wanted by many at once."""
