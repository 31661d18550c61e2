"""Grading under test."""
