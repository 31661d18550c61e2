"""The font of the label sheets, its licence and its record."""
