"""look.py FOLDER < JSON list of statements: the rows or the error of each from an embedded warehouse."""

import json, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import chdb

conn = chdb.Library(chdb.find()).open(sys.argv[1])
out = []
for sql in json.load(sys.stdin):
    try:
        text = conn.run(sql.encode())[0].decode()
        out.append(([line.split("\t") for line in text.splitlines()], None))
    except chdb.EngineError as e:
        out.append(([], str(e)[:300]))
json.dump(out, sys.stdout)
conn.close()
