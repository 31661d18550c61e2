"""Codes on walls."""
