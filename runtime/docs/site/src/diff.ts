// Two texts line by line, as a pull request shows them. In: the texts. Out: lines that both have, that are gone or new;
// and those of them that stand near a change. Myers' O(ND) way (An O(ND) Difference Algorithm, 1986).

export interface DiffLine { sign: " " | "-" | "+"; text: string; old: number; now: number }   // its numbers, from 1; 0: not there
export type Piece = DiffLine | { skipped: number };

const MOST = 2000;               // so many lines may differ before all of the middle counts as new
function split(text: string): string[] {
  const bare = text.replace(/\r\n?/g, "\n").trimEnd();
  return bare ? bare.split("\n") : [];
}

// The steps of a shortest way from a to b: pairs of places that are alike, in order.
function alike(a: string[], b: string[]): [number, number][] {
  const n = a.length, m = b.length, most = Math.min(n + m, MOST), tracks: Int32Array[] = [];
  let v = new Int32Array(2 * most + 3);
  const mid = most + 1;
  for (let d = 0; d <= most; d++) {
    tracks.push(v.slice());
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && v[mid + k - 1]! < v[mid + k + 1]!) ? v[mid + k + 1]! : v[mid + k - 1]! + 1;
      while (x < n && x - k < m && a[x] === b[x - k]) x++;
      v[mid + k] = x;
      if (x >= n && x - k >= m) return back(tracks, mid, d, n, m);
    }
  }
  return [];
}
function back(tracks: Int32Array[], mid: number, d: number, n: number, m: number): [number, number][] {
  const pairs: [number, number][] = [];
  let x = n, y = m;
  for (; d >= 0; d--) {
    const v = tracks[d]!, k = x - y;
    const from = k === -d || (k !== d && v[mid + k - 1]! < v[mid + k + 1]!) ? k + 1 : k - 1;
    const x0 = d ? v[mid + from]! : 0, y0 = d ? x0 - from : 0;
    while (x > x0 && y > y0) pairs.push([--x, --y]);
    x = x0; y = y0;
  }
  return pairs.reverse();
}

/** All lines of both; those that are gone stand before those that are new in their place. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const a = split(before), b = split(after);
  let head = 0, tail = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const pairs: [number, number][] = alike(a.slice(head, a.length - tail), b.slice(head, b.length - tail)).map(([x, y]) => [x + head, y + head]);
  const out: DiffLine[] = [];
  let x = 0, y = 0;
  const same = () => { out.push({ sign: " ", text: b[y]!, old: ++x, now: ++y }); };
  const upTo = (i: number, k: number) => {
    while (x < i) out.push({ sign: "-", text: a[x]!, old: ++x, now: 0 });
    while (y < k) out.push({ sign: "+", text: b[y]!, old: 0, now: ++y });
  };
  while (x < head) same();
  for (const [i, k] of pairs) { upTo(i, k); same(); }
  upTo(a.length - tail, b.length - tail);
  while (x < a.length) same();
  return out;
}

/** The lines around changes; what lies between is counted. */
export function near(lines: DiffLine[], around = 3): Piece[] {
  const keep = new Uint8Array(lines.length), out: Piece[] = [];
  lines.forEach((l, i) => { if (l.sign !== " ") keep.fill(1, Math.max(0, i - around), i + around + 1); });
  for (let i = 0; i < lines.length; ) {
    let k = i;
    while (k < lines.length && !keep[k]) k++;
    // One line that is left out would be as long as the word for it.
    if (k - i > 1) out.push({ skipped: k - i }); else if (k > i) out.push(lines[i]!);
    for (i = k; i < lines.length && keep[i]; i++) out.push(lines[i]!);
  }
  return out;
}
