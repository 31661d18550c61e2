"""Every query of grading; no other file writes SQL."""
