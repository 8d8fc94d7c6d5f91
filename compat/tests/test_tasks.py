"""`async_query`: ids, the pending shape, reading once, cancelling."""

from harness import Legacy, wait_for

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER


def spawn(legacy: Legacy, seconds: float) -> int:
    return legacy.call('GET', f'/_test/slow?seconds={seconds}&async_query=true').result['task_id']


def test_life_of_a_task(session: Legacy) -> None:
    assert session.call('GET', '/tasks').text == '{"result": {"pending": [], "completed": []}, "message": ""}'
    quick, slow = spawn(session, 0), spawn(session, 60)
    assert (quick, slow) == (0, 1)
    wait_for(lambda: session.call('GET', '/tasks').result == {'pending': [slow], 'completed': [quick]})
    assert session.call('GET', f'/tasks/{slow}').text == (
        '{"result": {"status": "pending", "outcome": null}, "message": "The task with id 1 is still pending"}'
    )
    # finished and unread cannot be cancelled
    assert session.call('DELETE', f'/tasks/{quick}').status == 404
    assert session.call('GET', f'/tasks/{quick}').text == (
        '{"result": {"status": "completed", "outcome": {"result": {"slept": 0.0}, "message": ""}}, "message": ""}'
    )
    gone = session.call('GET', f'/tasks/{quick}')
    assert (gone.status, gone.text) == (
        404,
        '{"result": {"status": "not-found", "outcome": null}, "message": "No task with id 0 found"}',
    )
    assert session.call('DELETE', f'/tasks/{slow}').text == '{"result": true, "message": ""}'
    again = session.call('DELETE', f'/tasks/{slow}')
    assert (again.status, again.message) == (404, 'Did not cancel task with id 1 because it could not be found')


def test_logout_kills_tasks_and_keeps_counting(session: Legacy) -> None:
    assert spawn(session, 60) == 0
    session.logout(DEFAULT_USER)
    assert session.call('GET', '/tasks').result == {'pending': [], 'completed': []}
    session.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert spawn(session, 0) == 1


def test_validation_comes_before_the_task(session: Legacy) -> None:
    assert session.call('GET', '/balances/manual?async_query=true&zz=1').status == 400
    task = session.call('GET', '/balances/manual?async_query=true').result['task_id']
    asynchronous = session.outcome(task)['result']
    assert asynchronous == session.call('GET', '/balances/manual').result
    labels = [balance['label'] for balance in asynchronous['balances']]
    assert labels == sorted(labels, key=str.encode)


def test_a_task_that_raises(session: Legacy) -> None:
    task = session.call('GET', '/_test/slow?seconds=0&fail=oh+no&async_query=true').result['task_id']
    assert session.outcome(task) == {
        'result': None,
        'message': 'The backend query task died unexpectedly: oh no',
    }
