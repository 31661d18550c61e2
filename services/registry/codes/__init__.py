"""Codes on walls: opaque revocable tokens, their pictures and label sheets, and their life from issue to replacement."""
