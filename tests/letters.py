"""A real mail server for tests, and the letters that it took."""

import email
import email.policy
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from console.core import mail
from tests.conftest import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """(port, folder of letters)"""
    port, folder = free_port(), tmp_path_factory.mktemp("letters")
    process = subprocess.Popen([sys.executable, "-m", "tests.smtp", str(port), str(folder)])
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.05)
    yield port, folder
    process.terminate()
    process.wait()


@pytest.fixture
def letters(app, settings, server):
    """What came since, read anew with each call."""
    port, folder = server
    for old in folder.glob("*.eml"):
        old.unlink()
    mail.use(replace(settings, mail_url=f"smtp://127.0.0.1:{port}", mail_from="console@example.com"))
    yield lambda: [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(folder.glob("*.eml"))
    ]
    mail.use(settings)
