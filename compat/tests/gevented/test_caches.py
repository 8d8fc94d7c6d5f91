"""Exactly what is stale goes, and what is not there is none."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cutover_compat.package import Package
from cutover_compat.parts import CACHES
from test_session import REST

ETH, DAI, EUR = (SimpleNamespace(identifier=name) for name in ('ETH', 'DAI', 'EUR'))


class Pair(tuple):
    """Hashable, as a pair of assets is."""

    __hash__ = object.__hash__


@pytest.fixture
def rotki(load: Callable[[str], ModuleType]) -> Any:
    rotki = load('rotkehlchen.rotkehlchen').Rotkehlchen([])
    rotki.unlock_user('ada', 'x', **REST)
    return rotki


def test_assets_go_by_identifier_or_all(package: Package, load: Callable[[str], ModuleType]) -> None:
    resolver = load('rotkehlchen.assets.resolver').AssetResolver
    drop = package.caches['assets']
    drop(None)
    resolver()
    for cache in (resolver.assets_cache, resolver.types_cache):
        cache.update({'eth': 1, 'dai': 2, 'eur': 3})
    drop(['ETH', 'not there'])
    assert resolver.assets_cache == resolver.types_cache == {'dai': 2, 'eur': 3}
    drop(None)
    assert resolver.assets_cache == resolver.types_cache == {}


def test_prices_go_by_either_side_of_their_pair_or_all(package: Package, load: Callable[[str], ModuleType]) -> None:
    inquirer = load('rotkehlchen.inquirer').Inquirer
    drop = package.caches['current_prices']
    drop(None)
    inquirer()
    cache = inquirer._cached_current_price
    kept = Pair((DAI, EUR))
    for pair in (Pair((ETH, EUR)), Pair((EUR, ETH)), kept):
        cache.cache[pair] = 1
    drop(['ETH'])
    assert list(cache.cache) == [kept]
    drop(None)
    assert not cache.cache


def test_settings_are_read_anew_and_what_is_kept_beside_them_stays(package: Package, rotki: Any, load: Any) -> None:
    cached = load('rotkehlchen.rotkehlchen').CachedSettings()
    cached.update_entry('main_currency', 'EUR')
    cached.update_entry('beside', 'kept')
    rotki.stored['main_currency'] = 'USD'
    package.caches['settings'](None)
    assert vars(cached.get_settings()) == {'main_currency': 'USD', 'beside': 'kept'}
    rotki.logout()
    rotki.stored['main_currency'] = 'CHF'
    package.caches['settings'](None)
    assert cached.get_settings().main_currency == 'USD', 'nobody is in'


def test_the_status_of_events_goes_by_event_or_all(package: Package, rotki: Any) -> None:
    drop = package.caches['accounting_status']
    events = rotki.accountant.processable_events_cache
    signatures = rotki.accountant.processable_events_cache_signatures
    events.cache, signatures.cache = {1: 'a', 2: 'b'}, {3: [1, 2]}
    drop(['2'])
    assert events.cache == {1: 'a'}
    drop(None)
    assert (events.cache, signatures.cache) == ({}, {})
    del rotki.accountant
    drop(None)


def test_the_accounts_are_not_among_them(package: Package, rotki: Any, load: Callable[[str], ModuleType]) -> None:
    load('rotkehlchen.assets.resolver')
    assert package.shown_parts()['caches'] == ['accounting_status', 'assets', 'current_prices', 'settings']
    package.parts.switch(CACHES, False)
    assert package.shown_parts()['caches'] == []
