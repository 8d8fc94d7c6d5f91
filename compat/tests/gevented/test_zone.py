"""The time zone that the package tells."""

import time

import pytest

from cutover_compat import zone


@pytest.mark.parametrize('name', ['UTC', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'])
def test_it_is_told_by_every_change_of_its_offset(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('TZ', name)
    time.tzset()
    try:
        told = zone.changes()
        offsets = [(at, time.localtime(at).tm_gmtoff) for at in range(zone.BEGIN, zone.END, zone.HOUR)]
    finally:
        monkeypatch.undo()
        time.tzset()
    changed = [now for before, now in zip(offsets, offsets[1:], strict=False) if before[1] != now[1]]
    assert told == [offsets[0], *changed]
    assert (len(told) == 1) is (name in {'UTC', 'Asia/Kolkata'})
