// A node's own page.
import { useEffect, useMemo, useState } from "preact/hooks";
import { NodeChart } from "../charts/of";
import type { Detail, Input, ManifestColumn } from "../data";
import { bytes, compact, moment, number, seconds } from "../format";
import { erd } from "../erd/here";
import { Lineage } from "../graph/lineage";
import { KINDS, many, outcome } from "../kinds";
import { address, addressOf, go } from "../route";
import { byId, detail, isGone, isTest, nodes, project, readBy, reads, type Node } from "../store";
import { Code, type Resolve } from "../ui/code";
import { Fresh } from "../ui/fresh";
import { Line, Markdown } from "../ui/markdown";
import { Table } from "../ui/table";
import { BareSign } from "../ui/change";
import { Commit } from "../ui/made";
import { Changes } from "./before";
import { Tests } from "./tests";
import { Badge, Data, Facts, Name, NodeLink, Section, Status, Tabs, When } from "../ui/parts";

function useDetail(n: Node): Detail | Error | null {
  const [got, set] = useState<{ of: Node; is: Detail | Error } | null>(null);
  useEffect(() => {
    let here = true;
    detail(n).then(is => here && set({ of: n, is }), (e: Error) => here && set({ of: n, is: e }));
    return () => { here = false; };
  }, [n]);
  return got?.of === n ? got.is : null;
}

// --- columns

interface Row {
  name: string;
  type: string;
  description: string;
  from?: Node;                   // the description is that of this node's column of the same name
  tests: Node[];
  inputs: Input[];
  marks: string[];               // "primary key", "not null", ..
  meta?: Record<string, unknown> | undefined;
}

function marksOf(d: Detail, name: string, c: ManifestColumn | undefined): string[] {
  const own = c?.constraints ?? [], of = (d.node.constraints ?? []).filter(k => k.columns?.some(x => x.toLowerCase() === name.toLowerCase()));
  const keys = d.node.config?.["unique_key"];
  const unique = (Array.isArray(keys) ? keys : [keys]).includes(name) ? ["unique key"] : [];
  return [...new Set([...own, ...of].map(k => k.type.replaceAll("_", " ")).concat(unique))];
}

export function columnsOf(n: Node, d: Detail): Row[] {
  const written = new Map(Object.values(d.node.columns ?? {}).map(c => [c.name.toLowerCase(), c]));
  const lineage = new Map((d.lineage?.columns ?? []).map(c => [c.name.toLowerCase(), c]));
  const real = Object.values(d.catalog?.columns ?? {}).sort((a, b) => a.index - b.index);
  const names = real.length ? real.map(c => c.name) : lineage.size ? d.lineage!.columns.map(c => c.name) : [...written.values()].map(c => c.name);
  const types = new Map(real.map(c => [c.name.toLowerCase(), c.type]));
  const absent = [...written.values()].filter(c => !names.some(x => x.toLowerCase() === c.name.toLowerCase())).map(c => c.name);
  return [...names, ...absent].map(name => {
    const key = name.toLowerCase(), c = written.get(key), l = lineage.get(key);
    return {
      name, type: types.get(key) ?? l?.type ?? c?.data_type ?? "", description: c?.description ?? "",
      tests: n.tests.filter(t => t.column?.toLowerCase() === key), inputs: l?.inputs ?? [],
      marks: marksOf(d, name, c), meta: c?.meta,
    };
  });
}

// A column without a description has that of the column that it is the same as, if one upstream says something.
async function inherited(inputs: Input[], depth = 0): Promise<{ text: string; from: Node } | null> {
  const same = inputs.filter(i => i.step === "same" && i.column);
  if (same.length !== 1 || depth > 20) return null;
  const node = byId.get(same[0]!.node);
  if (!node) return null;
  const d = await detail(node), key = same[0]!.column!.toLowerCase();
  const own = Object.values(d.node.columns ?? {}).find(c => c.name.toLowerCase() === key)?.description;
  if (own) return { text: own, from: node };
  return inherited(d.lineage?.columns.find(c => c.name.toLowerCase() === key)?.inputs ?? [], depth + 1);
}

const TestMark = ({ test }: { test: Node }) => (
  <a class="test" href={addressOf(test)} title={test.name}>{test.last && <Status status={test.last.status} bare />}{test.test ?? test.name}</a>
);

function Made({ inputs }: { inputs: Input[] }) {
  if (!inputs.length) return null;
  const some = inputs.slice(0, 4);
  return (
    <span class="made">
      {some.map((i, k) => {
        const n = byId.get(i.node);
        return <span key={k} title={i.step}>{n ? <a href={addressOf(n, { column: i.column ?? "" })}>{n.name}</a> : i.node}{i.column && `.${i.column}`}{i.step !== "same" && <i class="step"> {i.step}</i>}</span>;
      })}
      {inputs.length > some.length && <span class="soft">and {inputs.length - some.length} more</span>}
    </span>
  );
}

/** The columns of other tables that a column refers to. */
function RefersTo({ node, column }: { node: Node; column: string }) {
  const some = (erd.of.get(node) ?? []).filter(r => r.from === node && r.columns.includes(column));
  return <>{some.map((r, i) => {
    const field = r.fields[r.columns.indexOf(column)]!;
    return <span class="refers" key={i}>→ <a href={addressOf(r.to, { column: field })}>{r.to.name}.{field}</a></span>;
  })}</>;
}

function Columns({ node, d, column }: { node: Node; d: Detail; column: string | null }) {
  const rows = useMemo(() => columnsOf(node, d), [node, d]);
  const [more, setMore] = useState(new Map<string, { text: string; from: Node }>());
  useEffect(() => {
    let here = true;
    void Promise.all(rows.filter(r => !r.description).map(async r => [r.name, await inherited(r.inputs).catch(() => null)] as const)).then(all => {
      if (here) setMore(new Map(all.flatMap(([name, got]) => (got ? [[name, got] as const] : []))));
    });
    return () => { here = false; };
  }, [rows]);
  useEffect(() => { if (column) document.querySelector(".columns .here")?.scrollIntoView({ block: "center" }); }, [column, rows]);
  if (!rows.length) return null;
  const relations = erd.of.has(node) && <a class="g-button" href={address("erd", node.id)}>Relations</a>;
  const made = rows.some(r => r.inputs.length), tested = rows.some(r => r.tests.length), told = rows.some(r => r.description) || more.size > 0;
  return (
    <Section title="Columns" count={rows.length} aside={relations}>
      <div class="scroll"><table class="columns">
        <thead><tr><th>Name</th><th>Type</th>{told && <th>Description</th>}{tested && <th>Tests</th>}{made && <th>Made of</th>}</tr></thead>
        <tbody>{rows.map(r => {
          const other = r.description ? undefined : more.get(r.name);
          return (
            <tr key={r.name} class={column?.toLowerCase() === r.name.toLowerCase() ? "here" : ""}>
              <th scope="row"><a href={addressOf(node, { column: r.name })}>{r.name}</a>{r.marks.map(m =>
                <span class="key" key={m}>{m}</span>)}<RefersTo node={node} column={r.name} /></th>
              <td class="type">{r.type}</td>
              {told && <td>{other ? <><Line text={other.text} /> <span class="soft">from <NodeLink node={other.from} bare /></span></> : <Markdown text={r.description} />}</td>}
              {tested && <td>{r.tests.map(t => <TestMark key={t.id} test={t} />)}</td>}
              {made && <td><Made inputs={r.inputs} /></td>}
            </tr>
          );
        })}</tbody>
      </table></div>
    </Section>
  );
}

// --- SQL

const SQLS = [["raw", "As written"], ["compiled", "Compiled"], ["ran", "What ran"]] as const;

/** What a call in a node's template means, by what the manifest says it reads and calls. */
function resolver(d: Detail): Resolve {
  const parents = (d.node.depends_on?.nodes ?? []).map(id => byId.get(id)).filter(n => !!n);
  const macros = (d.node.depends_on?.macros ?? []).map(id => byId.get(id)).filter(n => !!n);
  return (call, words) => {
    const last = words[words.length - 1];
    if (call === "ref") return parents.find(n => n.kind !== "source" && n.id.split(".").slice(2).join(".").replace(/\.v[^.]*$/, "") === last);
    if (call === "source") return parents.find(n => n.kind === "source" && n.name === words.join("."));
    const [name, pack] = call.split(".").reverse();
    return macros.find(n => n.name === name && (!pack || n.package === pack)) ?? macros.find(n => n.name === name);
  };
}

function Sql({ node, d, query }: { node: Node; d: Detail; query: URLSearchParams }) {
  const texts: Record<string, string | undefined> = { raw: d.node.raw_code ?? d.node.macro_sql, compiled: d.node.compiled_code, ran: d.ran };
  const tabs = SQLS.filter(([id]) => texts[id]).map(([id, title]) => ({ id, title }));
  if (!tabs.length) return null;
  const asked = query.get("sql") ?? "", here = tabs.some(t => t.id === asked) ? asked : tabs[0]!.id, line = Number(query.get("line")) || undefined;
  return (
    <Section title={node.kind === "macro" ? "Macro" : "SQL"} aside={tabs.length > 1 && <Tabs label="Which SQL" tabs={tabs} here={here} choose={sql => go(addressOf(node, { sql }), true)} />}>
      <Code text={texts[here]!} language={d.node.language ?? "sql"} onLine={n => go(addressOf(node, { sql: here, line: String(n) }), true)}
        {...(here === "raw" ? { resolve: resolver(d) } : {})} {...(line ? { line } : {})} />
    </Section>
  );
}

// --- runs, neighbours

/** Bars of how long runs took, oldest first. */
function Spark({ of }: { of: NonNullable<Detail["history"]> }) {
  const runs = of.slice(0, 40).reverse(), most = Math.max(...runs.map(r => r.seconds), 1e-9);
  return (
    <svg class="spark" width={runs.length * 7} height="36" role="img" aria-label={`the last ${runs.length} runs; the longest took ${seconds(most)}`}>
      {runs.map((r, i) => {
        const h = Math.max(2, (34 * r.seconds) / most);
        return <rect key={i} class={outcome(r.status)} x={i * 7} y={36 - h} width="5" height={h}><title>{`${moment(r.at)}: ${r.status}, ${seconds(r.seconds)}`}</title></rect>;
      })}
    </svg>
  );
}

function Runs({ d }: { d: Detail }) {
  const runs = d.history ?? [], commits = runs.some(r => r.commit);
  if (!runs.length) return null;
  return (
    <Section title="Runs" count={runs.length}>
      {runs.length > 2 && <Spark of={runs} />}
      <div class="scroll"><table>
        <thead><tr><th>When</th><th>How it ended</th><th>Took</th><th>Rows</th>{commits && <th>Commit</th>}<th>Message</th></tr></thead>
        <tbody>{runs.slice(0, 30).map(r => (
          <tr key={r.invocation}><td><When iso={r.at} /></td><td><Status status={r.status} /></td><td class="num">{seconds(r.seconds)}</td>
            <td class="num">{r.rows !== undefined ? number(r.rows) : r.failures ? `${number(r.failures)} failing` : ""}</td>{commits && <td>{r.commit && <Commit id={r.commit} />}</td>}<td class="says">{r.message}</td></tr>
        ))}</tbody>
      </table></div>
    </Section>
  );
}

function Neighbours({ title, some }: { title: string; some: Node[] }) {
  if (!some.length) return null;
  const kinds = KINDS.map(k => k.kind).filter(k => some.some(n => n.kind === k));
  return (
    <div class="neighbours">
      <h3>{title} <span class="count">{some.length}</span></h3>
      {kinds.map(k => <div key={k}><h4>{many(k)}</h4><ul class="plain">{some.filter(n => n.kind === k).slice(0, 50).map(n => <li key={n.id}><NodeLink node={n} /></li>)}</ul></div>)}
    </div>
  );
}

const listed = (v: string | string[] | null | undefined) => Array.isArray(v) ? v.join(", ") : v ?? "";

/** Where a load brings rows from, which, and how the last time went; its columns are those that run found. */
function LoadParts({ node, d }: { node: Node; d: Detail }) {
  if (node.kind !== "load") return null;
  const { config = {}, from = {}, columns = [], last_run: run } = d.load ?? {}, cursor = config.cursor;
  const place = [from["host"] && from["host"] + (from["port"] ? `:${from["port"]}` : ""), from["dbname"] ?? from["database"], from["schema"]].filter(Boolean).join(" / ");
  const of = typeof cursor === "string" ? cursor : [cursor?.column, cursor?.lag !== undefined && cursor?.lag !== null && `lag ${String(cursor.lag)}`].filter(Boolean).join(", ");
  return (
    <>
      <Facts facts={[
        ["From", [from["type"], place, from["path"], from["endpoint"]].filter(Boolean).join("  ")],
        ["Mode", config.mode], ["Key", listed(config.key)], ["Cursor", of], ["Where", config.where && <code>{config.where}</code>],
        ["Query", config.query && <code>{config.query}</code>], ["Deleted rows", config.deleted_at ?? (config.deletes === "compare" ? "compared" : "")],
        ["Last load", run ? [run.status, run.ended_at && moment(run.ended_at), typeof run.rows === "number" && `${number(run.rows)} rows`, run.cursor_to && `up to ${run.cursor_to}`, run.status !== "success" && run.message].filter(Boolean).join(", ") : "not with this target folder"],
      ]} />
      {columns.length > 0 && (
        <Section title="Columns" count={columns.length}>
          <div class="scroll"><table class="columns">
            <thead><tr><th>Name</th><th>Type</th><th>In the source</th><th>Its type there</th></tr></thead>
            <tbody>{columns.map(c => <tr key={c.name}><th scope="row">{c.name}</th><td class="type">{c.type}</td><td><code>{c.expression ?? c.from_name}</code></td><td class="type">{c.from_type}</td></tr>)}</tbody>
          </table></div>
        </Section>
      )}
    </>
  );
}

function UnitTest({ d }: { d: Detail }) {
  const given = d.node["given"] as { input: string; rows: unknown; format?: string }[] | undefined;
  const expect = d.node["expect"] as { rows: unknown; format?: string } | undefined;
  if (!given || !expect) return null;
  return (
    <Section title="Given and expected">
      {given.map((g, i) => <div key={i}><h3>Given <code>{g.input}</code></h3><Given rows={g.rows} /></div>)}
      <h3>Expected</h3><Given rows={expect.rows} />
    </Section>
  );
}

function Given({ rows }: { rows: unknown }) {
  if (!Array.isArray(rows)) return <pre class="data">{String(rows ?? "no rows")}</pre>;
  const of = rows as Record<string, unknown>[], names = [...new Set(of.flatMap(r => Object.keys(r)))];
  return of.length ? <Table names={names} rows={of.map(r => names.map(n => r[n] ?? null))} /> : <p class="soft">no rows</p>;
}

function Examples({ d }: { d: Detail }) {
  const rows = Number((d.node["docs"] as { rows?: number } | undefined)?.rows ?? 0);
  if (!d.rows || !rows) return null;
  return (
    <Section title="Rows" aside={<span class="soft">as of {moment(d.rows.at)}</span>}>
      <Table names={d.rows.names} rows={d.rows.rows.slice(0, rows)} />
    </Section>
  );
}

const HIDDEN = new Set(["meta", "tags", "docs", "enabled", "materialized", "group", "access", "schema", "alias", "database",
  "column_types", "persist_docs", "quoting", "packages"]);
// Keys that say nothing, as the manifest has them of every node.
const says = (k: string, v: unknown) => v !== null && !HIDDEN.has(k) &&
  !(typeof v === "object" && Object.values(v!).every(x => x === null || x === false || k === "contract" && x === true && !(v as { enforced?: boolean }).enforced));

function Config({ d }: { d: Detail }) {
  const config = Object.entries(d.node.config ?? {}).filter(([k, v]) => says(k, v));
  const meta = Object.entries(d.node.meta ?? (d.node.config?.["meta"] as Record<string, unknown> | undefined) ?? {});
  if (!config.length && !meta.length) return null;
  return (
    <Section title="Config">
      {meta.length > 0 && <><h3>Meta</h3><Facts facts={meta.map(([k, v]) => [k, <Data value={v} />])} /></>}
      <Facts facts={config.map(([k, v]) => [k, <Data value={v} />])} />
    </Section>
  );
}

function size(d: Detail): string {
  const stats = d.catalog?.stats ?? {}, of = (id: string) => stats[id]?.include ? Number(stats[id]!.value) : NaN;
  const rows = of("num_rows") || of("row_count"), took = of("num_bytes") || of("bytes");
  return [Number.isFinite(rows) && `${compact(rows)} rows`, Number.isFinite(took) && bytes(took)].filter(Boolean).join(", ");
}

function Links({ url, children }: { url: string; children: string }) {
  return /^https?:\/\//i.test(url) ? <a href={url} rel="noopener noreferrer">{children}</a> : <>{children}</>;
}

function Head({ node, d }: { node: Node; d: Detail | null }) {
  const extra = (d?.node ?? {}) as Record<string, unknown>, url = typeof extra["url"] === "string" ? extra["url"] : "";
  const tested = node.tested === undefined ? undefined : nodes[node.tested];
  return (
    <>
      <header class="node-head">
        <Badge kind={node.kind} />
        <h1 class={isGone(node) ? "struck" : ""}><Name text={node.name} /></h1>{node.diff && <span class={`how ${node.diff.how}`}><BareSign how={node.diff.how} />{node.diff.how}</span>}
        {node.last && <span class="last"><Status status={node.last.status} /> <When iso={node.last.at} /> <span class="soft">in {seconds(node.last.seconds)}</span></span>}
      </header>
      <Facts facts={[
        ["Relation", node.relation && <code>{node.relation}</code>],
        ["Materialized", node.kind === "test" || node.kind === "unit_test" ? "" : node.materialized],
        ["Tests", tested && <><NodeLink node={tested} />{node.column && <> . <a href={addressOf(tested, { column: node.column })}>{node.column}</a></>}</>],
        ["File", project.repository ? <Links url={`${project.repository}/${node.path}`}>{node.path}</Links> : node.path],
        ["Package", node.package !== project.name && node.package],
        ["Type", typeof extra["type"] === "string" ? extra["type"] : ""],
        ["Address", url && <Links url={url}>{url}</Links>],
        ["Owner", node.owner], ["Group", node.group],
        ["Access", node.access !== "protected" && node.access],
        ["Freshness", node.fresh && <Fresh node={node} />],
        ["Size", d ? size(d) : ""],
        ["Changed", node.changed && <><When iso={node.changed.at} />{node.changed.commit && <>, commit <Commit id={node.changed.commit} /></>}</>],
        ["Tags", node.tags?.map(t => <a class="tag" key={t} href={address("search", "", { tag: t })}>{t}</a>)],
      ]} />
    </>
  );
}

export function NodePage({ node, query }: { node: Node; query: URLSearchParams }) {
  const got = useDetail(node), d = got instanceof Error ? null : got;
  return (
    <div class="page">
      <Head node={node} d={d} />
      {got instanceof Error && <p class="trouble" role="alert">{got.message}</p>}
      {d && <>
        <Markdown text={d.node.description} />
        <Changes node={node} d={d} />
        <NodeChart node={node} />
        <LoadParts node={node} d={d} />
        {node.kind !== "load" && <Columns node={node} d={d} column={query.get("column")} />}
        <Examples d={d} />
        <UnitTest d={d} />
        {!isTest(node) && node.kind !== "macro" && (node.up.length > 0 || node.down.length > 0) && (
          <Section title="Lineage"><Lineage focus={node} /></Section>
        )}
        <div class="two"><Neighbours title={isGone(node) ? "Was made from" : "Made from"} some={reads(node)} /><Neighbours title={isGone(node) ? "Was read by" : "Read by"} some={readBy(node)} /></div>
        <Sql node={node} d={d} query={query} />
        <Tests node={node} />
        <Runs d={d} />
        <Config d={d} />
      </>}
    </div>
  );
}
