"""Traps of the libraries underneath, each caught in the act; one that fails after an upgrade says that the trap has moved."""
