"""What the registry knows without asking anybody: pure rules, one file per idea."""
