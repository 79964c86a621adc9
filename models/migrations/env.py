"""Runs the migrations on the connection that `Database.upgrade` hands over."""

from alembic import context

from models.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
context.run_migrations()
