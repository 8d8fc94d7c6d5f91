"""Fields whose refusals have texts of their own."""

import re
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from legacy.backend import backend
from legacy.locations import CHAR_OF

NUMBER = re.compile(r'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')


class NonEmptyString(fields.String):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text:
            raise ValidationError('Field cannot be an empty string')
        return text


class EmptyAsNoneString(fields.String):
    """An empty string means that nothing was given."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs) or None


def check_color(value: str) -> str:
    """Six hexadecimal digits, as lenient as Python's `int`: signs, blanks and underscores pass."""
    try:
        int(value, 16)
    except ValueError as e:
        problem = f'The given color code value "{value}" could not be processed as a hex color value'
        raise ValidationError(problem) from e
    if len(value) != 6:
        raise ValidationError(f'The given color code value "{value}" does not have 6 hexadecimal digits')
    return value


class ColorField(fields.Field):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f'Failed to deserialize color code from {type(value).__name__} entry')
        return check_color(value)


class TimestampField(fields.Field):
    """Seconds. Integers, whole floats and numeric strings pass."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        problem = 'Failed to deserialize a timestamp entry'
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValidationError(f'{problem}. Unexpected type {type(value)} given')
        if NUMBER.fullmatch(str(value).strip()) is None:
            raise ValidationError(
                f'{problem} from string {value} due to Expected string, int, float, or Decimal '
                f'to initialize an FVal.Found {type(value)}.',
            )
        if float(value) != int(float(value)):
            raise ValidationError(f'{problem} from string {value} due to Tried to ask for exact int from {value}')
        number = value if isinstance(value, int) else int(float(value))
        if number < 0:
            raise ValidationError(f'{problem}. Timestamps can not have negative values. Given value was {number}')
        return number


class AmountField(fields.Field):
    """A decimal number, as a number or a string. It is stored as it was written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        problem = 'Failed to deserialize value entry'
        if isinstance(value, bool):
            raise ValidationError(f'{problem}: Invalid type bool for data given to FVal constructor')
        if not isinstance(value, (int, float, str)):
            raise ValidationError(f'{problem}: Invalid type {type(value)} of data given to FVal constructor')
        if NUMBER.fullmatch(str(value).strip()) is None:
            raise ValidationError(
                f'{problem}: Expected string, int, float, or Decimal to initialize an FVal.Found {type(value)}.',
            )
        return str(Decimal(str(value).strip()))


class AssetField(fields.Field):
    """An identifier that global.db knows, in its own spelling: letters match in any case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f'Tried to initialize an asset out of a non-string identifier {value}')
        with backend().global_db.read_ctx() as cursor:
            row = cursor.execute('SELECT identifier FROM assets WHERE identifier=?', (value,)).fetchone()
        if row is None:
            raise ValidationError(f'Unknown asset {value} provided.')
        return row[0]


class NamedField(fields.Field):
    """A member of a closed set of names. Case does not matter, and `_` is as good as a space."""

    def __init__(self, kind: str, names: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.names = frozenset(names)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f'Failed to deserialize {self.kind} value from non string value: {value}')
        name = value.lower().replace('_', ' ')
        if name not in self.names:
            raise ValidationError(f'Failed to deserialize {self.kind} value {value}')
        return name


def location_field(**kwargs: Any) -> NamedField:
    return NamedField('Location', CHAR_OF, **kwargs)


class DelimitedList(fields.List):
    """A JSON list, or one string with commas in it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, str):
            value = value.split(',')
        if not isinstance(value, list):
            raise ValidationError('Not a valid delimited list.')
        return super()._deserialize(value, attr, data, **kwargs)
