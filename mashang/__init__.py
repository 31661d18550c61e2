"""What the command `mashang` is made of: embedded servers, and the commands that use them."""
