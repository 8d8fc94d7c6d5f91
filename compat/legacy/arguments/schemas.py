"""Parts that several endpoints share."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from legacy.arguments.fields import DelimitedList


class AsyncQuery(Schema):
    async_query = fields.Boolean(load_default=False)


class Paging(Schema):
    limit = fields.Integer(load_default=None, allow_none=True)
    offset = fields.Integer(load_default=None, allow_none=True)
    ascending = DelimitedList(fields.Boolean(), load_default=None, allow_none=True)
    order_by_attributes = DelimitedList(fields.String(), load_default=None, allow_none=True)

    @validates_schema
    def orders_in_pairs(self, data: dict[str, Any], **_kwargs: Any) -> None:
        attributes, ascending = data['order_by_attributes'], data['ascending']
        if (attributes is None) != (ascending is None):
            raise ValidationError(
                'order_by_attributes and ascending have to be both null or have a value',
                field_name='order_by_attributes',
            )
        if attributes is not None and len(attributes) != len(ascending):
            raise ValidationError(
                "order_by_attributes and ascending don't have the same length",
                field_name='order_by_attributes',
            )


def order_clause(attributes: list[str] | None, ascending: list[bool] | None, default: str) -> str:
    """Column names go into the SQL as they are: an unknown one is SQLite's to refuse."""
    if attributes is None or ascending is None:
        return f'ORDER BY {default}'
    terms = (f'{name or None} {"ASC" if up else "DESC"}' for name, up in zip(attributes, ascending, strict=True))
    return f'ORDER BY {", ".join(terms)}'


def page_clause(limit: int | None, offset: int | None) -> tuple[str, list[int]]:
    """Only both together page; a limit below one is none."""
    if limit is None or offset is None:
        return '', []
    return ' LIMIT ? OFFSET ?', [limit if limit > 0 else -1, offset]
