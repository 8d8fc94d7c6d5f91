"""A small, real backend with the habits of the one that `cutover` migrates.

Flask on gevent's one event loop, SQLCipher and SQLite files, a websocket notifier and a wire format
with two JSON styles. The demo and the test suite run it; nothing here is a mock.
"""
