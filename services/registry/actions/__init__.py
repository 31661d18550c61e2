"""What the registry does when asked, one file per idea."""
