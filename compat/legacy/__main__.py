"""`python -m legacy`: patch the standard library first, import everything else after."""

from gevent import monkey

monkey.patch_all()

from legacy.cli import main  # noqa: E402  (must come after the patch)

if __name__ == '__main__':
    raise SystemExit(main())
