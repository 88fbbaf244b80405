import os
from argparse import Namespace

import pytest
from dbt.flags import set_from_args

set_from_args(Namespace(), None)
pytest_plugins = ["dbt.tests.fixtures.project"]


@pytest.fixture(scope="class")
def dbt_profile_target():
    return {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": int(os.environ["PGPORT"]),
        "user": os.environ["PGUSER"],
        "pass": os.environ["PGPASSWORD"],
        "dbname": os.environ["PGDATABASE"],
        "threads": 4,
    }
