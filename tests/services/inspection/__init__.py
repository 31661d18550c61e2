"""Tests of the inspection service."""
