"""The timeouts that the bridge is run with, and the bounds that follow from them. All in seconds."""

CONNECT = 1.0  # legacy.connect_timeout
QUEUE = 2.0  # legacy.queue_timeout
HEAD = 8.0  # legacy.header_timeout; above the 5 s that legacy waits for a lock
FRAME = 5.0  # legacy.frame_timeout
NATIVE = 5.0  # native.deadline
READ = 4.0  # data.read_deadline
WRITE_WAIT = 0.5  # native.write_wait
IDLE = 3.0  # legacy.idle_timeout
DRAIN = 5.0  # listen.drain_timeout
CHECK = 1.0  # session.check_interval
BREAKER = 1.0  # native.breaker_pause
PING, SILENCE = 2.0, 8.0  # ws.ping_interval, ws.ping_timeout

# What no key sets: docs/database.md, docs/compat.md, docs/routes.md.
BUSY = 15.0  # a native write waits that long for a lock
HOLD = 3.0  # and then holds it that long at most
INVALIDATION = 1.0  # legacy is told what is stale, and waited for
OPENING = 5.0  # a file is opened, or given up
GRACE = 0.5  # running reads of a file that is let go of
HELD_BY_PACKAGE = 2.0  # who logs in or out inside legacy waits so long for the bridge
REATTACH = 5.0  # the package's longest pause between two tries
RELOAD = 2.0  # routes.toml is looked at that often at least
LATE = 5.0  # legacy shows a native write, once its open statements are through
RESUBSCRIBE = 2.0  # the subscription, and what legacy kept meanwhile

LOAD = 6.0  # for a machine that others use too; added to each bound

# A request that is asked again has two connections.
FORWARDED = QUEUE + 2 * CONNECT + HEAD + FRAME
ANSWER = {
    'read': NATIVE + FORWARDED + LOAD,
    'write': WRITE_WAIT + BUSY + HOLD + INVALIDATION + WRITE_WAIT + FORWARDED + LOAD,
    'session': OPENING + GRACE + HELD_BY_PACKAGE + FORWARDED + LOAD,
    'body': FORWARDED + LOAD,
}
ADMIN = 5.0 + LOAD
RECOVERY = REATTACH + CHECK + BREAKER + RELOAD + OPENING + LOAD
DELIVERY = RESUBSCRIBE + HELD_BY_PACKAGE + LOAD
FOLLOWED = CHECK + HELD_BY_PACKAGE + LOAD  # a login or logout at legacy's own port

# What a bridge may have gained between its first calm and its end, after a run of any length.
MEMORY = 96 << 20  # bytes: parity.memory twice, and half as much again for the allocator
DESCRIPTORS = 6  # more than before it had clients: connections to legacy for its own questions
CONNECTIONS = 8  # to each database; data.readers, one that writes, and one that looks


def routes(socket: str, extra: str = '') -> str:
    """The routes.toml of the run: every mode there is, for routes that legacy has."""
    text = f'''\
[legacy]
connect_timeout = "{ms(CONNECT)}"
queue_timeout = "{ms(QUEUE)}"
header_timeout = "{ms(HEAD)}"
frame_timeout = "{ms(FRAME)}"
idle_timeout = "{ms(IDLE)}"

[listen]
drain_timeout = "{ms(DRAIN)}"
body_timeout = "5s"
write_timeout = "5s"

[data]
read_deadline = "{ms(READ)}"

[session]
check_interval = "{ms(CHECK)}"

[native]
deadline = "{ms(NATIVE)}"
write_wait = "{ms(WRITE_WAIT)}"
breaker_pause = "{ms(BREAKER)}"

[guardrails]
rollback = "off"

[flags]
override_header = true
native_writes = "guarded"

[ws]
mode = "bridge"
percent = 50
ping_interval = "{ms(PING)}"
ping_timeout = "{ms(SILENCE)}"

[compat]
socket = "{socket}"

[[task]]
name = "checkpoints"
mode = "native"
'''
    for name, mode in MODES.items():
        text += f'\n[[route]]\nname = "{name}"\n{mode}\n'
    return text + extra


def ms(seconds: float) -> str:
    return f'{round(seconds * 1000)}ms'


NATIVE_ROUTES = (
    'ping users_list info locations_all queried_addresses_list database_info '
    'tags_add tags_edit tags_delete notes_add notes_edit notes_delete '
    'calendar_list calendar_add calendar_edit calendar_delete history_events_add history_events_delete '
    'settings_edit assets_ignored_add assets_ignored_delete'
).split()
MODES = {name: 'mode = "native"' for name in NATIVE_ROUTES} | {
    'tags_list': 'mode = "verify"',
    'assets_ignored': 'mode = "verify"\nparity = [{ unordered = "/result", reason = "a set" }]',
    'settings_get': 'mode = "shadow"',
    'assets_types': 'mode = "shadow"',
    'notes_list': 'mode = "canary"\npercent = 50\nsticky = "header:x-user"',
}
