// The page of tables and how they refer to each other. In: the relations (model.ts) and the address, which holds what
// is shown. Out: controls, a diagram (diagram.tsx) or the same as a list.
import { useMemo, useRef, useState } from "preact/hooks";
import { SaveMenu } from "../graph/save";
import { choose } from "../graph/select";
import { address, addressOf, go } from "../route";
import { project, type Node } from "../store";
import { NodeLink, Status, Tabs } from "../ui/parts";
import { Diagram, type Drawn } from "./diagram";
import { erd } from "./here";
import { cardinality, nearby, spoken, type Relation } from "./model";
import type { Shown } from "./scene";

function shownOf(focus: Node | undefined, steps: number, select: string): Shown {
  const around = focus && nearby(erd, focus, steps), chosen = select ? choose(select, erd.tables).nodes : undefined;
  const tables = erd.tables.filter(n => (!around || around.has(n)) && (!chosen || chosen.has(n)));
  const has = new Set(tables);
  return { tables, relations: erd.relations.filter(r => has.has(r.from) && has.has(r.to)) };
}

const VIEWS = [{ id: "", title: "Diagram" }, { id: "list", title: "List" }];
const counted = (n: number, word: string) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

export function ErdPage({ focus, query }: { focus: Node | undefined; query: URLSearchParams }) {
  const text = query.toString(), said = (key: string) => query.get(key) ?? "", list = said("view") === "list";
  const steps = said("steps") === "all" ? Infinity : Number(said("steps")) || 1;
  const wide = useMemo(() => said("wide").split(",").filter(Boolean), [text]);
  const shown = useMemo(() => shownOf(focus, steps, said("select")), [focus, text]);
  const [drawn, ready] = useState<Drawn>();
  const typed = useRef<number | undefined>(undefined);
  const set = (next: Record<string, string>, of: Node | undefined = focus, quietly = false) =>
    go(address("erd", of?.id, { ...Object.fromEntries(new URLSearchParams(query)), ...next }), quietly);
  const type = (words: string) => {
    clearTimeout(typed.current);
    typed.current = window.setTimeout(() => set({ select: words.trim() }, focus, true), 300);
  };
  return (
    <div class="g-page">
      <h1 class="g-say">Relations of {focus?.name ?? project.title}</h1>
      <div class="g-bar">
        <Tabs label="How relations are shown" here={said("view")} tabs={VIEWS}
          choose={view => set({ view }, focus, true)} />
        <label class="g-filter"><span class="g-say">Filter, as --select</span>
          <input type="search" placeholder="orders  tag:nightly,path:models/mart" spellcheck={false}
            defaultValue={said("select")} onInput={e => type(e.currentTarget.value)} /></label>
        {focus && <Around focus={focus} steps={said("steps") || "1"} set={n => set({ steps: n === "1" ? "" : n })}
          end={() => go(address("erd", "", { ...Object.fromEntries(query), steps: "" }))} />}
        <span class="g-grow" />
        <span class="g-soft" role="status">
          {counted(shown.tables.length, "table")}, {counted(shown.relations.length, "relation")}
        </span>
        {!list && <SaveMenu get={() => drawn} word="relations" of={focus} />}
      </div>
      {list ? <List some={shown.relations} />
        : <Diagram shown={shown} wide={wide} focus={focus} set={set} ready={ready} />}
    </div>
  );
}

interface AroundProps { focus: Node; steps: string; set: (steps: string) => void; end: () => void }
function Around({ focus, steps, set, end }: AroundProps) {
  return (
    <span class="g-chip">around <b>{focus.name}</b>
      <label class="g-check">steps <select value={steps} onChange={e => set(e.currentTarget.value)}>
        {["1", "2", "3", "all"].map(n => <option key={n} value={n}>{n}</option>)}</select></label>
      <button type="button" aria-label="End the focus" onClick={end}>×</button></span>
  );
}

function Columns({ of, columns }: { of: Node; columns: string[] }) {
  return <><NodeLink node={of} /> . {columns.map((c, i) =>
    <span key={c}>{i > 0 && ", "}<a href={addressOf(of, { column: c })}>{c}</a></span>)}</>;
}

function SaidBy({ test }: { test: Node | undefined }) {
  if (!test) return <>a constraint</>;
  return <a class="test" href={addressOf(test)}>{test.last && <Status status={test.last.status} bare />}{test.test}</a>;
}

const FEW = 300;                 // rows at first: thousands take seconds to lay out

function List({ some }: { some: Relation[] }) {
  const [all, setAll] = useState(false), few = all ? some : some.slice(0, FEW);
  return (
    <div class="page wide erd-list">
    <div class="scroll"><table>
      <thead><tr><th>Refers</th><th>Rows</th><th>To</th><th>Said by</th></tr></thead>
      <tbody>{few.map(r => (
        <tr key={spoken(r) + r.from.id + r.to.id}>
          <td><Columns of={r.from} columns={r.columns} /></td><td class="num">{cardinality(r)}</td>
          <td><Columns of={r.to} columns={r.fields} /></td><td><SaidBy test={r.test} /></td>
        </tr>
      ))}</tbody>
    </table></div>
    {few.length < some.length && <p><button type="button" onClick={() => setAll(true)}>
      Show all {counted(some.length, "relation")}</button></p>}
    </div>
  );
}
