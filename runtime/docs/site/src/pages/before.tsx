// What of a node is not what it was: a part of its page.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Before, Changed, Detail } from "../data";
import { against, byId, nodes, type Node } from "../store";
import { Sign, TextDiff, WasIs } from "../ui/change";
import { Data, NodeLink, Section, Tabs } from "../ui/parts";

const SAID = {
  added: "It is new.",
  removed: "It is gone; this is what it was.",
};

function Sql({ node, d }: { node: Node; d: Detail }) {
  const before = d.before!, now = d.node.raw_code ?? d.node.macro_sql ?? "";
  const written = before.raw_code !== undefined && before.raw_code !== now;
  // Schemas differ from one target to another: compiled SQL says something where it was written or made otherwise.
  const compiled = !!node.diff?.what?.some(w => w === "sql" || w === "macros") && before.compiled_code !== undefined && !!d.node.compiled_code && before.compiled_code !== d.node.compiled_code;
  const [side, choose] = useState(written ? "raw" : "compiled");
  if (!written && !compiled) return null;
  const raw = side === "raw" && written;
  return (
    <Part title="SQL" aside={written && compiled && <Tabs label="Which SQL" here={raw ? "raw" : "compiled"} choose={choose} tabs={[{ id: "raw", title: "As written" }, { id: "compiled", title: "Compiled" }]} />}>
      {!written && <p class="soft">The text is the same, and compiles to something else.</p>}
      {raw ? <TextDiff before={before.raw_code!} after={now} label="SQL, line by line" /> : <TextDiff before={before.compiled_code!} after={d.node.compiled_code!} label="Compiled SQL, line by line" />}
    </Part>
  );
}

const Part = ({ title, aside, children }: { title: string; aside?: ComponentChildren; children: ComponentChildren }) => (
  <div class="change-part"><div class="change-head"><h3>{title}</h3>{aside}</div>{children}</div>
);

const PLACES = { lineage: "as their queries have them", database: "as the database has them", files: "as YAML describes them" };

function Columns({ of }: { of: Before }) {
  if (!of.columns?.length) return null;
  return (
    <Part title="Columns" aside={<span class="soft">{PLACES[of.from ?? "files"]}</span>}>
      <div class="scroll"><table class="columns">
        <thead><tr><th><span class="g-say">How</span></th><th>Name</th><th>Type</th></tr></thead>
        <tbody>{of.columns.map(c => <tr key={c.name}><td class="sign-cell"><Sign how={c.how} /></td><th scope="row" class={c.how === "removed" ? "struck" : ""}><code>{c.name}</code></th>
          <td class="type">{c.how === "changed" ? <WasIs was={c.was} is={c.is} /> : c.is ?? c.was}</td></tr>)}</tbody>
      </table></div>
    </Part>
  );
}

const SHORT = 60;
const plain = (v: unknown) => v === null || typeof v !== "object" || (Array.isArray(v) && v.every(x => x === null || typeof x !== "object"));
const text = (v: unknown) => v === null || (typeof v === "object" && !Object.keys(v).length) ? "" : JSON.stringify(v, null, 2);

/** Values as they were and are: in a line where they are short, else line by line. */
function Values({ title, of }: { title: string; of: Changed[] | undefined }) {
  if (!of?.length) return null;
  const said = (v: unknown) => v === null ? undefined : <Data value={v} />;
  const short = of.filter(c => plain(c.was) && plain(c.is) && `${c.was}${c.is}`.length < SHORT), long = of.filter(c => !short.includes(c));
  return (
    <Part title={title}>
      {short.length > 0 && <dl class="facts">{short.map(c => <div key={c.key}><dt>{c.key.replaceAll("_", " ")}</dt><dd><WasIs was={said(c.was)} is={said(c.is)} /></dd></div>)}</dl>}
      {long.map(c => <div key={c.key}><h4>{c.key.replaceAll("_", " ")}</h4><TextDiff before={text(c.was)} after={text(c.is)} label={`${c.key}, line by line`} /></div>)}
    </Part>
  );
}

function Words({ d }: { d: Detail }) {
  const of = d.before!, now = d.node.description ?? "";
  if (!of.described) return null;
  const columns = [...new Set([...Object.keys(of.described), ...Object.values(d.node.columns ?? {}).map(c => c.name)])].flatMap(name => {
    const was = of.described![name] ?? "", is = d.node.columns?.[name]?.description ?? "";
    return was === is ? [] : [{ name, was, is }];
  });
  return (
    <Part title="Description">
      {(of.description ?? "") !== now && <TextDiff before={of.description ?? ""} after={now} label="Description, line by line" />}
      {columns.length > 0 && <dl class="facts wide">{columns.map(c => <div key={c.name}><dt><code>{c.name}</code></dt><dd><WasIs was={c.was || undefined} is={c.is || undefined} /></dd></div>)}</dl>}
    </Part>
  );
}

function Tests({ node }: { node: Node }) {
  const some = [...node.tests.filter(t => t.diff), ...node.testsGone];
  if (!some.length || node.diff?.how !== "changed") return null;
  return (
    <Part title="Tests">
      <ul class="plain">{some.map(t => <li key={t.id}><Sign how={t.diff!.how} /> <span class={t.diff!.how === "removed" ? "struck" : ""}><NodeLink node={t} bare>{t.test ?? t.name}</NodeLink></span>{t.column && <span class="soft"> of {t.column}</span>}
        {t.diff!.what && <span class="soft"> ({t.diff!.what.join(", ")})</span>}</li>)}</ul>
    </Part>
  );
}

function Macros({ of }: { of: Before }) {
  const some = (of.macros ?? []).map(id => byId.get(id)).filter(n => n !== undefined);
  return some.length ? <Part title="Macros that changed"><ul class="plain">{some.map(n => <li key={n.id}><Sign how={n.diff?.how ?? "changed"} /> <NodeLink node={n} />{!n.diff && <span class="soft"> calls one that did</span>}</li>)}</ul></Part> : null;
}

function Reads({ node }: { node: Node }) {
  const gained = (node.gained ?? []).map(i => nodes[i]!), gone = [...node.gone];
  if (!gained.length && !gone.length) return null;
  return (
    <Part title="Reads">
      <ul class="plain">{gained.map(n => <li key={n.id}><Sign how="added" /> <NodeLink node={n} /></li>)}
        {gone.map(n => <li key={n.id}><Sign how="removed" /> <span class="struck"><NodeLink node={n} /></span></li>)}</ul>
    </Part>
  );
}

export function Changes({ node, d }: { node: Node; d: Detail }) {
  const diff = node.diff;
  if (!diff) return null;
  return (
    <Section title="Changes" aside={<span class="soft">against <code>{against!.state}</code></span>}>
      <p class={`changed-line ${diff.how}`}><Sign how={diff.how} /> {diff.how === "changed" ? <>{diff.what?.map(w => <span class="tag" key={w}>{w}</span>)}{!diff.modified && node.kind !== "macro" && <span class="soft">not for <code>state:modified</code></span>}</> : SAID[diff.how]}</p>
      {diff.breaks && <p class="trouble">{diff.breaks}</p>}
      {d.before && <><Sql node={node} d={d} /><Macros of={d.before} /><Columns of={d.before} /><Values title="Config" of={d.before.config} /><Values title="Definition" of={d.before.definition?.filter(c => !d.before!.config?.some(k => k.key === c.key))} /><Words d={d} /></>}
      <Tests node={node} />
      <Reads node={node} />
    </Section>
  );
}
