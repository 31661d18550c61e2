"""The command `mashang` and its embedded servers."""
