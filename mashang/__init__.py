"""What the command `mashang` is made of: embedded servers, and the commands that use them."""

import gc

# Nothing becomes garbage while everything is imported; looking for it took a quarter of that time.
gc.set_threshold(20_000, 20, 100)
