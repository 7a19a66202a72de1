"""Bringing the database to the shape that this release needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parent.parent.parent


def configuration(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """As the role that owns the tables: the console itself works under a role that does not."""
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(configuration(url), revision)


def check(url: str) -> None:
    """Raises when the tables in the code and in the database differ."""
    command.check(configuration(url))
