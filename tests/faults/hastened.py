"""The daemon as it is, but in a hurry: what it does every half a minute it does at once."""

from hivemindd import daemon
from hivemindd.__main__ import main
from hivemindd.codify import pool
from hivemindd.ingest import service

daemon.CHECK_EVERY = 0.2
service.RETRY = 0.2
pool.RETRY = 0.2

if __name__ == "__main__":
    main()
