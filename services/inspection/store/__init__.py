"""Every query of inspection: no other file writes SQL."""
