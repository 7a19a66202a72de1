"""Settings, read from the environment once; an unusable value stops the start with a sentence."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


class BadSettings(RuntimeError):
    """The environment does not describe a console that can run."""


@dataclass(frozen=True)
class Settings:
    """All that differs between one installation and another.

    `keys` maps a key id (1–255) to 32 bytes; the first one encrypts, all of them decrypt.
    """

    database_url: str
    redis_url: str
    data: Path
    keys: Mapping[int, bytes]
    index_key: bytes
    secret_key: str
    operator_url: str
    operator_app_id: str
    operator_secret: str
    public_url: str
    sms_url: str = ""
    database_role: str = "console_app"
    secure_cookies: bool = False
    demo: bool = False
    reconcile_seconds: int = 600
    compare_lines_seconds: int = 6 * 3600
    bills_seconds: int = 3600
    idle_seconds: int = 15 * 60
    factor_seconds: int = 10 * 60
    operator_rate: float = 15.0
    operator_burst: int = 30
    mail_url: str = ""
    """smtps://user:password@host:465 or smtp://host:25; without one no mail is sent, and the page says so."""
    mail_from: str = ""
    tax_url: str = ""
    """The channel to the tax platform; without one nothing is issued, and the pages say so."""
    tax_app_key: str = ""
    tax_app_secret: str = ""
    tax_token: str = ""
    tax_genuine: bool = False
    tax_file_hosts: tuple[str, ...] = ()
    """Beside the platform itself, where its documents may be fetched from."""
    """False for a rehearsal: its documents carry 样张."""
    seller_name: str = "晨曦示例通信有限公司"
    seller_tax_number: str = "91990000MA0DEM0138"
    tax_drawer: str = "示例开票员"

    @property
    def factor_life(self) -> timedelta:
        return timedelta(seconds=self.factor_seconds)

    @property
    def idle_life(self) -> timedelta:
        return timedelta(seconds=self.idle_seconds)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        env = os.environ if environ is None else environ
        data = Path(env.get("CONSOLE_DATA", "data")).resolve()
        return cls(
            database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{data / 'console.sqlite3'}"),
            redis_url=env.get("REDIS_URL") or f"unix://{data / 'redis.sock'}",
            data=data,
            keys=_keys(_needed(env, "CONSOLE_KEYS")),
            index_key=_key(_needed(env, "CONSOLE_INDEX_KEY"), "CONSOLE_INDEX_KEY"),
            secret_key=_needed(env, "CONSOLE_SECRET_KEY"),
            operator_url=_needed(env, "OPERATOR_URL").rstrip("/"),
            operator_app_id=_needed(env, "OPERATOR_APP_ID"),
            operator_secret=_needed(env, "OPERATOR_SECRET"),
            public_url=_needed(env, "PUBLIC_URL").rstrip("/"),
            sms_url=env.get("SMS_URL", ""),
            database_role=env.get("DATABASE_ROLE", "console_app"),
            secure_cookies=env.get("PUBLIC_URL", "").startswith("https://"),
            demo=env.get("CONSOLE_DEMO") == "1",
            reconcile_seconds=int(env.get("RECONCILE_SECONDS", "600")),
            compare_lines_seconds=int(env.get("COMPARE_LINES_SECONDS", str(6 * 3600))),
            bills_seconds=int(env.get("BILLS_SECONDS", "3600")),
            operator_rate=float(env.get("OPERATOR_RATE", "15")),
            mail_url=env.get("MAIL_URL", ""),
            mail_from=env.get("MAIL_FROM", ""),
            tax_url=env.get("TAX_URL", "").rstrip("/"),
            tax_app_key=env.get("TAX_APP_KEY", ""),
            tax_app_secret=env.get("TAX_APP_SECRET", ""),
            tax_token=env.get("TAX_TOKEN", ""),
            tax_genuine=env.get("TAX_GENUINE") == "1",
            tax_file_hosts=tuple(env.get("TAX_FILE_HOSTS", "").split()),
            seller_name=env.get("SELLER_NAME", "晨曦示例通信有限公司"),
            seller_tax_number=env.get("SELLER_TAX_NUMBER", "91990000MA0DEM0138"),
            tax_drawer=env.get("TAX_DRAWER", "示例开票员"),
            operator_burst=int(env.get("OPERATOR_BURST", "30")),
        )


def _needed(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise BadSettings(f"{name} is not set; docs/operations.md tells what it is and how to make one")
    return env[name]


def _database_url(url: str) -> str:
    """`postgres://` and `postgresql://` both mean psycopg 3 here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _keys(text: str) -> dict[int, bytes]:
    """`2:<base64>,1:<base64>`: the newest first."""
    keys = {}
    for part in text.split(","):
        number, _, value = part.strip().partition(":")
        if not number.isdigit() or not 1 <= int(number) <= 255:
            raise BadSettings("CONSOLE_KEYS must read like 2:<base64>,1:<base64> with ids from 1 to 255")
        keys[int(number)] = _key(value, "CONSOLE_KEYS")
    return keys


def _key(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadSettings(f"{name} is not base64") from error
    if len(key) != 32:
        raise BadSettings(f"{name} must be 32 bytes in base64, not {len(key)}")
    return key
