"""How the channels behave towards providers."""
