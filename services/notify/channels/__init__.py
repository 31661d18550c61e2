"""The ways to reach a person, one module each, behind the protocol of ``channel``."""
