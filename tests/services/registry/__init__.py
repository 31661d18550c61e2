"""The registry: who is where, in whose building, under which lease."""
