"""PostgreSQL: one engine, one kind of transaction, one Alembic environment with a schema per service."""

from shared.database.engine import Database, make_engine
from shared.database.transaction import Transaction

__all__ = ["Database", "Transaction", "make_engine"]
