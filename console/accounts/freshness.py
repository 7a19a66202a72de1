"""Whether the last one-time code is young enough, and where to go for a new one."""

from flask import current_app, flash, redirect, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from console.accounts import rules
from console.core import clock


def is_fresh() -> bool:
    """For ten minutes a code stands for another one."""
    return rules.fresh(current_user.factor_at, clock.now(), current_app.extensions["settings"].factor_life)


def code_first(back: str, why: str) -> Response | None:
    """The page of the second step when the last code is too old; afterwards the person is `back`."""
    if is_fresh():
        return None
    session["next"] = back
    flash(why, "info")
    return redirect(url_for("sign_in.second_factor"))
