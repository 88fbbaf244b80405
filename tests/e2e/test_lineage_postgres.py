"""What columns are made of, as the real Postgres tells it: the queries of tests/lineage/postgres.txt."""

import os, subprocess
from lineage_cases import cases, differences, question


def psql(server, script):
    env = {**os.environ, "PGPASSWORD": server.password, "PGOPTIONS": "-c client_min_messages=warning"}
    arguments = ["psql", "-X", "-qAt0", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(server.port)]
    done = subprocess.run(
        [*arguments, "-U", server.user, server.dbname], input=script.encode(), capture_output=True, env=env, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.split(b"\0")[:-1]


def test_edges_are_those_that_a_reader_of_the_query_finds(postgres):
    setup, queries = cases("postgres")
    assert len(queries) >= 60
    schema = "made ' here\\"
    script = ["begin", f'create schema "{schema}"', f'set local search_path = "{schema}"', *setup]
    ask = question("postgres", schema=schema, name="the view")
    for i, (query, _, _) in enumerate(queries):
        script += [f"create view v{i} as {query}", ask.replace("the view", f"v{i}")]
    answers = psql(postgres, ";\n".join([*script, "rollback;"]))
    assert len(answers) == len(queries)
    wrong = []
    for case, answer in zip(queries, answers):
        wrong += differences("postgres", *case, answer, schema)
    assert not wrong, "\n".join(wrong)
