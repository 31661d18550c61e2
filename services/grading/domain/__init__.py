"""What grading knows without asking anybody: facts, policies, and the level that follows from both."""
