"""Passwords as Argon2id hashes (OWASP: 19 MiB, two passes, one lane)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(password: str) -> str:
    return _hasher.hash(password)


def matches(hash_: str | None, password: str) -> bool:
    """With no hash the same work is done, so that time does not tell which logins exist."""
    try:
        return _hasher.verify(hash_ or _nobody(), password) and hash_ is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
