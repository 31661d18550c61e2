"""What may be asked of inspection, and what it answers."""
