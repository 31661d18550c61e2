"""How the simulator behaves, seen through the channels."""
