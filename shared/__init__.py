"""What every service stands on; it knows no service and carries no business rule."""
