"""The simulator as a web application: its parts put together, and refusals turned into answers."""

import json
import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from console.carrier.simulator.access import RateLimit
from console.carrier.simulator.admin import admin
from console.carrier.simulator.bills import bills, levers
from console.carrier.simulator.counter import counter
from console.carrier.simulator.details import consents, details
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.gateway import gateway
from console.carrier.simulator.index import index
from console.carrier.simulator.resources import resources
from console.carrier.simulator.simulation import Simulation
from console.carrier.simulator.sms import sms
from console.carrier.simulator.usages import usage_levers, usages

log = logging.getLogger(__name__)


def create_app(simulation: Simulation) -> Flask:
    app = Flask(__name__, template_folder="pages", static_folder=None)
    app.extensions["simulation"] = simulation
    app.extensions["rate limit"] = RateLimit()
    for part in (
        gateway,
        resources,
        bills,
        usages,
        admin,
        levers,
        usage_levers,
        details,
        consents,
        counter,
        sms,
        index,
    ):
        app.register_blueprint(part)
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, _no_such_page)
    app.register_error_handler(Exception, _broken)
    return app


def _refused(error: ApiError) -> Response:
    body = json.dumps(error.body(), ensure_ascii=False)
    response = Response(body, error.http_status, content_type="application/json; charset=utf-8")
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _no_such_page(error: HTTPException) -> Response:
    return _refused(ApiError("METHOD_NOT_ALLOWED" if isinstance(error, MethodNotAllowed) else "NOT_FOUND"))


def _broken(error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    return _refused(ApiError("INTERNAL", "模拟器内部错误"))
