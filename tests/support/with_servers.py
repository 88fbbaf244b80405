#!/usr/bin/env python3
"""Runs a command with a Postgres and a ClickHouse to talk to, told by STARC_TEST_PG_PORT,
STARC_TEST_PG_PASSWORD, STARC_TEST_CH_PORT, STARC_TEST_CH_PASSWORD.  usage: with_servers.py -- COMMAND..."""

import os
import subprocess
import sys

from servers import ClickHouseServer, PostgresServer

command = sys.argv[sys.argv.index("--") + 1 :]
with PostgresServer() as pg, ClickHouseServer() as ch:
    env = {
        **os.environ,
        "STARC_TEST_PG_PORT": str(pg.port),
        "STARC_TEST_PG_PASSWORD": pg.password,
        "STARC_TEST_CH_PORT": str(ch.port),
        "STARC_TEST_CH_PASSWORD": ch.password,
    }
    code = subprocess.run(command, env=env).returncode
sys.exit(code)
