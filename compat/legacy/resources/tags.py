"""/tags. Every change answers with all tags."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, ValidationError, validates_schema

from legacy.arguments.fields import ColorField, EmptyAsNoneString, NonEmptyString, check_color
from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.db.driver import IntegrityError
from legacy.errors import ApiError
from legacy.guards import require_login
from legacy.wire import ok

COLUMNS = ('name', 'description', 'background_color', 'foreground_color')


class TagName(Schema):
    name = NonEmptyString(required=True)


class TagEdit(TagName):
    description = EmptyAsNoneString(load_default=None, allow_none=True)
    background_color = ColorField(load_default=None, allow_none=True)
    foreground_color = ColorField(load_default=None, allow_none=True)


class NewTag(TagEdit):
    @validates_schema
    def needs_colors(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data['background_color'] is None or data['foreground_color'] is None:
            raise ValidationError(
                'Background and foreground color should be given for the tag',
                field_name='background_color',
            )


def all_tags() -> Response:
    """In the order of the rows. One whose colors are broken is left out, with a warning to the user."""
    with backend().session.db.read_ctx() as cursor:
        rows = cursor.execute(f'SELECT {", ".join(COLUMNS)} FROM tags').fetchall()
    tags = {}
    for row in rows:
        tag = dict(zip(COLUMNS, row, strict=True))
        try:
            check_color(tag['background_color'])
            check_color(tag['foreground_color'])
        except (ValidationError, TypeError) as e:
            backend().messages.add_warning(f'Skipping tag {tag["name"]} from the database: {e}')
            continue
        tags[tag['name']] = tag
    return ok(tags)


class Tags(MethodView):
    @require_login
    def get(self) -> Response:
        return all_tags()

    @require_login
    @use_kwargs(NewTag, 'json')
    def put(self, name: str, description: str | None, background_color: str, foreground_color: str) -> Response:
        """A name that is taken is noticed inside the transaction, which is committed: `last_write_ts` moves."""
        taken = False
        with backend().session.db.user_write() as cursor:
            try:
                cursor.execute(
                    'INSERT INTO tags(name, description, background_color, foreground_color) VALUES(?, ?, ?, ?)',
                    (name, description, background_color, foreground_color),
                )
            except IntegrityError:
                taken = True
        if taken:
            raise ApiError(409, f'Tag with name {name} already exists. Tag name matching is case insensitive.')
        return all_tags()

    @require_login
    @use_kwargs(TagEdit, 'json')
    def patch(self, name: str, **fields_given: str | None) -> Response:
        changes = {column: value for column, value in fields_given.items() if value is not None}
        if not changes:
            raise ApiError(400, f'No field was given to edit for tag "{name}"')
        assignments = ', '.join(f'{column}=?' for column in changes)
        with backend().session.db.user_write() as cursor:
            cursor.execute(f'UPDATE tags SET {assignments} WHERE name=?', (*changes.values(), name))
            if cursor.rowcount < 1:
                raise ApiError(409, f'Tried to edit tag with name "{name}" which does not exist')
        return all_tags()

    @require_login
    @use_kwargs(TagName, 'json')
    def delete(self, name: str) -> Response:
        with backend().session.db.user_write() as cursor:
            cursor.execute('DELETE FROM tag_mappings WHERE tag_name=?', (name,))
            cursor.execute('DELETE FROM tags WHERE name=?', (name,))
            if cursor.rowcount < 1:
                raise ApiError(409, f'Tried to delete tag with name "{name}" which does not exist')
        return all_tags()
