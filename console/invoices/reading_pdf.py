"""An invoice as PDF, written by whoever: its text with the place of each letter, its QR code, the XML attached to it."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.invoices import xml
from console.invoices.document import Document, Scanned, read_qr
from console.invoices.doubting import NotAnInvoice, Stated
from console.invoices.seeing import see

PROGRAM = Path(__file__).with_name("pdf_child.py")
SECONDS = 60
"""The program itself has less, of CPU; this is for a machine that is very busy."""
HANDED_ON = ("LANG", "LD_LIBRARY_PATH", "PATH")
"""Of the environment; the console's holds keys."""


@dataclass(frozen=True, slots=True)
class Opened:
    inside: tuple[Document, Stated] | None
    shown: tuple[Document, Stated] | None
    code: Scanned | None
    forged_code: bool
    """There is a code that looks like an invoice's, and its check does not agree."""


def read(content: bytes) -> Opened:
    """Raises NotAnInvoice."""
    seen = _seen(content)
    if "refused" in seen:
        raise NotAnInvoice(seen["refused"])
    code = next(filter(None, map(read_qr, seen["codes"])), None)
    return Opened(
        inside=xml.read(base64.b64decode(seen["attached"])) if seen["attached"] else None,
        shown=see(seen["pages"]),
        code=code,
        forged_code=code is None and any(told.startswith(("01,31,", "01,32,")) for told in seen["codes"]),
    )


def _seen(content: bytes) -> dict[str, Any]:
    """What the other program saw. That it came to grief says that the file is damaged."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(PROGRAM)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd="/",
            env={name: os.environ[name] for name in HANDED_ON if name in os.environ},
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError):
        answer = {}
    return answer or {"refused": "I_DAMAGED"}
