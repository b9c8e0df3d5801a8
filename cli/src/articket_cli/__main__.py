"""Lets `python -m articket_cli` do what `articket` does."""

import sys

from articket_cli.main import main

sys.exit(main())
