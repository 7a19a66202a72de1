"""Starts the tax platform of a rehearsal: `python -m console.invoices.platform --port 8950 --database tax.db`"""

import argparse
import logging
import os
import signal
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from console.invoices.platform.app import create_app
from console.invoices.platform.ledger import Ledger


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A line for every request would drown what matters."""


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m console.invoices.platform", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8950)
    parser.add_argument("--database", default="tax.db")
    told = parser.parse_args()
    keys = [os.environ.get(name, "") for name in ("TAX_APP_KEY", "TAX_APP_SECRET", "TAX_TOKEN")]
    if not all(keys):
        raise SystemExit("TAX_APP_KEY, TAX_APP_SECRET and TAX_TOKEN must be set, as for the console.")
    app = create_app(Ledger(told.database), keys[0], keys[1], keys[2])
    server = make_server(told.host, told.port, app, threaded=True, request_handler=Quiet)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
