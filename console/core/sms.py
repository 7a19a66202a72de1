"""The door for text messages: one signed POST of {to, text} to the address that the installation names.

In the demo that address is a page of the operator's simulator, where the message can be read.
"""

import json
import logging
from urllib.parse import urlsplit

import httpx

from console.core import signing
from console.core.config import Settings

log = logging.getLogger(__name__)


class _Door:
    settings: Settings | None = None


def use(settings: Settings) -> None:
    _Door.settings = settings


def send(to: str, text: str) -> bool:
    """False when the door did not take it; the caller says so to the person. Not inside a transaction."""
    settings = _Door.settings
    if settings is None or not settings.sms_url:
        return False
    body = json.dumps({"to": to, "text": text}, ensure_ascii=False).encode()
    path = urlsplit(settings.sms_url).path
    signed = signing.headers(settings.operator_app_id, settings.operator_secret, "POST", path, body)
    try:
        answer = httpx.post(settings.sms_url, content=body, headers=signed, timeout=5)
    except httpx.HTTPError as error:
        log.warning("sms.away", extra={"error": type(error).__name__})
        return False
    return answer.is_success
