"""The State Council's holiday notices as data, one file a year, and the script that seeds them."""
