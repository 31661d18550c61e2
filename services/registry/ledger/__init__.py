"""Ledgers as clerks send them: read with patience, taken row by row, answered with the sheet they sent, and written for them."""
