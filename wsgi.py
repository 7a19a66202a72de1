"""For the web server: gunicorn wsgi:app."""

from console.app import create_app
from console.core import logs
from console.core.config import Settings

logs.configure()
app = create_app(Settings.from_environment())
