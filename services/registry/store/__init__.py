"""Every query of the registry, one file per idea; no other file writes SQL."""
