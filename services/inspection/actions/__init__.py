"""What inspection does when it is asked."""
