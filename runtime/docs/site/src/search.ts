// The search over names, columns, tags and first lines of descriptions, and, once it is asked for, over whole
// descriptions and SQL. In: words. Out: nodes, best first. All words must be found; where none is, names that are
// near are given.
import uFuzzy from "@leeoniya/ufuzzy";
import { everyDetail, nodes, type Node } from "./store";

export interface Hit {
  node: Node;
  score: number;
  where: "name" | "column" | "tag" | "description" | "sql" | "near";
  what?: string;                 // the column or tag, or the line, that was found
}

interface Text { name: string; columns: string; rest: string }
const texts: Text[] = nodes.map(n => ({
  name: n.name.toLowerCase(),
  columns: (n.columns ?? []).join("\n").toLowerCase(),
  rest: [n.says ?? "", ...(n.tags ?? []), n.path, n.schema ?? "", n.owner ?? "", n.group ?? ""].join("\n").toLowerCase(),
}));
/** Whole descriptions and SQL, by place; filled by readAll. */
let whole: string[] | null = null;

export const wordsOf = (query: string) => query.toLowerCase().split(/\s+/).filter(Boolean);

// A name that begins with the word is better than one that has it at a word's start, and that than anywhere.
function inName(name: string, word: string): number {
  if (name === word) return 100;
  const at = name.indexOf(word);
  if (at < 0) return 0;
  const start = at === 0 ? 60 : "_.-".includes(name[at - 1]!) ? 45 : 30;
  return start + (10 * word.length) / name.length;
}

function look(n: Node, words: string[]): Hit | null {
  const t = texts[n.at]!;
  let score = 0, where: Hit["where"] = "name", what: string | undefined;
  for (const w of words) {
    const name = inName(t.name, w);
    if (name) { score += name; continue; }
    if (t.columns.includes(w)) {
      what ??= n.columns!.find(c => c.toLowerCase().includes(w));
      score += what?.toLowerCase() === w ? 28 : 20;
      if (where === "name") where = "column";
    } else if (t.rest.includes(w)) {
      score += 8;
      if (where === "name") where = "description";
    } else if (whole?.[n.at]?.includes(w)) {
      score += 3;
      where = "sql";
    } else return null;
  }
  if (n.kind === "macro" || n.kind === "test" || n.kind === "unit_test") score *= 0.5;
  return what === undefined ? { node: n, score, where } : { node: n, score, where, what };
}

const fuzzy = new uFuzzy({ intraMode: 1 });

/** Nodes that hold all words, best first; `from`: only those. */
export function search(query: string, from: Node[] = nodes): Hit[] {
  const words = wordsOf(query);
  if (!words.length) return from.map(node => ({ node, score: 0, where: "name" }));
  const hits: Hit[] = [];
  for (const n of from) {
    const hit = look(n, words);
    if (hit) hits.push(hit);
  }
  hits.sort((a, b) => b.score - a.score || a.node.name.localeCompare(b.node.name));
  return hits.length ? hits : near(query, from);
}

function near(query: string, from: Node[]): Hit[] {
  const names = from.map(n => n.name), found = fuzzy.filter(names, query.trim());
  return (found ?? []).slice(0, 20).map(i => ({ node: from[i]!, score: 0, where: "near" }));
}

/** Reads all details, so that search looks into whole descriptions and SQL from then on. `each` hears how far it is. */
export async function readAll(each: (done: number) => void): Promise<void> {
  if (whole) return;
  const all: string[] = [];
  for await (const { node, detail: { node: m } } of everyDetail()) {
    const columns = Object.values(m.columns ?? {}).map(c => c.description ?? "");
    all[node.at] = [m.description ?? "", ...columns, m.raw_code ?? m.macro_sql ?? "", m.compiled_code ?? ""].join("\n").toLowerCase();
    if (node.at % 64 === 0) each(node.at / nodes.length);
  }
  whole = all;
}
export const hasReadAll = () => whole !== null;
