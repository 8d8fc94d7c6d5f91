"""A process that holds the write lock of a database, as a program: python holder.py PATH KIND < key

It says "held", and waits for the end of its input. Killed before that it leaves what it wrote, uncommitted."""

import sqlite3
import sys


def main() -> None:
    path, kind, name = sys.argv[1:]
    key = sys.stdin.readline().rstrip('\n')
    if key:
        try:
            from pysqlcipher3 import dbapi2 as module
        except ImportError:
            from sqlcipher3 import dbapi2 as module
    else:
        module = sqlite3
    connection = module.connect(path, isolation_level=None, timeout=30)
    if key:
        quoted = key.replace("'", "''")
        connection.execute(f"PRAGMA key='{quoted}'")
    connection.execute(f'BEGIN {kind}')
    connection.execute('INSERT INTO settings(name, value) VALUES(?, ?)', (f'chaos {name}', 'never committed'))
    print('held', flush=True)
    sys.stdin.read()
    connection.execute('ROLLBACK')
    connection.close()
    print('let go', flush=True)


main()
