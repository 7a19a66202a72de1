"""Long answers page by page: how many at a time, and the place where the next page begins."""

import base64
import binascii

from flask import request

from console.carrier.simulator.errors import ApiError


def limit(most: int, usual: int) -> int:
    text = request.args.get("limit", str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ApiError("INVALID_PARAM", f"limit 应为 1～{most}", "limit")
    return int(text)


def cursor(*place: object) -> str:
    """Opaque to the customer, who only gives it back."""
    return base64.urlsafe_b64encode(" ".join(str(part) for part in place).encode()).decode()


def read_cursor(parts: int) -> list[str]:
    """The place after which to go on, as many parts as were put in; none of them on the first page."""
    text = request.args.get("cursor", "")
    if not text:
        return []
    try:
        place = base64.urlsafe_b64decode(text).decode().split(" ")
    except (binascii.Error, ValueError) as error:
        raise ApiError("INVALID_PARAM", text, "cursor") from error
    if len(place) != parts:
        raise ApiError("INVALID_PARAM", text, "cursor")
    return place


def number(text: str) -> int:
    if not text.isdecimal():
        raise ApiError("INVALID_PARAM", text, "cursor")
    return int(text)
