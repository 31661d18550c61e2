"""What notify does when asked."""
