"""Every probe, by theme. Importing this declares them."""

from importlib import import_module

# In the order of the tables.
MODULES = (
    'framing',
    'codings',
    'chunks',
    'heads',
    'hosts',
    'paths',
    'request_headers',
    'answer_headers',
    'bodies',
    'expectations',
    'interim',
    'answers',
    'excess',
    'upgrades',
    'grants',
    'tunnels',
    'tunnel_ends',
    'versions',
    'limits',
    'timeouts',
    'failures',
    'pool',
    'clients',
    'websocket_handshake',
    'websocket_frames',
)

for _module in MODULES:
    import_module(f'probes.{_module}')
