"""What the registry is asked with and what it answers, one file per idea."""
