"""The pure rules of inspection: no clock, no database, no file; what a bureau may change arrives as data."""
