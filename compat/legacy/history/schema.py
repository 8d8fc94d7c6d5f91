"""Arguments of `POST` and `PUT /history/events`."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from legacy.arguments.fields import (
    AmountField,
    AssetField,
    DelimitedList,
    EmptyAsNoneString,
    NamedField,
    NonEmptyString,
    TimestampField,
    location_field,
)
from legacy.arguments.schemas import Paging
from legacy.history.model import EVENT_SUBTYPES, EVENT_TYPES, EntryType

ENTRY_TYPES = {entry.wire_name: entry.value for entry in EntryType}


def not_negative(value: int) -> None:
    if value < 0:
        raise ValidationError('Identifier must be an integer >= 0')


class EntryTypesField(fields.Field):
    """`{"values": [...], "behaviour": "include"|"exclude"}` becomes the numbers and whether they are excluded."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[list[int], bool]:
        if not isinstance(value, dict):
            raise ValidationError('Not a valid mapping type.')
        behaviour = value.get('behaviour', 'include')
        if behaviour not in ('include', 'exclude'):
            raise ValidationError("Behaviour must be either 'include' or 'exclude'.")
        members = DelimitedList(NamedField('HistoryBaseEntryType', ENTRY_TYPES))
        names: list[Any] = members.deserialize(value.get('values'), attr, data) or []
        if not names:
            raise ValidationError('List cant be empty')
        return [ENTRY_TYPES[name] for name in names], behaviour == 'exclude'


class EventsFilter(Paging):
    group_by_event_ids = fields.Boolean(load_default=False)
    from_timestamp = TimestampField(load_default=None)
    to_timestamp = TimestampField(load_default=None)
    event_types = DelimitedList(NamedField('HistoryEventType', EVENT_TYPES), load_default=None, allow_none=True)
    event_subtypes = DelimitedList(
        NamedField('HistoryEventSubType', EVENT_SUBTYPES), load_default=None, allow_none=True,
    )
    entry_types = EntryTypesField(load_default=None, allow_none=True)
    location = location_field(load_default=None, allow_none=True)
    location_labels = DelimitedList(fields.String(), load_default=None, allow_none=True)
    asset = AssetField(load_default=None, allow_none=True)
    identifiers = DelimitedList(fields.Integer(validate=not_negative), load_default=None, allow_none=True)
    event_identifiers = DelimitedList(fields.String(), load_default=None, allow_none=True)
    notes_substring = fields.String(load_default=None, allow_none=True)
    exclude_ignored_assets = fields.Boolean(load_default=True)
    customized_events_only = fields.Boolean(load_default=False)

    @validates_schema
    def orders_by_time_only(self, data: dict[str, Any], **_kwargs: Any) -> None:
        for attribute in data['order_by_attributes'] or ():
            if attribute != 'timestamp':
                raise ValidationError(
                    f'order_by_attributes for history event data can not be {attribute}',
                    field_name='order_by_attributes',
                )


class NewEvent(Schema):
    """A plain event; the other entry types can not be added here. The time is in milliseconds."""

    entry_type = NamedField('HistoryBaseEntryType', (EntryType.HISTORY_EVENT.wire_name,), required=True)
    timestamp = TimestampField(required=True)
    amount = AmountField(required=True)
    event_type = NamedField('HistoryEventType', EVENT_TYPES, required=True)
    event_subtype = NamedField('HistoryEventSubType', EVENT_SUBTYPES, required=True)
    asset = AssetField(required=True)
    user_notes = EmptyAsNoneString(load_default=None, allow_none=True)
    sequence_index = fields.Integer(required=True)
    location_label = EmptyAsNoneString(load_default=None, allow_none=True)
    event_identifier = NonEmptyString(required=True)
    location = location_field(required=True)
