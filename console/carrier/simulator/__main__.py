"""Starting the simulator: python -m console.carrier.simulator --port 8900 --database operator.db"""

import argparse
import logging
import os
import signal
import threading
from types import FrameType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from console.carrier.simulator import callbacks, progress
from console.carrier.simulator.app import create_app
from console.carrier.simulator.settings import PRESETS
from console.carrier.simulator.simulation import SHARDS, Options, Simulation


class QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A line for every request would drown what matters."""


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    arguments = _arguments()
    simulation = Simulation(_options(arguments))
    server = make_server(
        arguments.host,
        arguments.port,
        create_app(simulation),
        threaded=True,
        request_handler=QuietHandler,
    )
    workers = _workers(simulation)
    _stop_on_signals(simulation, server)
    logging.info("operator simulator on %s:%s, preset %s", *server.server_address[:2], simulation.preset)
    server.serve_forever(poll_interval=0.1)
    simulation.stop()
    for worker in workers:
        worker.join(timeout=4)
    simulation.ledger.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m console.carrier.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--database", default="operator.db")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="demo")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--admin", action="store_true", help="open the /sim levers, as SIM_ADMIN=1 does")
    return parser.parse_args()


def _options(arguments: argparse.Namespace) -> Options:
    app_id, secret = os.environ.get("OPERATOR_APP_ID"), os.environ.get("OPERATOR_SECRET")
    if not app_id or not secret:
        raise SystemExit("OPERATOR_APP_ID and OPERATOR_SECRET must be set, as for the console.")
    return Options(
        database=arguments.database,
        app_id=app_id,
        secret=secret,
        seed=arguments.seed,
        preset=arguments.preset,
        admin=arguments.admin or os.environ.get("SIM_ADMIN") == "1",
    )


def _workers(simulation: Simulation) -> list[threading.Thread]:
    workers = [threading.Thread(target=progress.work, args=(simulation,), name="work clock", daemon=True)]
    workers += [
        threading.Thread(target=callbacks.send, args=(simulation, shard), name=f"sender {shard}", daemon=True)
        for shard in range(SHARDS)
    ]
    for worker in workers:
        worker.start()
    return workers


def _stop_on_signals(simulation: Simulation, server: BaseWSGIServer) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        simulation.stop()
        # Shutting down waits for the serving loop, which is the thread that this handler interrupts.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    main()
