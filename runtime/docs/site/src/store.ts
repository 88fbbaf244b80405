// The page's data, read once. In: what stands in the page (data.ts). Out: entries with their edges in both
// directions at once, details when they are asked for. Leaves to others: what is shown of it.
import type { Detail, Entry, Index, Kind } from "./data";

export interface Node extends Entry {
  at: number;                    // its place in the index
  up: Node[];                    // parents
  down: Node[];                  // children that are no tests
  tests: Node[];                 // data tests that stand at it, and unit tests of it
  testsGone: Node[];             // tests that stood at it (docs diff)
  gone: Set<Node>;               // those of `up` that it does not read any more (docs diff)
}

export const index = JSON.parse(document.getElementById("data")!.textContent!) as Index;
export const project = index.project;
/** What the page compares the project with; undefined: nothing. */
export const against = index.against;
export const nodes: Node[] = index.entries.map((e, at) => ({ ...e, at, up: [], down: [], tests: [], testsGone: [], gone: new Set() }));
export const byId = new Map(nodes.map(n => [n.id, n]));

/** Whether it is no more: of docs diff. */
export const isGone = (n: Entry) => n.diff?.how === "removed";
export const isTest = (n: { kind: Kind }) => n.kind === "test" || n.kind === "unit_test";
for (const n of nodes) {
  n.gone = new Set((n.lost ?? []).map(p => nodes[p]!));
  n.up = [...(n.parents ?? []).map(p => nodes[p]!), ...n.gone];
  // A test stands at what it tests: of the tables that it reads that is one, where YAML hangs it on one.
  if (isTest(n)) for (const p of n.tested === undefined ? n.up : [nodes[n.tested]!]) (isGone(n) && !isGone(p) ? p.testsGone : p.tests).push(n);
  else for (const p of n.up) p.down.push(n);
}

/** What is shown in lists and graphs: all but tests and macros. */
export const shown = nodes.filter(n => !isTest(n) && n.kind !== "macro");

/** What it reads, and what reads it, without what did so before; of what is gone, what did so. */
export const reads = (n: Node) => n.up.filter(m => !n.gone.has(m));
export const readBy = (n: Node) => n.down.filter(m => isGone(n) || (!m.gone.has(n) && !isGone(m)));

// --- chunks

const chunks = new Map<number, Promise<Detail[]>>();
const arrivals = new Map<number, (packed: string) => void>();
// A chunk in a file of its own calls this: starc_chunk(3, "..").
(globalThis as unknown as { starc_chunk: (n: number, packed: string) => void }).starc_chunk =
  (n, packed) => arrivals.get(n)?.(packed);

async function unpack(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

function arrive(n: number): Promise<string> {
  const inside = document.getElementById(`chunk-${n}`);
  if (inside) return Promise.resolve(inside.textContent!);
  return new Promise((good, bad) => {
    arrivals.set(n, good);
    const script = document.createElement("script");
    script.src = index.files?.[n] ?? "";
    script.onload = () => script.remove();
    script.onerror = () => bad(new Error(`${index.files?.[n]} cannot be read: it belongs beside this page. Copy the folder data/ ` +
      `too; if the page was made anew meanwhile, load it again.`));
    document.head.append(script);
  });
}

function chunk(n: number): Promise<Detail[]> {
  let c = chunks.get(n);
  if (!c) {
    c = arrive(n).then(unpack).then(text => JSON.parse(text) as Detail[]);
    c.catch(() => chunks.delete(n));
    chunks.set(n, c);
  }
  return c;
}

/** What only a node's own page needs. Rejected with a text for people where its file is not there. */
export async function detail(n: Node): Promise<Detail> {
  let c = index.chunks.length - 1;
  while (c > 0 && index.chunks[c]! > n.at) c--;
  return (await chunk(c))[n.at - index.chunks[c]!]!;
}

/** All details, chunk by chunk, for what looks through everything. */
export async function* everyDetail(): AsyncGenerator<{ node: Node; detail: Detail }> {
  for (let c = 0; c < index.chunks.length; c++) {
    const some = await chunk(c);
    for (let i = 0; i < some.length; i++) yield { node: nodes[index.chunks[c]! + i]!, detail: some[i]! };
  }
}
