// Tables as a diagram to look at and work with. In: which are shown. Out: a canvas with a map, a card of what is
// chosen, and the next address when a person asks for more.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { HEAD, LINE, type Lit } from "../graph/draw";
import { Layouts } from "../graph/places";
import { type Hit, type Item, type Scene } from "../graph/scene";
import { View } from "../graph/view";
import { Zoom } from "../graph/zoom";
import { one } from "../kinds";
import { addressOf, go } from "../route";
import type { Node } from "../store";
import { erd } from "./here";
import { cardinality, isPrimary, keyColumns, spoken, type Relation } from "./model";
import { askOf, itemsOf, sceneOf, type Shown } from "./scene";

export interface Drawn { view: View; scene: Scene | undefined }   // scene: none where nothing is shown
type Ask = (next: Record<string, string>, of?: Node) => void;
interface Props { shown: Shown; wide: string[]; focus: Node | undefined; set: Ask; ready: (d: Drawn) => void }

/** What is lit with a table, or with one of its columns: relations, and the tables at their other ends. */
function litOf(scene: Scene, at: number, row = -1): Lit {
  const it = scene.items[at]!, y = it.y + HEAD + row * LINE + LINE / 2;
  const lit: Lit = { items: new Set([at]), wires: new Set() };
  scene.wires.forEach(({ link, points: p }, i) => {
    const from = link.from === at && (row < 0 || p[1] === y), to = link.to === at && (row < 0 || p[p.length - 1] === y);
    if (from || to) { lit.wires.add(i); lit.items.add(link.from).add(link.to); }
  });
  return lit;
}

const relationsOf = (n: Node) => erd.of.get(n) ?? [];
/** The table with most relations: what is looked at first where all would be too small to read. */
const busiest = (shown: Shown) => shown.tables.reduce<Node | undefined>((a, b) =>
  a && relationsOf(a).length >= relationsOf(b).length ? a : b, undefined);

const LABEL = "Arrows go along relations, Enter opens, e shows all columns, f makes a table the middle, plus and minus " +
  "zoom, 0 fits. The list says the same.";

export function Diagram({ shown, wide, focus, set, ready }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null), map = useRef<HTMLCanvasElement>(null);
  const view = useRef<View>(undefined);
  const layouts = useMemo(() => new Layouts(), []), stay = useRef<string>(undefined);
  const [chosen, choose] = useState<Item>(), [fault, setFault] = useState("");
  const light = (lit: Lit | undefined) => { const v = view.current!; v.lit = lit; v.draw(); };
  const indexOf = (it: Item | undefined) => it ? view.current!.scene!.items.indexOf(it) : -1;
  const select = (it: Item | undefined) => {
    const v = view.current!, at = indexOf(it);
    choose(it);
    v.at = at;
    light(at < 0 ? undefined : litOf(v.scene!, at));
  };
  const widen = (n: Node) => {
    stay.current = n.id;
    set({ wide: (wide.includes(n.id) ? wide.filter(w => w !== n.id) : [...wide, n.id]).join(",") });
  };
  const told = {
    point(h: Hit | undefined) {
      const scene = view.current!.scene, it = h && "item" in h ? h : undefined, at = it?.at ?? indexOf(chosen);
      const row = it?.row && litOf(scene!, it.at, it.item.rows.indexOf(it.row));
      light(row?.wires.size ? row : at >= 0 ? litOf(scene!, at) : undefined);
    },
    press(h: Hit | undefined) {
      if (!h || !("item" in h)) select(undefined);
      else if (h.part === "rest") widen(h.item.box.node!);
      else select(h.item);
    },
    open(it: Item) { go(addressOf(it.box.node!)); },
    chosen(at: number) { select(view.current!.scene!.items[at]); },
    key(e: KeyboardEvent) {
      const n = chosen?.box.node;
      if (!n || !["Escape", "f", "e"].includes(e.key)) return false;
      if (e.key === "f") set({}, n);
      else if (e.key === "e") widen(n);
      else select(undefined);
      return true;
    },
  };
  const now = useRef(told);
  now.current = told;

  useEffect(() => {
    const v = new View(canvas.current!, map.current, {
      point: h => now.current.point(h), press: h => now.current.press(h), open: it => now.current.open(it),
      chosen: at => now.current.chosen(at), key: e => now.current.key(e),
    }, true);
    view.current = v;
    return () => { v.end(); layouts.end(); };
  }, []);

  useEffect(() => {
    const items = itemsOf(erd, shown, wide, focus), v = view.current!, ask = askOf(shown, items);
    setFault("");
    if (!items.length) { v.clear(); choose(undefined); ready({ view: v, scene: undefined }); return; }
    layouts.place(ask).then(laid => {
      if (!laid) return;
      const scene = sceneOf(shown, items, ask, laid);
      v.home = (focus ?? busiest(shown))?.id;
      v.lit = undefined;
      v.show(scene, stay.current);
      stay.current = undefined;
      const again = scene.items.find(i => i.box.key === chosen?.box.key);
      choose(again);
      v.at = again ? scene.items.indexOf(again) : -1;
      if (again) v.lit = litOf(scene, v.at);
      ready({ view: v, scene });
    }, e => setFault(String(e.message ?? e)));
  }, [shown, wide, focus]);

  const none = focus && !erd.of.has(focus)
    ? `Nothing says what ${focus.name} refers to: a relationships test or a foreign key would`
    : "Nothing is shown: the filter leaves no table";
  return (
    <div class="g-view">
      <canvas ref={canvas} tabIndex={0} role="application" class="g-canvas"
        aria-label={`Relations: ${shown.tables.length} tables. ${LABEL}`} />
      <canvas ref={map} class="g-map" aria-hidden="true" />
      <Zoom view={() => view.current} />
      {fault && <p class="g-word g-fault" role="alert">{fault}</p>}
      {!shown.tables.length && <p class="g-word" role="status">{none}</p>}
      {chosen && <Card n={chosen.box.node!} focused={chosen.box.node === focus} wide={wide.includes(chosen.box.key)}
        focus={n => set({}, n)} widen={widen} close={() => select(undefined)} />}
      <div class="g-say" aria-live="polite">{chosen ? announced(chosen.box.node!) : ""}</div>
    </div>
  );
}

const announced = (n: Node) => `${one(n.kind)} ${n.name}: ${relationsOf(n).map(spoken).join("; ")}`;

function Part({ title, some, far }: { title: string; some: Relation[]; far: (r: Relation) => Node }) {
  if (!some.length) return null;
  return <>
    <h4>{title} ({some.length})</h4>
    <ul>{some.map(r => (
      <li key={spoken(r) + far(r).id}><a href={addressOf(far(r))}>{far(r).name}</a>{" "}
        <span class="g-soft">by {r.columns.join(", ")} · <span class="num">{cardinality(r)}</span></span></li>
    ))}</ul>
  </>;
}

type Act = (n: Node) => void;
interface CardProps { n: Node; focused: boolean; wide: boolean; focus: Act; widen: Act; close: () => void }
function Card({ n, focused, wide, focus, widen, close }: CardProps) {
  const some = relationsOf(n), keys = keyColumns(erd, n), primary = keys.filter(c => isPrimary(erd.keys.get(n), c));
  const folds = (n.columns?.length ?? 0) > keys.length;
  return (
    <section class="g-card" aria-label={`Chosen: ${n.name}`}>
      <header><b><a href={addressOf(n)}>{n.name}</a></b>
        <button type="button" aria-label="Close" onClick={close}>×</button></header>
      <p class="g-soft">{[one(n.kind), n.materialized, n.schema].filter(Boolean).join(" · ")}</p>
      {n.says && <p>{n.says}</p>}
      {primary.length > 0 && <p>Key: {primary.join(", ")}</p>}
      <div class="g-acts">
        <a class="g-button" href={addressOf(n)}>Open</a>
        {!focused && <button type="button" onClick={() => focus(n)}>Focus</button>}
        {folds && <button type="button" onClick={() => widen(n)}>{wide ? "Keys only" : "All columns"}</button>}
      </div>
      <Part title="Refers to" some={some.filter(r => r.from === n)} far={r => r.to} />
      <Part title="Referred to by" some={some.filter(r => r.to === n)} far={r => r.from} />
    </section>
  );
}
