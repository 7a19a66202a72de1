"""Letters that say that a month is there, against a real mail server."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from console.accounts.models import User
from console.core import mail
from console.core.config import BadSettings
from console.core.db import session, transaction
from console.expenses import mailing
from console.expenses.models import StatementMail, StatementReader
from jobs import delivery
from tests.conftest import free_port
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of
from tests.letters import letters, server

__all__ = ["letters", "server"]


@pytest.fixture
def fay(people, sign_in):
    browser = sign_in("fay")
    asked = {"user": str(people.users["fay"][0]), "email": "fay@example.com"}
    assert browser.post("/statements/mailing/add", asked).status_code == 302
    return browser


def bill(people):
    hired = hire(people, "ann", lines=2, active=2)
    charged = [billed(i, 5900, number) for i, number in enumerate(numbers_of(people, hired.lines))]
    take_in(people, "ann", charged)
    return charged


def test_a_letter_comes_once_with_a_link_and_nothing_of_the_month(people, fay, letters):
    bill(people)
    delivery.mail_statements(people.acme)
    delivery.mail_statements(people.acme)
    (letter,) = letters()
    assert letter["To"] == "fay@example.com"
    assert letter["Subject"] == f"Acme 示例 {PERIOD} 月账单已出"
    text = letter.get_body().get_content()
    assert f"http://localhost/statements/{PERIOD}/" in text
    assert "118.00" not in text and not list(letter.iter_attachments())
    assert f"/statements/{PERIOD}/" in text and "199" not in text.replace("localhost", "")


def test_a_corrected_month_is_told_again(people, fay, letters):
    charged = bill(people)
    delivery.mail_statements(people.acme)
    changed = [replace(charged[0], amount_fen=6000, operator_version=2), charged[1]]
    take_in(people, "ann", changed)
    delivery.mail_statements(people.acme)
    assert [letter["Subject"][-3:] for letter in letters()] == ["单已出", "有更正"]


def test_a_month_from_before_is_not_told(people, sign_in, letters):
    bill(people)
    sign_in("vic").post(
        "/statements/mailing/add", {"user": str(people.users["vic"][0]), "email": "vic@example.com"}
    )
    delivery.mail_statements(people.acme)
    assert letters() == []


def test_what_the_server_does_not_take_is_tried_again_as_the_same_letter(people, fay, letters, settings):
    bill(people)
    with people.as_("fay"), transaction():
        session.execute(update(User).where(User.login == "fay").values(name="Fay"))
        session.scalars(select(StatementReader)).one().email = "full@example.com"
    delivery.mail_statements(people.acme)
    assert letters() == []
    delivery.mail_statements(people.acme)
    with people.as_("fay"), transaction():
        letter = session.scalars(select(StatementMail)).one()
        assert (letter.tries, letter.sent_at) == (1, None), "not before its pause is over"
        letter.next_try_at -= timedelta(days=1)
        session.scalars(select(StatementReader)).one().email = "fay@example.com"
    delivery.mail_statements(people.acme)
    (taken,) = letters()
    assert taken["Message-ID"] == f"<statement-{people.acme}-{letter.id}@example.com>"


def test_it_is_given_up_after_some_tries(people, fay, letters):
    bill(people)
    mail.use(replace(mail._Door.settings, mail_url=f"smtp://127.0.0.1:{free_port()}"))
    for _try in range(len(mailing.PAUSES) + 2):
        delivery.mail_statements(people.acme)
        with people.as_("fay"), transaction():
            letter = session.scalars(select(StatementMail)).one()
            letter.next_try_at -= timedelta(days=2)
    assert letter.tries == len(mailing.PAUSES)


@pytest.mark.parametrize("loss", [{"role": "hr"}, {"enabled": False}])
def test_who_may_not_read_statements_any_more_is_not_written_to(people, fay, letters, loss):
    bill(people)
    with people.as_("olga"), transaction():
        mailing.note()
        session.execute(update(User).where(User.login == "fay").values(**loss))
    delivery.mail_statements(people.acme)
    assert letters() == []


def test_finance_chooses_for_others_and_everybody_for_himself(people, fay, sign_in):
    ids = {login: str(user) for login, (user, _company) in people.users.items()}
    assert (
        fay.post("/statements/mailing/add", {"user": ids["vic"], "email": "v@example.com"}).status_code == 302
    )
    assert "v@example.com" in fay.get("/statements/mailing").text
    vic = sign_in("vic")
    page = vic.get("/statements/mailing").text
    assert "v@example.com" in page and "fay@example.com" not in page, "the others' addresses are theirs"
    stranger = {"user": ids["fay"], "email": "w@example.com"}
    assert vic.post("/statements/mailing/add", stranger).status_code == 403
    assert vic.post("/statements/mailing/remove", {"user": ids["fay"]}).status_code == 403
    assert vic.post("/statements/mailing/remove", {"user": ids["vic"]}).status_code == 302
    assert vic.post("/statements/mailing/remove", {"user": ids["vic"]}).status_code == 404
    for nobody in (ids["hal"], ids["bo"], "0", "x"):
        answer = fay.post("/statements/mailing/add", {"user": nobody, "email": "n@example.com"})
        assert answer.status_code == 404, "who may not read statements, or is not of this company"
    assert sign_in("hal").get("/statements/mailing").status_code == 403
    assert "还没有收件人" in sign_in("bo").get("/statements/mailing").text


@given(st.text(max_size=30), st.sampled_from(["\n", "\r\n", "\0", " ", ",", ";", "<", ">", '"', "，"]))
def test_an_address_cannot_hold_a_second_one(text, between):
    assert not mail.is_address(f"a@example.com{between}{text}")
    assert not mail.is_address(f"{text}{between}a@example.com")


def test_a_password_never_leaves_without_encryption(settings, server, letters):
    mail.use(
        replace(mail._Door.settings, mail_url=f"smtp://console:secret@127.0.0.1:{server[0]}")
    )  # the server knows no STARTTLS
    assert not mail.send("fay@example.com", "账单", "text", "k")
    assert letters() == []


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25", "smtp:host"])
def test_a_mail_server_that_cannot_be_one_stops_the_start(settings, url):
    with pytest.raises(BadSettings, match="MAIL_URL"):
        mail.use(replace(settings, mail_url=url, mail_from="a@example.com"))
    with pytest.raises(BadSettings, match="MAIL_FROM"):
        mail.use(replace(settings, mail_url="smtp://host", mail_from="nobody"))
