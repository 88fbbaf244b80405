// Where a repository shows a commit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commitAddress } from "../src/format";

test("the address of a commit, from that of the files", () => {
  const id = "0123abcd";
  assert.equal(commitAddress("https://github.com/g/a/blob/main", id), "https://github.com/g/a/commit/0123abcd");
  assert.equal(commitAddress("https://git.example.com/g/a/-/blob/main/sub", id), "https://git.example.com/g/a/-/commit/0123abcd");
  assert.equal(commitAddress("https://gitea.example.com/g/a/src/branch/main", id), "https://gitea.example.com/g/a/commit/0123abcd");
  assert.equal(commitAddress("https://bitbucket.org/g/a/src/main", id), "https://bitbucket.org/g/a/commits/0123abcd");
  assert.equal(commitAddress("https://example.com/shop", id), undefined);
  assert.equal(commitAddress(undefined, id), undefined);
});
