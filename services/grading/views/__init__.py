"""What grading is asked and what it answers."""
