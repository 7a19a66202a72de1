"""The English catalogue is complete, and no Chinese reaches a page but through it."""

import ast
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from flask import Flask
from flask_babel import Babel
from flask_wtf import FlaskForm
from jinja2 import Environment, nodes
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from translations.__main__ import CATALOGUE, ROOT, english, gathered, update

HAN = re.compile(r"[\u3400-\u9fff]")
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
"""Also the full-width punctuation."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sdgf]|%%|\{\w+\}")
MARKS = {"_", "_l", "gettext", "lazy_gettext"}
SHOWING = {
    "views.py", "presenting.py", "watching.py", "listing.py", "messages.py", "troubles.py", "shell.py", "home.py",
    "forms.py", "reveal.py", "security.py", "sheets.py",
}  # fmt: skip
"""Modules whose text is made for a reader. Synonyms of headings and values of cells are data and live elsewhere."""

LITERALS = {
    "console/bulk/presenting.py": {"是": "a value that a button writes into a cell, read by yes_or_no()"},
    "console/accounts/security.py": {
        "企业通信管理台": "the entry in a person's authenticator stays the same"
    },
}
TEMPLATE_LITERALS = {"中文": "a language is called by its own name", "、": "cut out of a list of suffixes"}
FULL_WIDTH = {"%(name)s（%(fee)g 元/月）": "the name of a plan is cut from its label at this bracket"}


@cache
def sentences() -> frozenset[str]:
    """Every Chinese sentence of code and templates."""
    return frozenset(message.id for message in gathered() if message.id)


def python_files() -> list[Path]:
    return [path for path in sorted((ROOT / "console").rglob("*.py")) if "simulator" not in path.parts]


def template_files() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_every_sentence_has_an_english_translation():
    ready = {message.id for message in english() if message.string.strip() and not message.fuzzy}

    assert len(sentences()) > 900
    assert sorted(sentences() - ready) == []


def test_the_catalogue_keeps_no_sentence_that_is_gone():
    assert sorted({message.id for message in english() if message.id} - sentences()) == []


def test_placeholders_are_those_of_the_chinese():
    differing = [
        message.id
        for message in english()
        if message.id
        and Counter(PLACEHOLDER.findall(message.id)) != Counter(PLACEHOLDER.findall(message.string))
    ]

    assert differing == []


def test_a_percent_sign_beside_placeholders_is_doubled():
    """Where values are put in, a single one would break the page."""
    lonely = [
        message.string
        for message in english()
        if "%(" in message.string and "%" in PLACEHOLDER.sub("", message.string)
    ]

    assert lonely == []


def test_english_is_english():
    texts = [
        re.sub("[（）]", "", message.string) if message.id in FULL_WIDTH else message.string
        for message in english()
        if message.id
    ]

    assert [text for text in texts if CHINESE.search(text)] == []


def test_english_neither_shouts_nor_begs():
    loud = [
        message.string for message in english() if message.id and re.search(r"!|[Pp]lease", message.string)
    ]

    assert loud == []


def test_updating_the_catalogue_twice_loses_nothing(tmp_path: Path):
    copy = tmp_path / "messages.po"
    shutil.copy(CATALOGUE, copy)

    update(copy)
    update(copy)

    before = {message.id: message.string for message in english() if message.id in sentences()}
    after = {message.id: message.string for message in english(copy)}
    assert before.items() <= after.items()


def test_the_source_is_chinese():
    """Flask-Admin and WTForms bring their own Chinese; their English sentences have no place among ours."""
    assert [sentence for sentence in sentences() if not CHINESE.search(sentence)] == []


def docstrings_and_translated(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            for argument in node.args:
                yield from ast.walk(argument)


def test_no_chinese_literal_escapes_the_catalogue_in_code():
    escaped = []
    for path in python_files():
        if path.name not in SHOWING:
            continue
        name, tree = path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))
        fine = {id(node) for node in docstrings_and_translated(tree)}
        escaped += [
            f"{name}:{node.lineno} {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value)
            if id(node) not in fine and node.value not in LITERALS.get(name, {})
        ]

    assert escaped == []


def test_what_is_given_to_gettext_is_written_out():
    """A sentence put together at run time is never gathered."""
    unknown = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                first = node.args[0] if node.args else None
                if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                    unknown.append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert unknown == []


@pytest.mark.parametrize(
    "path", template_files(), ids=lambda path: path.relative_to(ROOT / "templates").as_posix()
)
def test_no_chinese_escapes_the_catalogue_in_templates(path: Path):
    tree = Environment().parse(path.read_text("utf-8"))
    calls = [
        call
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in MARKS
    ]
    fine = {id(call.args[0]) for call in calls}
    text = [node.data for node in tree.find_all(nodes.TemplateData)]
    literals = [
        node.value
        for node in tree.find_all(nodes.Const)
        if isinstance(node.value, str) and id(node) not in fine and node.value not in TEMPLATE_LITERALS
    ]

    assert [part.strip() for part in [*text, *literals] if CHINESE.search(part)] == []
    assert [call.lineno for call in calls if not isinstance(call.args[0], nodes.Const)] == []


class TwoFields(FlaskForm):
    needed = StringField(validators=[InputRequired()])
    short = StringField(validators=[Length(max=2)])


def test_wtforms_says_its_own_sentences_in_chinese():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="tests", BABEL_DEFAULT_LOCALE="zh_Hans_CN", WTF_CSRF_ENABLED=False)
    Babel(app)

    with app.test_request_context("/", method="POST", data={"short": "too long"}):
        form = TwoFields()
        form.validate()

        assert set(form.errors) == {"needed", "short"}
        assert all(HAN.search(error) for errors in form.errors.values() for error in errors)


def test_flask_admin_brings_its_own_chinese():
    place = resources.files("flask_admin") / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "admin.mo"
    with resources.as_file(place) as path, path.open("rb") as file:
        theirs = read_mo(file)

    assert HAN.search(theirs["Record was successfully created."].string)
