// Lines of two texts beside each other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lineDiff, near, type DiffLine } from "../src/diff";

const said = (lines: DiffLine[]) => lines.map(l => l.sign + l.text).join("|");
const lines = (text: string) => text.split("").join("\n");

test("lines that are gone stand before those in their place", () => {
  assert.equal(said(lineDiff("select a\nfrom t", "select b\nfrom t")), "-select a|+select b| from t");
  assert.equal(said(lineDiff("a\nb\nc", "a\nc\nd")), " a|-b| c|+d");
  assert.equal(said(lineDiff("", "a")), "+a");
  assert.equal(said(lineDiff("a\r\nb\n", "a\nb")), " a| b");
});

test("numbers are those of each side", () => {
  assert.deepEqual(lineDiff("a\nb", "x\na\nb").map(l => [l.old, l.now]), [[0, 1], [1, 2], [2, 3]]);
});

// Against the plainest way: the longest list of lines that both have.
function longest(a: string, b: string): number {
  const t = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++) for (let k = 1; k <= b.length; k++)
    t[i]![k] = a[i - 1] === b[k - 1] ? t[i - 1]![k - 1]! + 1 : Math.max(t[i - 1]![k]!, t[i]![k - 1]!);
  return t[a.length]![b.length]!;
}
test("both texts can be read from it, and nothing shorter says it", () => {
  let seed = 7;
  const next = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let i = 0; i < 400; i++) {
    const word = () => Array.from({ length: 1 + next(14) }, () => "abc"[next(3)]).join("");
    const a = word(), b = word(), d = lineDiff(lines(a), lines(b));
    assert.equal(d.filter(l => l.sign !== "+").map(l => l.text).join(""), a);
    assert.equal(d.filter(l => l.sign !== "-").map(l => l.text).join(""), b);
    assert.equal(d.filter(l => l.sign === " ").length, longest(a, b), `${a} ${b}`);
  }
});

test("texts that have nothing in common, and are long", () => {
  const many = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word} ${i}`).join("\n");
  const d = lineDiff(`head\n${many("a")}`, `head\n${many("b")}`);
  assert.equal(d.length, 6001);
  assert.equal(d[1]!.sign + d[6000]!.sign, "-+");
});

test("only lines near a change are shown", () => {
  const d = lineDiff(lines("0123456789abc"), lines("0123456x89abc"));
  assert.equal(near(d, 2).map(p => "skipped" in p ? `(${p.skipped})` : p.sign + p.text).join("|"), "(5)| 5| 6|-7|+x| 8| 9|(3)");
  assert.deepEqual(near(lineDiff("a\nb", "a\nb")), [{ skipped: 2 }]);
});
