"""What the upload page asks for."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField


class UploadForm(FlaskForm):
    """The kinds that the person may upload are filled in by the page."""

    kind = RadioField(_l("办理什么业务"))
    roster = FileField(_l("名单"), [FileRequired(_l("请选择名单文件"))])
