"""The pure rules of grading, without a database."""
