"""Replies on their way out: whole, cut in half, or not at all."""

import json
import socket
import struct

from flask import Response, request

from console.carrier.simulator.access import simulation
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.placing import Broken


def answer(reply: Reply | Broken) -> Response:
    if isinstance(reply, Broken):
        return _half(reply.half_of) if reply.half_of else _nothing(reply.after_s)
    body = "" if reply.status == 204 else json.dumps(reply.body, ensure_ascii=False)
    return Response(body, reply.status, reply.headers, content_type="application/json; charset=utf-8")


def _half(reply: Reply) -> Response:
    text = json.dumps(reply.body, ensure_ascii=False)
    return Response(text[: len(text) // 2], reply.status, content_type="application/json; charset=utf-8")


def _nothing(after_s: float) -> Response:
    """End the connection without a byte; with no waiting before, the hard way."""
    simulation().stopping.wait(after_s)
    connection: socket.socket = request.environ["werkzeug.socket"]
    if after_s == 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    # The server finds out that nobody listens any more when it tries to send this.
    return Response(status=500)
