// Since when a test fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result, Status } from "../src/data";
import { failingSince } from "../src/runs";

const runs = (...all: Status[]): Result[] => all.map((status, i) => ({ at: String(i), status, seconds: 1, invocation: String(i) }));

test("since when a test fails, without the runs that skipped it", () => {
  assert.equal(failingSince([]), undefined);
  assert.equal(failingSince(runs("pass", "fail")), undefined);
  assert.equal(failingSince(runs("warn", "fail")), undefined);
  assert.deepEqual(failingSince(runs("fail", "error", "pass", "fail")), { at: "1", orEarlier: false });
  assert.deepEqual(failingSince(runs("skipped", "fail", "skipped", "fail", "skipped", "pass")), { at: "3", orEarlier: false });
  assert.deepEqual(failingSince(runs("fail", "fail")), { at: "1", orEarlier: true });
});
