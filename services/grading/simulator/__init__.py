"""Invented tenants that live for a year under a policy: what mix of levels, moves, visits and notices to expect.

``python -m services.grading.simulator [--tenants N] [--days N] [--processes N] [--json FILE]``
"""
