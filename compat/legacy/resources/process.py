"""What needs no database: ping, info, messages, constants."""

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.db.driver import INSTRUCTIONS_PER_YIELD
from legacy.guards import require_login
from legacy.resources.constants import ASSET_TYPES, CONNECTED_CHAINS, LOCATIONS
from legacy.wire import ok


class InfoQuery(Schema):
    check_for_updates = fields.Boolean(load_default=False)


class Ping(MethodView):
    def get(self) -> Response:
        return ok(True)


class Info(MethodView):
    @use_kwargs(InfoQuery, 'json_and_query')
    def get(self, check_for_updates: bool) -> Response:
        """Looking for updates finds none: there is no server to ask."""
        return ok({
            'version': {'our_version': '0.0.0', 'latest_version': None, 'download_url': None},
            'data_directory': str(backend().data_dir),
            'log_level': backend().log_level,
            'accept_docker_risk': False,
            'backend_default_arguments': {
                'max_logfiles_num': 3,
                'max_size_in_mb_all_logs': 300,
                'sqlite_instructions': INSTRUCTIONS_PER_YIELD,
            },
        })


class Messages(MethodView):
    def get(self) -> Response:
        """Reading empties both queues."""
        warnings, errors = backend().messages.drain()
        return ok({'warnings': warnings, 'errors': errors})


class Periodic(MethodView):
    @require_login
    def get(self) -> Response:
        with backend().session.db.read_ctx() as cursor:
            last = cursor.execute('SELECT MAX(timestamp) FROM timed_location_data').fetchone()[0]
        return ok({
            'last_balance_save': last or 0,
            'connected_nodes': {chain: [] for chain in CONNECTED_CHAINS},
            'last_data_upload_ts': 0,
        })


class AssetTypes(MethodView):
    def get(self) -> Response:
        return ok(ASSET_TYPES)


class Locations(MethodView):
    def get(self) -> Response:
        return ok({'locations': LOCATIONS})

