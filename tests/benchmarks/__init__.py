"""Speed, measured in one run beside its floor and its peers; a figure here never decides a test."""
