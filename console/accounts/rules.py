"""Rules of sign-in: how long to wait after wrong codes, what a password must be, what a role may do. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

FREE_TRIES = 4
LONGEST_LOCK = timedelta(hours=1)
SMS_LIFE = timedelta(minutes=5)
SMS_TRIES = 5
SMS_PAUSE = timedelta(seconds=60)
SESSION_LIFE = timedelta(hours=12)
PASSWORD_LENGTH = (12, 128)

_COMMON = frozenset(
    [
        "password1234",
        "123456789012",
        "1234567890ab",
        "qwertyuiop12",
        "administrator",
        "iloveyou1234",
        "admin1234567",
        "passw0rd1234",
        "letmein12345",
        "welcome12345",
        "111111111111",
        "000000000000",
        "abcdefghijkl",
        "qwerty123456",
        "changeme1234",
        "aaaaaaaaaaaa",
        "123123123123",
        "112233445566",
        "password12345",
        "zaq12wsx3edc",
    ]
)


def lock_after(failures: int) -> timedelta | None:
    """How long a person waits after so many wrong tries in a row: one minute, then twice as long each time."""
    if failures <= FREE_TRIES:
        return None
    return min(timedelta(minutes=2 ** (failures - FREE_TRIES - 1)), LONGEST_LOCK)


def why_not_password(password: str, login: str, name: str) -> Iterator[str]:
    """Length and guessability, no composition rules (ASVS 6.2)."""
    shortest, longest = PASSWORD_LENGTH
    if len(password) < shortest:
        yield "E_PASSWORD_SHORT"
    if len(password) > longest:
        yield "E_PASSWORD_LONG"
    lowered = password.casefold()
    if lowered in _COMMON or len(set(lowered)) < 4:
        yield "E_PASSWORD_COMMON"
    if login.casefold().split("@")[0] in lowered or (len(name) > 1 and name.casefold() in lowered):
        yield "E_PASSWORD_NAME"


def session_over(now: datetime, created: datetime, last_seen: datetime, idle: timedelta) -> bool:
    return now - last_seen > idle or now - created > SESSION_LIFE


def fresh(factor_at: datetime | None, now: datetime, life: timedelta) -> bool:
    """Whether the last one-time code is young enough to stand for another one."""
    return factor_at is not None and now - factor_at <= life


def sms_usable(sent_at: datetime, tries: int, used: bool, now: datetime) -> bool:
    return not used and tries < SMS_TRIES and now - sent_at <= SMS_LIFE
