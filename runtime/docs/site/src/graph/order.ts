// The order of boxes in the layers, with few crossings. In: the layer of each box, edges between neighbouring layers.
// Out: for each layer its boxes from top to bottom. Means of neighbours, swept left and right; the best is kept.
import { adjacency, type Adjacency } from "./layout";

/** Crossings between two layers, by a Fenwick tree over the right one: O(edges log boxes). */
function between(row: number[], out: Adjacency, b: ArrayLike<number>, pos: Float64Array, size: number): number {
  const tree = new Uint32Array(size + 1);
  let seen = 0, crossings = 0;
  const ends: number[] = [];
  for (const u of row) {
    ends.length = 0;
    for (let k = out.start[u]!; k < out.start[u + 1]!; k++) ends.push(pos[b[out.edge[k]!]!]!);
    for (const p of ends) {
      let upto = 0;
      for (let i = p + 1; i > 0; i -= i & -i) upto += tree[i]!;
      crossings += seen - upto;
    }
    for (const p of ends) for (let i = p + 1; i <= size; i += i & -i) tree[i]!++;
    seen += ends.length;
  }
  return crossings;
}

/** All crossings of an order. */
export function crossings(rows: number[][], out: Adjacency, b: ArrayLike<number>, pos: Float64Array): number {
  let sum = 0;
  for (let r = 0; r + 1 < rows.length; r++) sum += between(rows[r]!, out, b, pos, rows[r + 1]!.length);
  return sum;
}

export function order(rank: number[], ranks: number, a: number[], b: number[]): number[][] {
  const n = rank.length, out = adjacency(n, a, b), into = adjacency(n, b, a);
  const rows: number[][] = Array.from({ length: ranks }, () => []), pos = new Float64Array(n), seen = new Uint8Array(n);
  // At first as a walk meets them: what hangs together stands together.
  const stack: number[] = [];
  for (let root = 0; root < n; root++) {
    stack.push(root);
    while (stack.length) {
      const u = stack.pop()!;
      if (seen[u]) continue;
      seen[u] = 1;
      rows[rank[u]!]!.push(u);
      for (let k = out.start[u + 1]! - 1; k >= out.start[u]!; k--) stack.push(b[out.edge[k]!]!);
      for (let k = into.start[u + 1]! - 1; k >= into.start[u]!; k--) stack.push(a[into.edge[k]!]!);
    }
  }
  const number = (row: number[]) => row.forEach((u, i) => pos[u] = i);
  rows.forEach(number);

  const mean = new Float64Array(n);
  const arrange = (row: number[], adj: Adjacency, ends: number[], keep: boolean) => {
    for (const u of row) {
      let sum = 0;
      const start = adj.start[u]!, end = adj.start[u + 1]!;
      for (let k = start; k < end; k++) sum += pos[ends[adj.edge[k]!]!]!;
      mean[u] = end > start ? sum / (end - start) : -1;
    }
    // What has no neighbours there stays between those that it stood between.
    const fixed = row.map(u => mean[u]! < 0), moved = row.filter(u => mean[u]! >= 0);
    moved.sort((p, q) => mean[p]! - mean[q]! || (keep ? pos[p]! - pos[q]! : pos[q]! - pos[p]!));
    let m = 0;
    const next = row.map((u, i) => fixed[i] ? u : moved[m++]!);
    next.forEach((u, i) => { row[i] = u; pos[u] = i; });
  };
  // Neighbours of a layer change places while that helps.
  const cross = (u: number, v: number, adj: Adjacency, ends: number[]) => {
    let uv = 0, vu = 0;
    for (let i = adj.start[u]!; i < adj.start[u + 1]!; i++) for (let k = adj.start[v]!; k < adj.start[v + 1]!; k++) {
      const p = pos[ends[adj.edge[i]!]!]!, q = pos[ends[adj.edge[k]!]!]!;
      if (p > q) uv++; else if (p < q) vu++;
    }
    return uv - vu;
  };
  const exchange = () => {
    for (let better = true, round = 0; better && round < 6; round++) {
      better = false;
      for (const row of rows) for (let i = 0; i + 1 < row.length; i++) {
        const u = row[i]!, v = row[i + 1]!;
        if (cross(u, v, into, a) + cross(u, v, out, b) > 0) { row[i] = v; row[i + 1] = u; pos[v] = i; pos[u] = i + 1; better = true; }
      }
    }
  };
  let best = rows.map(row => row.slice()), least = crossings(rows, out, b, pos), since = 0;
  const most = n > 20_000 ? 10 : n > 4000 ? 16 : 40;
  for (let round = 0; round < most && least && since < 10; round++) {
    const keep = round % 4 < 2;
    if (round % 2) for (let r = ranks - 2; r >= 0; r--) arrange(rows[r]!, out, b, keep);
    else for (let r = 1; r < ranks; r++) arrange(rows[r]!, into, a, keep);
    if (a.length < 4000) exchange();
    const now = crossings(rows, out, b, pos);
    if (now < least) { least = now; best = rows.map(row => row.slice()); since = 0; }
    else since++;
  }
  return best;
}
