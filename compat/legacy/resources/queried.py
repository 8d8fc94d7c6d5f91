"""/queried_addresses: a read that needs a login and touches nothing else. The bridge asks it who is in."""

from flask import Response
from flask.views import MethodView

from legacy.backend import backend
from legacy.guards import require_login
from legacy.wire import ok

PREFIX = 'queried_address_'

# The order of the answer; not that of the primary key.
MODULES = (
    'makerdao_dsr', 'makerdao_vaults', 'uniswap', 'loopring', 'eth2', 'sushiswap', 'liquity', 'pickle_finance', 'nfts',
)


class QueriedAddresses(MethodView):
    @require_login
    def get(self) -> Response:
        with backend().session.db.read_ctx() as cursor:
            rows = cursor.execute(
                'SELECT name, value FROM multisettings WHERE name LIKE ? ORDER BY name, value', (f'{PREFIX}%',),
            ).fetchall()
        found: dict[str, list[str]] = {}
        for module in MODULES:
            if addresses := [value for name, value in rows if name == PREFIX + module]:
                found[module] = addresses
        return ok(found)
