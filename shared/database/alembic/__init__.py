"""Alembic's folder: its environment and the template of a new migration."""
