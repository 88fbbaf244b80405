// The graph of a State, to be looked at and worked with. In: a State. Out: a canvas with a map, a card of what is
// chosen, the same as lists for who does not see it; and the next State when a person asks for more or less.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { one, outcome } from "../kinds";
import { addressOf, go } from "../route";
import { wayOf, type Way } from "./columns";
import { modelOf, waysFrom, type Model, type State } from "./model";
import { Layouts } from "./places";
import { askOf, itemsOf, sceneOf, trailOf, type Hit, type Item, type Scene } from "./scene";
import { View } from "./view";
import { Zoom } from "./zoom";
import type { Node } from "../store";

export interface Handle { view: View; scene: Scene | undefined; model: Model }   // scene: none where nothing is shown
interface Props { state: State; set: (next: Partial<State>) => void; whole: boolean; label: string; ready?: (h: Handle) => void }

const flip = (list: string[], word: string) => list.includes(word) ? list.filter(w => w !== word) : [...list, word];

export function Graph({ state, set, whole, label, ready }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null), map = useRef<HTMLCanvasElement>(null), view = useRef<View | undefined>(undefined);
  const layouts = useMemo(() => new Layouts(), []), now = useRef<{ state: State; model: Model; items: Item[] } | undefined>(undefined);
  const [busy, setBusy] = useState(0), [fault, setFault] = useState("");
  const [chosen, choose] = useState<Item>(), [tip, setTip] = useState<{ it: Item; x: number; y: number }>();
  const [way, setWay] = useState<Way>();
  const keep = useRef<string | undefined>(undefined);
  const pointed = useRef<{ timer: number; name: string }>({ timer: 0, name: "" });
  const key = JSON.stringify({ ...state, focus: state.focus?.id, column: state.column && [state.column.node.id, state.column.name] });

  // The way of the column that was clicked.
  useEffect(() => {
    let on = true;
    const c = state.column;
    if (!c) setWay(undefined);
    else wayOf(c.node, c.name, () => on).then(w => { if (on) setWay(w); }, e => { if (on) setFault(String(e.message ?? e)); });
    return () => { on = false; };
  }, [state.column?.node, state.column?.name]);

  const model = useMemo(() => modelOf(state, way), [key, way]);

  // What a person points at and does.
  const act = useRef<{ press(h: Hit | undefined): void; point(h: Hit | undefined, x: number, y: number): void; key(e: KeyboardEvent): boolean; chosen(at: number): void } | undefined>(undefined);
  const light = (it: Item | undefined) => {
    const v = view.current;
    if (!v?.scene) return;
    const at = it ? v.scene.items.indexOf(it) : -1;
    v.lit = at >= 0 && v.scene.items.length > 1 && !v.scene.threads.length ? (w => ({ items: w.boxes, wires: w.links }))(waysFrom(now.current!.model, [at])) : undefined;
    v.draw();
  };
  const select = (it: Item | undefined) => {
    choose(it);
    if (view.current) view.current.at = it ? view.current.scene!.items.indexOf(it) : -1;
    light(it);
  };
  /** The way of the column under the pointer, above the picture as it is. */
  const trace = (n: Node | undefined, column: string) => {
    const p = pointed.current, v = view.current!, name = n ? `${n.at} ${column}` : "";
    if (p.name === name) return;
    clearTimeout(p.timer);
    p.name = name;
    if (v.trail) { v.trail = undefined; v.draw(); }
    if (!n) return;
    p.timer = window.setTimeout(async () => {
      const w = await wayOf(n, column, () => p.name === name).catch(() => undefined);
      if (!w || p.name !== name || !v.scene || !now.current) return;
      v.trail = trailOf(now.current.model, v.scene, w);
      v.draw();
    }, 90);
  };
  const more = (it: Item, side: "<" | ">") => { keep.current = it.box.key; set({ more: [...state.more, side + it.box.key] }); };
  act.current = {
    press(h) {
      if (!h) { select(undefined); if (state.column) set({ column: undefined }); return; }
      if ("frame" in h) { set({ open: state.open.includes("*") ? now.current!.model.groups.filter(g => g !== h.frame) : state.open.filter(g => g !== h.frame) }); return; }
      const n = h.item.box.node;
      keep.current = h.item.box.key;
      if (h.part === "up") more(h.item, "<");
      else if (h.part === "down") more(h.item, ">");
      else if (h.part === "open") set({ open: [...state.open, h.item.box.name] });
      else if (h.part === "rest") set({ wide: flip(state.wide, h.item.box.key) });
      else if (h.part === "row" && n) set({ column: state.column?.node === n && state.column.name === h.row!.name ? undefined : { node: n, name: h.row!.name } });
      else select(h.item);
    },
    point(h, x, y) {
      const it = h && "item" in h ? h.item : undefined;
      setTip(it && h && "part" in h && h.part !== "row" ? { it, x, y } : undefined);
      light(it ?? chosen);
      trace(it?.box.node && h && "row" in h && h.row && !state.column ? it.box.node : undefined, h && "row" in h ? h.row?.name ?? "" : "");
    },
    key(e) {
      const it = chosen;
      if (e.key === "Escape" && (it || state.column)) { select(undefined); if (state.column) set({ column: undefined }); return true; }
      if (!it) return false;
      if (e.key === "f" && it.box.node) { set({ focus: it.box.node, more: [] }); return true; }
      if (e.key === "[" && it.box.lessUp) { more(it, "<"); return true; }
      if (e.key === "]" && it.box.lessDown) { more(it, ">"); return true; }
      return false;
    },
    chosen(at) { select(view.current!.scene!.items[at]); },
  };
  const open = (it: Item) => it.box.node ? go(addressOf(it.box.node)) : set({ open: [...state.open, it.box.name] });
  const opener = useRef(open);
  opener.current = open;

  useEffect(() => {
    const v = new View(canvas.current!, map.current, {
      point: (h, x, y) => act.current!.point(h, x, y), press: h => act.current!.press(h), open: it => opener.current(it),
      chosen: at => act.current!.chosen(at), key: e => act.current!.key(e),
    }, whole);
    view.current = v;
    return () => { v.end(); layouts.end(); };
  }, []);

  useEffect(() => {
    const items = itemsOf(model, state, way);
    now.current = { state, model, items };
    setFault("");
    if (!items.length) { view.current!.clear(); choose(undefined); ready?.({ view: view.current!, scene: undefined, model }); return; }
    const wait = setTimeout(() => setBusy(items.length), 120);
    layouts.place(askOf(model, items)).then(laid => {
      clearTimeout(wait);
      if (!laid) return;
      setBusy(0);
      const scene = sceneOf(model, items, laid, way), v = view.current!, stay = keep.current;
      keep.current = undefined;
      v.lit = undefined;
      v.home = state.column?.node.id ?? state.focus?.id;
      v.show(scene, stay ?? (way ? way.at.node.id : undefined));
      const again = scene.items.find(i => i.box.key === chosen?.box.key);
      choose(again);
      if (again) v.at = scene.items.indexOf(again);
      ready?.({ view: v, scene, model });
    }, e => { clearTimeout(wait); setBusy(0); setFault(String(e.message ?? e)); });
    return () => clearTimeout(wait);
  }, [model]);

  const empty = !model.boxes.length;
  return (
    <div class="g-view">
      <canvas ref={canvas} tabIndex={0} role="application" class={whole ? "g-canvas" : "g-canvas g-inside"} aria-label={`${label}: ${model.nodes.length} shown. Arrows go along edges, Enter opens, plus and minus zoom, 0 fits, shift and arrows move.`} />
      <canvas ref={map} class="g-map" aria-hidden="true" />
      <Zoom view={() => view.current} />
      {busy > 0 && <p class="g-word" role="status">Laying out {busy.toLocaleString("en")} boxes …</p>}
      {fault && <p class="g-word g-fault" role="alert">{fault}</p>}
      {empty && <p class="g-word" role="status">Nothing is shown: the filter leaves no node.</p>}
      {tip && !(chosen && tip.it === chosen) && <Tip it={tip.it} x={tip.x} y={tip.y} />}
      {state.column && <Legend way={way} state={state} end={() => set({ column: undefined })} />}
      {chosen && <Card it={chosen} state={state} set={set} more={more} close={() => select(undefined)} />}
      <div class="g-say" aria-live="polite">{chosen ? said(chosen) : ""}</div>
    </div>
  );
}

const said = (it: Item) => it.box.node
  ? `${one(it.box.node.kind)} ${it.box.node.name}, ${counted(it.box.node.up.length, "parent")}, ${counted(it.box.node.down.length, "child", "children")}${it.box.node.diff ? `, ${how(it.box.node)}` : ""}`
  : `${it.box.name}, ${counted(it.box.members!.length, "node")}, closed`;
const how = (n: Node) => [n.diff!.how, n.diff!.what?.join(", ")].filter(Boolean).join(": ");
const counted = (n: number, word: string, words = word + "s") => `${n} ${n === 1 ? word : words}`;

function Tip({ it, x, y }: { it: Item; x: number; y: number }) {
  const n = it.box.node, ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const el = ref.current!, room = el.parentElement!.clientWidth, high = el.parentElement!.clientHeight;
    el.style.left = `${Math.max(4, Math.min(x + 14, room - el.offsetWidth - 8))}px`;
    el.style.top = `${y + 18 + el.offsetHeight > high ? y - el.offsetHeight - 10 : y + 18}px`;
  });
  return (
    <div class="g-tip" ref={ref} aria-hidden="true">
      <b>{it.box.name}</b>
      {n ? <>
        <span>{[one(n.kind), n.materialized, n.schema && `in ${n.schema}`].filter(Boolean).join(", ")}</span>
        {n.diff && <span>{how(n)}</span>}
        {n.says && <span>{n.says}</span>}
        {n.last && <span class={`g-${outcome(n.last.status)}`}>{n.last.status}, {n.last.seconds.toFixed(2)} s{n.last.rows !== undefined && `, ${n.last.rows.toLocaleString("en")} rows`}</span>}
      </> : <span>{it.sub}</span>}
    </div>
  );
}

function Card({ it, state, set, more, close }: { it: Item; state: State; set: (s: Partial<State>) => void; more: (it: Item, side: "<" | ">") => void; close: () => void }) {
  const n = it.box.node;
  return (
    <section class="g-card" aria-label={`Chosen: ${it.box.name}`}>
      <header><b>{n ? <a href={addressOf(n)}>{n.name}</a> : it.box.name}</b><button type="button" aria-label="Close" onClick={close}>×</button></header>
      {n && <p class="g-soft">{[one(n.kind), n.materialized, n.schema].filter(Boolean).join(" · ")}</p>}
      {n?.diff && <p class={`g-how ${n.diff.how}`}>{how(n)}</p>}
      {n?.says && <p>{n.says}</p>}
      {n?.last && <p class={`g-${outcome(n.last.status)}`}>Last run: {n.last.status}, {n.last.seconds.toFixed(2)} s</p>}
      <div class="g-acts">
        {n ? <>
          <a class="g-button" href={addressOf(n)}>Open</a>
          {state.focus !== n && <button type="button" onClick={() => set({ focus: n, more: [] })}>Focus</button>}
          {it.box.lessUp > 0 && <button type="button" onClick={() => more(it, "<")}>{it.box.lessUp} more parents</button>}
          {state.more.some(m => m.slice(1) === n.id) && <button type="button" onClick={() => set({ more: state.more.filter(m => m.slice(1) !== n.id) })}>Fewer again</button>}
          {it.box.lessDown > 0 && <button type="button" onClick={() => more(it, ">")}>{it.box.lessDown} more children</button>}
        </> : <button type="button" onClick={() => set({ open: [...state.open, it.box.name] })}>Show its {it.box.members!.length} nodes</button>}
      </div>
      {n?.columns && n.columns.length > 0 && <details><summary>{counted(n.columns.length, "column")}: show one's way</summary>
        <ul>{n.columns.map(c => <li key={c}><button type="button" class="g-column" aria-pressed={state.column?.node === n && state.column.name === c}
          onClick={() => set({ column: state.column?.node === n && state.column.name === c ? undefined : { node: n, name: c } })}>{c}</button></li>)}</ul></details>}
      {n && <Near title="Parents" some={n.up} />}
      {n && <Near title="Children" some={n.down} />}
      {it.box.members && <Near title="In it" some={it.box.members} />}
    </section>
  );
}
/** What the lit lines say, as text too. */
function Legend({ way, state, end }: { way: Way | undefined; state: State; end: () => void }) {
  const c = state.column!, at = way && way.at.node === c.node && way.at.column === c.name ? way : undefined;
  const ends = (down: boolean) => {
    const here = new Map<string, string>();
    for (const s of at?.steps ?? []) {
      const near = down ? s.from : s.to, far = down ? s.to : s.from;
      if (near.node === c.node && near.column === c.name) here.set(`${far.node.name}${far.column === null ? "" : "." + far.column}`, s.step);
    }
    return [...here].map(([name, step]) => `${name} (${step})`);
  };
  const up = ends(false), down = ends(true);
  return (
    <section class="g-legend" aria-label="The way of a column">
      <header><b>{c.node.name}.{c.name}</b><button type="button" aria-label="Let go of the column" onClick={end}>×</button></header>
      {!at ? <p class="g-soft">Looking for its way …</p> : <>
        <p><i class="g-solid" /> value <i class="g-dots" /> influence</p>
        <details><summary>In words</summary>
        <p>{up.length ? `Made of ${up.join(", ")}` : "Made of no other column"}</p>
        <p>{down.length ? `Gets into ${down.slice(0, 8).join(", ")}${down.length > 8 ? ` and ${down.length - 8} more` : ""}` : "Nothing reads it"}</p>
        {at.unknown.length > 0 && <p class="g-warn">Not known: {at.unknown.slice(0, 5).map(n => n.name).join(", ")}{at.unknown.length > 5 && ` and ${at.unknown.length - 5} more`}</p>}
        </details>
      </>}
    </section>
  );
}

function Near({ title, some }: { title: string; some: Node[] }) {
  const [all, setAll] = useState(false), few = all ? some : some.slice(0, 12);
  if (!some.length) return <p class="g-soft">{title}: none</p>;
  return <>
    <h4>{title} ({some.length})</h4>
    <ul>{few.map(n => <li key={n.id}><a href={addressOf(n)}>{n.name}</a></li>)}</ul>
    {few.length < some.length && <button type="button" onClick={() => setAll(true)}>all {some.length}</button>}
  </>;
}
