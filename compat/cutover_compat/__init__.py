"""The bridge's half inside the legacy process: `python -m cutover_compat --bridge unix:/path -- -m rotkehlchen ...`.

In reading order: `cli` starts the backend, `importing` waits for its modules, `hooks` changes them, `link` keeps the
connection to the bridge. Nothing here may break the backend: whatever goes wrong, the original runs.
"""

__version__ = '1'
