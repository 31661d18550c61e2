"""What is asked of notify over HTTP and what it answers."""
