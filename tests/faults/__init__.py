"""Faults on purpose: kill, cut, freeze and corrupt, then count what was accepted, lost and done twice."""
