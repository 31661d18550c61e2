"""Tests of notify's pure rules."""
