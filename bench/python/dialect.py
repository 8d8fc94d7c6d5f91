"""SQLCipher for Python, under whichever name this interpreter has a wheel of it."""

from typing import Any

try:
    from pysqlcipher3 import dbapi2 as sqlcipher
except ImportError:  # Python 3.13 and newer
    from sqlcipher3 import dbapi2 as sqlcipher


def connect(file: str, passphrase: str | None) -> Any:
    """Opens a file. The key is derived at the first read."""
    connection = sqlcipher.connect(file)
    if passphrase is not None:
        quoted = passphrase.replace("'", "''")
        connection.execute(f"PRAGMA key = '{quoted}'")
    return connection
