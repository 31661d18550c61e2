"""Notify on trial against the simulator: killed while it sends, flooded, and with all providers away; counted by what arrived."""
