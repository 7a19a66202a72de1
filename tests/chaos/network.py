"""A piece of network between two processes that can be cut, slowed down or left half open."""

import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum

CHUNK = 65_536


class Road(StrEnum):
    """How the piece behaves."""

    OPEN = "open"
    CUT = "cut"
    """Connections end, new ones are refused at once."""
    SLOW = "slow"
    """Every piece of data takes a second longer."""
    HALF_OPEN = "half open"
    """What is sent arrives; what is answered is lost, and nobody is told."""


class Network:
    """A TCP proxy from a free port of this machine to `target`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.road = Road.OPEN
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listening.getsockname()[1])
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def become(self, road: Road) -> None:
        """What was cut or lost stays lost: connections from before end with their fault."""
        if Road.OPEN not in (self.road, road) or road is Road.CUT or self.road is Road.HALF_OPEN:
            self._end_all()
        self.road = road

    def close(self) -> None:
        self._listening.close()
        self._end_all()

    def _end_all(self) -> None:
        for one in list(self._open):
            _end(one)

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        if self.road is Road.CUT:
            _end(near)
            return
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=3)
        except OSError:
            _end(near)
            return
        far.settimeout(None)
        self._open |= {near, far}
        back = threading.Thread(target=self._carry, args=(far, near, True), daemon=True)
        back.start()
        self._carry(near, far, False)
        back.join()
        self._open -= {near, far}

    def _carry(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(CHUNK):
                if self.road is Road.SLOW:
                    time.sleep(1)
                if not (answers and self.road is Road.HALF_OPEN):
                    sink.sendall(data)
        except OSError:
            pass  # cut, or one of the two was killed
        finally:
            _end(source)
            _end(sink)


def _end(one: socket.socket) -> None:
    with suppress(OSError):  # it had ended already
        one.shutdown(socket.SHUT_RDWR)
    one.close()
