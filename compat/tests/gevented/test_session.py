"""What the bridge is told of logins and files, and that the backend does without when it can not be told."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import gevent
import pytest

from cutover_compat.package import Package
from cutover_compat.parts import SESSION
from scripted import ScriptedBridge, until

REST = {'create_new': False, 'sync_approval': 'no', 'premium_credentials': None, 'resume_from_backup': False}
BEGIN, END = {'event': 'files', 'phase': 'begin'}, {'event': 'files', 'phase': 'end'}


@pytest.fixture
def rotki(attached: ScriptedBridge, load: Callable[[str], ModuleType]) -> Any:
    return load('rotkehlchen.rotkehlchen').Rotkehlchen([])


def login(user: str, password: str) -> dict[str, str]:
    return {'event': 'login', 'user': user, 'password': password}


def test_logins_passwords_and_logouts_are_told_between_the_begin_and_end_of_files(rotki: Any, attached: ScriptedBridge) -> None:
    attached.answers['/session'] = lambda said: (rotki.steps.append(said), (200, {}))[1]
    rotki.unlock_user('ada', password='x', **REST)
    rotki.data.db.change_password('y')
    rotki.data.db.create_db_backup()
    rotki.logout()
    assert rotki.steps == [
        BEGIN, 'unlock', login('ada', 'x'), END,
        BEGIN, {'event': 'password', 'user': 'ada', 'password': 'y'}, END,
        BEGIN, END,
        BEGIN, 'logout', {'event': 'logout'}, END,
    ]  # what is within a login is part of it: the import there says nothing of its own


def test_what_fails_in_the_backend_fails_as_it_did_and_the_files_are_given_back(rotki: Any, attached: ScriptedBridge) -> None:
    with pytest.raises(ValueError, match='wrong password'):
        rotki.unlock_user('ada', 'wrong', **REST)
    assert attached.said('/session') == [BEGIN, END]


def test_a_bridge_that_comes_back_hears_who_is_in_without_a_new_login(
    package: Package,
    rotki: Any,
    attached: ScriptedBridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr('cutover_compat.link.FIRST_RETRY', 0.02)
    rotki.unlock_user('ada', 'x', **REST)
    attached.stop()
    until(lambda: package.link is not None and not package.link.attached)
    attached.heard.clear()
    attached.start()
    until(lambda: attached.said('/session') == [login('ada', 'x')])
    rotki.logout()
    attached.stop()
    until(lambda: package.link is not None and not package.link.attached)
    attached.heard.clear()
    attached.start()
    until(lambda: package.link is not None and package.link.attached)
    assert attached.said('/session') == []


def test_files_that_are_at_work_when_the_bridge_comes_are_told(package: Package, bridge: ScriptedBridge) -> None:
    package.parts.place(SESSION, 'a test')
    package.files('begin')
    package.start()
    until(lambda: bridge.said('/session') == [BEGIN])
    package.files('end')
    assert bridge.said('/session') == [BEGIN, END]


def test_without_a_bridge_or_with_the_part_off_nothing_is_told(package: Package, rotki: Any, attached: ScriptedBridge) -> None:
    package.parts.switch(SESSION, False)
    rotki.unlock_user('ada', 'x', **REST)
    package.parts.switch(SESSION, True)
    attached.stop()
    until(lambda: package.link is not None and not package.link.attached)
    rotki.logout()
    assert attached.said('/session') == []
    assert rotki.steps == ['unlock', 'logout']


def test_a_part_that_is_switched_off_in_the_middle_gives_the_files_back(package: Package, rotki: Any, attached: ScriptedBridge) -> None:
    package.files('begin')
    package.parts.switch(SESSION, False)
    package.files('end')
    assert attached.said('/session') == [BEGIN, END]


def test_a_bridge_that_fails_to_hear_is_connected_to_anew(
    package: Package,
    rotki: Any,
    attached: ScriptedBridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    attached.answers['/session'] = lambda _: (500, {'error': 'broken'})
    rotki.unlock_user('ada', 'secret of ada', **REST)
    assert rotki.user_is_logged_in
    until(lambda: len(attached.said('/attach')) == 2)
    said = ' '.join(record.getMessage() + str(record.exc_info) for record in caplog.records)
    assert 'broken' in said
    assert 'secret of ada' not in said


def test_a_greenlet_that_is_killed_while_it_tells_the_bridge_gives_the_files_back(
    package: Package,
    rotki: Any,
    attached: ScriptedBridge,
) -> None:
    def hang(said: Any) -> tuple[int, Any]:
        if said == BEGIN:
            gevent.sleep(0.05)
        return 200, {}

    attached.answers['/session'] = hang
    login_of_ada = gevent.spawn(rotki.unlock_user, 'ada', 'x', **REST)
    until(lambda: attached.said('/session') == [BEGIN])
    login_of_ada.kill()
    assert (rotki.steps, package.files_at_work) == ([], 0)
    rotki.logout()
    assert attached.said('/session')[-1] == END
