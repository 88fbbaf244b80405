// What a row of runs says. In: a node's runs, newest first.
import type { Result } from "./data";
import { outcome } from "./kinds";

/** Since when every run failed: the first of them, and whether those that are kept begin with it. Undefined: the newest did not. */
export function failingSince(runs: Result[]): { at: string; orEarlier: boolean } | undefined {
  const some = runs.filter(r => outcome(r.status) !== "none");
  const good = some.findIndex(r => outcome(r.status) !== "bad"), n = good < 0 ? some.length : good;
  return n ? { at: some[n - 1]!.at, orEarlier: good < 0 } : undefined;
}
