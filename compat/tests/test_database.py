"""/database and what concurrent connections do to the backend."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import Legacy

from legacy.db.driver import UserConnection
from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER


def main_file(legacy: Legacy) -> Path:
    return legacy.data_dir / 'users' / DEFAULT_USER / 'rotkehlchen.db'


def add_tag(legacy: Legacy, name: str) -> int:
    return legacy.call('PUT', '/tags', {'name': name, 'background_color': '000000', 'foreground_color': 'ffffff'}).status


def last_write(legacy: Legacy) -> int:
    return legacy.call('GET', '/settings').result['last_write_ts']


def test_info(legacy: Legacy) -> None:
    assert legacy.call('GET', '/database/info').result['userdb'] == {}
    legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    info = legacy.call('GET', '/database/info').result
    assert info['globaldb'] == {'globaldb_schema_version': 13, 'globaldb_assets_version': 18}
    path = main_file(legacy)
    assert info['userdb'] == {
        'info': {'filepath': str(path), 'size': path.stat().st_size, 'version': 49}, 'backups': [],
    }


def test_backup_and_download(session: Legacy) -> None:
    path = Path(session.call('PUT', '/database/backups').result)
    assert path.parent == main_file(session).parent
    assert path.read_bytes() == main_file(session).read_bytes()
    backups = session.call('GET', '/database/info').result['userdb']['backups']
    assert [backup['size'] for backup in backups] == [path.stat().st_size]

    target = f'/database/backups?file={path}'
    answer = session.call('GET', target)
    assert answer.body == path.read_bytes()
    assert answer.header('mimetype') is None
    assert answer.header('Content-Disposition') == f'attachment; filename={path.name}'
    assert answer.header('Cache-Control') == 'no-cache'
    etag = answer.header('ETag') or ''
    assert session.raw('GET', f'/api/1{target}', headers=[('If-None-Match', etag)]).status == 304
    part = session.raw('GET', f'/api/1{target}', headers=[('Range', 'bytes=10-19')])
    assert (part.status, part.body) == (206, path.read_bytes()[10:20])
    head = session.call('HEAD', target)
    assert (head.header('Content-Length'), head.body) == (str(path.stat().st_size), b'')


def test_only_backups_of_the_user_can_be_downloaded(session: Legacy) -> None:
    for file in (session.data_dir / 'global' / 'global.db', main_file(session).parent / 'nope'):
        assert session.call('GET', f'/database/backups?file={file}').status == 409


def test_backup_lacks_what_is_in_the_wal(session: Legacy) -> None:
    before = main_file(session).read_bytes()
    assert add_tag(session, 'in the wal') == 200
    assert Path(session.call('PUT', '/database/backups').result).read_bytes() == before


def test_last_write_ts_moves_with_writes_only(session: Legacy) -> None:
    connection = UserConnection(main_file(session), DEFAULT_PASSWORD)
    connection.script("UPDATE settings SET value='1' WHERE name='last_write_ts'")
    connection.close()
    assert session.call('DELETE', '/tags', {'name': 'nope'}).status == 409
    assert session.call('POST', '/notes', {}).status == 200
    assert last_write(session) == 1
    # moves even if nothing changed
    assert session.call('PUT', '/assets/ignored', {'assets': []}).status == 200
    assert last_write(session) > 1


def test_settings_reset_the_name_priority(session: Legacy) -> None:
    given = session.call('PUT', '/settings', {'settings': {'address_name_priority': ['ens_names']}})
    assert given.result['address_name_priority'] == ['ens_names']
    other = session.call('PUT', '/settings', {'settings': {'ui_floating_precision': 3}})
    assert len(other.result['address_name_priority']) == 6


def test_a_tag_with_broken_colors_is_skipped_with_a_warning(session: Legacy) -> None:
    connection = UserConnection(main_file(session), DEFAULT_PASSWORD)
    connection.script("UPDATE tags SET background_color='red' WHERE name='Alpha'")
    connection.close()
    assert 'Alpha' not in session.call('GET', '/tags').result
    assert [text.split(':')[0] for text in session.call('GET', '/messages').result['warnings']] == [
        'Skipping tag Alpha from the database',
    ]


def test_logout_in_the_middle_of_reads(session: Legacy) -> None:
    """Every read is answered: with data, or that nobody is logged in any more."""
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(session.call('POST', '/history/events', {}).status))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    assert session.logout(DEFAULT_USER).status == 200
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 401, 500}
    assert len(statuses) == 10
    assert session.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200


@contextmanager
def foreign_write_lock(legacy: Legacy) -> Iterator[None]:
    foreign = UserConnection(main_file(legacy), DEFAULT_PASSWORD)
    try:
        with foreign.write_ctx() as cursor:
            cursor.execute('DELETE FROM tags WHERE 0')
            yield
    finally:
        foreign.close()


def test_a_foreign_write_lock_freezes_the_whole_process(session: Legacy) -> None:
    statuses: list[int] = []
    waits: list[float] = []

    def ping() -> None:
        begin = time.monotonic()
        session.call('GET', '/ping')
        waits.append(time.monotonic() - begin)

    writer = threading.Thread(target=lambda: statuses.append(add_tag(session, 'waits')))
    pinger = threading.Thread(target=ping)
    with foreign_write_lock(session):
        writer.start()
        time.sleep(0.3)
        pinger.start()
        time.sleep(0.7)
    writer.join()
    pinger.join()
    assert statuses == [200]
    assert waits[0] > 0.4


def test_a_foreign_write_lock_that_stays_is_a_500_and_leaves_the_backend_usable(session: Legacy) -> None:
    with foreign_write_lock(session):
        answer = session.call('DELETE', '/tags', {'name': 'Alpha'})
        assert (answer.status, answer.message) == (500, 'database is locked')
    assert session.call('DELETE', '/tags', {'name': 'Alpha'}).status == 200


def test_history_pages_without_gaps(session: Legacy) -> None:
    everything = session.call('POST', '/history/events', {}).result
    pages = []
    for offset in range(0, everything['entries_found'], 40):
        pages += session.call('POST', '/history/events', {'limit': 40, 'offset': offset}).result['entries']
    assert pages == everything['entries']
    assert everything['entries_total'] == 500
    times = [entry['entry']['timestamp'] for entry in pages]
    assert times == sorted(times, reverse=True)
    ascending = session.call('POST', '/history/events', {'order_by_attributes': ['timestamp'], 'ascending': [True]}).result
    assert [entry['entry']['timestamp'] for entry in ascending['entries']] == sorted(times)


def test_parallel_writes_all_arrive(session: Legacy) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda i=i: statuses.append(add_tag(session, f'parallel {i} {os.getpid()}')))
        for i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20
