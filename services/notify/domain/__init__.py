"""What notify decides, without clock, network or database."""
