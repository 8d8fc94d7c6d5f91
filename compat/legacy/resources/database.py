"""/database: what lies in the files, making a backup, downloading one."""

import re
from pathlib import Path
from typing import Any

from flask import Response, send_file
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.db.userdb import read_setting
from legacy.errors import ApiError
from legacy.guards import require_login
from legacy.wire import ok

BACKUP = re.compile(r'(\d+)_rotkehlchen_db_v(\d+)\.backup')


class BackupFile(Schema):
    file = fields.String(required=True)


class DatabaseInfo(MethodView):
    def get(self) -> Response:
        global_db = backend().global_db
        return ok({
            'globaldb': {
                'globaldb_schema_version': int(read_setting(global_db, 'version') or 0),
                'globaldb_assets_version': int(read_setting(global_db, 'assets_version') or 0),
            },
            'userdb': {} if backend().session.user is None else user_info(),
        })


def user_info() -> dict[str, Any]:
    """The size is that of the main file; what is still in the WAL does not count."""
    db = backend().session.db
    backups = []
    for path in db.path.parent.iterdir():
        match = BACKUP.fullmatch(path.name)
        if match is not None:
            backups.append({'time': int(match[1]), 'version': int(match[2]), 'size': path.stat().st_size})
    return {
        'info': {
            'filepath': str(db.path),
            'size': db.path.stat().st_size,
            'version': int(read_setting(db, 'version') or 0),
        },
        'backups': backups,
    }


class DatabaseBackups(MethodView):
    @require_login
    def put(self) -> Response:
        return ok(str(backend().session.backup()))

    @require_login
    @use_kwargs(BackupFile, 'json_and_query')
    def get(self, file: str) -> Response:
        path = Path(file)
        if path.parent != backend().session.db.path.parent or not path.is_file():
            raise ApiError(409, f'DB backup file {file} is not in the user directory')
        return send_file(path, as_attachment=True)
