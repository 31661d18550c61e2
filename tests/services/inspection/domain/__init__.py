"""Tests of inspection's pure rules: no database, no clock."""
