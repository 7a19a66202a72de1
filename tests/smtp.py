"""A mail server for tests, as a process of its own: it keeps every letter as a file. `python -m tests.smtp PORT FOLDER`"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


class Box:
    """Takes whatever comes, except for people whose address begins with `full`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.count += 1
        (self.folder / f"{self.count:04}.part").write_bytes(envelope.content)
        (self.folder / f"{self.count:04}.part").rename(self.folder / f"{self.count:04}.eml")
        return "250 taken"


async def serve(port: int, folder: Path) -> None:
    box = Box(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, enable_SMTPUTF8=False), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
