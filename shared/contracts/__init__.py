"""What services say to one another: one class per event, frozen once published."""
