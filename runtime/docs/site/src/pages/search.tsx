// Everything that is found, with what it can be narrowed by. State stands in the address.
import { useEffect, useMemo, useState } from "preact/hooks";
import { counted, KINDS, many, outcome } from "../kinds";
import { address, addressOf } from "../route";
import { hasReadAll, readAll, search, type Hit } from "../search";
import { against, isGone, nodes, project, type Node } from "../store";
import { Sign } from "../ui/change";
import { Line } from "../ui/markdown";
import { List } from "../ui/list";
import { Mark, Status } from "../ui/parts";
import { found } from "../ui/top";

interface Facet { id: string; title: string; of: (n: Node) => string[] }
// The first two folders of its file.
const top = (n: Node) => n.path.split("/").slice(0, -1).slice(0, 2).join("/");
const FACETS: Facet[] = [
  { id: "kind", title: "Kind", of: n => [n.kind] },
  { id: "change", title: "Change", of: n => (against ? [n.diff?.how ?? "as it was"] : []) },
  { id: "status", title: "Last run", of: n => (n.last ? [outcome(n.last.status)] : []) },
  { id: "materialized", title: "Materialization", of: n => (n.materialized && n.kind !== "test" ? [n.materialized] : []) },
  { id: "tag", title: "Tag", of: n => n.tags ?? [] },
  { id: "folder", title: "Folder", of: n => (top(n) ? [top(n)] : []) },
  { id: "package", title: "Package", of: n => [n.package] },
  { id: "owner", title: "Owner", of: n => (n.owner ? [n.owner] : []) },
  { id: "access", title: "Access", of: n => (n.access && n.access !== "protected" ? [n.access] : []) },
  { id: "lacks", title: "Lacks", of: n => [...(n.says ? [] : ["description"]), ...(n.tests.length ? [] : ["tests"])].filter(() =>
    n.package === project.name && ["model", "source", "seed", "snapshot"].includes(n.kind)) },
];
const OUTCOMES: Record<string, string> = { good: "good", bad: "failed", warn: "warnings", none: "not run" };
const word = (facet: string, v: string) => facet === "kind" ? many(v as Node["kind"]) : facet === "status" ? OUTCOMES[v] ?? v : v;

function narrowed(query: URLSearchParams, but?: string): Node[] {
  const by = FACETS.filter(f => f.id !== but && query.get(f.id));
  return by.length ? nodes.filter(n => by.every(f => f.of(n).includes(query.get(f.id)!))) : nodes;
}

function Choices({ facet, query, found }: { facet: Facet; query: URLSearchParams; found: Set<Node> }) {
  const counts = new Map<string, number>(), here = query.get(facet.id);
  for (const n of narrowed(query, facet.id)) if (found.has(n)) for (const v of facet.of(n)) counts.set(v, (counts.get(v) ?? 0) + 1);
  const all = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 12);
  if (all.length < 2 && !here) return null;
  const to = (v: string) => address("search", "", { ...Object.fromEntries(query), [facet.id]: v === here ? "" : v });
  return (
    <fieldset class="facet">
      <legend>{facet.title}</legend>
      {all.map(([v, n]) => (
        <a key={v} href={to(v)} aria-current={v === here ? "true" : undefined}><span class="cut">{word(facet.id, v)}</span><span class="count">{n.toLocaleString("en")}</span></a>
      ))}
    </fieldset>
  );
}

const ROW = 52;

function Row({ hit }: { hit: Hit }) {
  const n = hit.node;
  return (
    <a class="hit" href={addressOf(n)} style={{ height: `${ROW}px` }}>
      <span class="first"><Mark kind={n.kind} />{n.diff && <Sign how={n.diff.how} />}<b class={isGone(n) ? "cut struck" : "cut"}>{n.name}</b>{n.last && <Status status={n.last.status} bare />}<span class="soft cut">{n.materialized} {found(hit)}</span></span>
      <span class="says cut"><Line text={n.says} /></span>
    </a>
  );
}

export function SearchPage({ query }: { query: URLSearchParams }) {
  const q = query.get("q") ?? "", deep = query.get("in") === "all";
  const [read, setRead] = useState(hasReadAll() ? 1 : 0);
  useEffect(() => { if (deep) void readAll(setRead).then(() => setRead(1)); }, [deep]);
  const text = query.toString();
  const everything = useMemo(() => new Set(search(q).map(h => h.node)), [q, read]);
  const hits = useMemo(() => search(q, narrowed(query)), [text, read]);
  const kinds = KINDS.map(({ kind }) => [kind, hits.filter(h => h.node.kind === kind).length] as const).filter(k => k[1]);
  return (
    <div class="page wide browse">
      <aside>{FACETS.map(f => <Choices key={f.id} facet={f} query={query} found={everything} />)}</aside>
      <div class="results">
        <p class="sub" aria-live="polite">
          {hits.length ? kinds.map(([kind, n]) => counted(n, kind)).join(", ") : `Nothing has "${q}" in its name, columns or description.`}
          {q && !deep && <> <a href={address("search", "", { ...Object.fromEntries(query), in: "all" })}>Look into SQL and whole descriptions too</a></>}
          {deep && read < 1 && ` Reading (${Math.round(read * 100)} %)`}
        </p>
        {hits[0]?.where === "near" && <p class="sub">Nothing has these words; these names are near.</p>}
        <List label="Found" class="found" count={hits.length} height={ROW} row={i => <Row hit={hits[i]!} />} />
      </div>
    </div>
  );
}
