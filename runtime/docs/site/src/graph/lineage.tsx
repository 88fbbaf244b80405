// Lineage in pages: around a node, and of the whole project with all controls. In: a node, or the address. Out: the
// graph (graph.tsx), its controls, and the address that shows the same again.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Kind } from "../data";
import { boxes as changed, HOWS } from "../changes";
import { KINDS, tone } from "../kinds";
import { address, addressOf, go } from "../route";
import { against, index, isGone, project, shown, type Node } from "../store";
import { Graph, type Handle } from "./graph";
import { groupOf, readState, START, writeState, type Grouping, type State } from "./model";
import { SaveMenu } from "./save";
import { asSelect } from "./select";
import "./graph.css";

const MANY = 500;                // so many nodes are shown by folder at first

/** The graph around a node, in its page. */
export function Lineage({ focus, hops = 1, columns = false }: { focus: Node; hops?: number; columns?: boolean }) {
  const [state, put] = useState<State>({ ...START, focus, up: hops, down: hops, columns });
  const now = state.focus === focus ? state : { ...START, focus, up: hops, down: hops, columns: state.columns };
  const set = (next: Partial<State>) => next.focus && next.focus !== focus ? go(addressOf(next.focus)) : put({ ...now, ...next });
  const h = useRef<Handle | undefined>(undefined), [high, grow] = useState(220);
  const all = now.up === Infinity && now.down === Infinity;
  return (
    <div class="g-part">
      <div class="g-bar">
        <span role="group" aria-label="How far" class="g-pick">
          {[1, 2, Infinity].map(n => <button type="button" key={n} aria-pressed={now.up === n && now.down === n} onClick={() => set({ up: n, down: n, more: [] })}>{n === Infinity ? "all" : n === 1 ? "1 step" : `${n} steps`}</button>)}
        </span>
        <label class="g-check"><input type="checkbox" checked={now.columns} onChange={e => set({ columns: e.currentTarget.checked, column: undefined })} /> columns</label>
        <span class="g-grow" />
        <Save get={() => h.current} state={now} />
        <a class="g-button" href={address("lineage", "", writeState({ ...now, up: all ? Infinity : now.up }))}>Full window</a>
      </div>
      <div class="g-frame" style={{ height: `${high}px` }}><Graph state={now} set={set} whole={false} label={`Lineage of ${focus.name}`} ready={x => { h.current = x; grow(Math.max(190, Math.min(460, (x.scene?.height ?? 0) + 70))); }} /></div>
    </div>
  );
}

/** The whole project, with all controls. The address holds what is shown. */
export function LineagePage({ query }: { query: URLSearchParams }) {
  const text = query.toString();
  const read = useMemo(() => readState(query), [text]);
  const large = !text && (against && changed.length ? changed.length : shown.length) > MANY;
  const state = large ? { ...read, group: "folder" as Grouping } : read;
  const [handle, ready] = useState<Handle>();
  const typed = useRef<number | undefined>(undefined);
  const set = (next: Partial<State>, quietly = false) => {
    // Who looks for something in a large project means its nodes, not their folders.
    const to = writeState({ ...state, ...(large && (next.select || next.focus) ? { group: "" as Grouping } : {}), ...next });
    // An address without anything means "as at first"; "everything" of a large project has to be said.
    if (shown.length > MANY && !Object.values(to).some(Boolean)) to.group = "none";
    go(address("lineage", "", to), quietly);
  };
  const kinds = useMemo(() => KINDS.map(k => ({ ...k, n: shown.filter(n => n.kind === k.kind).length })).filter(k => k.n), []);
  const input = useRef<HTMLInputElement>(null);
  // The address leads, but not under the hands of who types.
  useEffect(() => { if (input.current && document.activeElement !== input.current) input.current.value = read.select; }, [read.select]);
  const wrong = handle?.model.wrong ?? [];
  const count = handle ? handle.model.nodes.length : 0;
  const groups = useMemo(() => state.group ? new Set(shown.map(n => groupOf(n, state.group))).size : 0, [state.group]);
  return (
    <div class="g-page">
      <h1 class="g-say">Lineage of {project.title}</h1>
      <div class="g-bar">
        <label class="g-filter"><span class="g-say">Filter, as --select</span>
          <input type="search" placeholder="+orders  tag:nightly,2+path:models/mart" spellcheck={false} ref={input}
            onInput={e => { const v = e.currentTarget.value; clearTimeout(typed.current); typed.current = window.setTimeout(() => set({ select: v.trim(), more: [] }, true), 300); }} />
        </label>
        {state.focus && <span class="g-chip">around <b>{state.focus.name}</b>
          <Steps label="up" n={state.up} set={n => set({ up: n })} /><Steps label="down" n={state.down} set={n => set({ down: n })} />
          <button type="button" aria-label="End the focus" onClick={() => set({ focus: undefined, up: 1, down: 1, more: [] })}>×</button></span>}
        <label class="g-check">group by <select value={state.group} onChange={e => set({ group: e.currentTarget.value as Grouping, open: [] })}>
          <option value="">nothing</option><option value="folder">folder</option><option value="schema">schema</option><option value="tag">tag</option></select></label>
        {state.group && <button type="button" onClick={() => set({ open: state.open.includes("*") ? [] : ["*"] })}>{state.open.includes("*") ? "close all" : `open all ${groups}`}</button>}
        <label class="g-check"><input type="checkbox" checked={state.columns} onChange={e => set({ columns: e.currentTarget.checked, column: undefined })} /> columns</label>
        {against && changed.length > 0 && <label class="g-check"><input type="checkbox" checked={state.changes && !state.select && !state.focus} disabled={!!(state.select || state.focus)} onChange={e => set({ changes: e.currentTarget.checked, more: [] })} /> changes only</label>}
        {text && <button type="button" onClick={() => { if (input.current) input.current.value = ""; go(address("lineage")); }}>Reset</button>}
        <span class="g-grow" />
        <span class="g-soft" role="status">{count.toLocaleString("en")} of {shown.length.toLocaleString("en")}</span>
        <Save get={() => handle} state={state} />
      </div>
      <div class="g-bar g-kinds" role="group" aria-label="Kinds that are shown">
        {kinds.map(k => <label key={k.kind} class="g-kind"><input type="checkbox" checked={!state.hide.includes(k.kind)}
          onChange={() => set({ hide: state.hide.includes(k.kind) ? state.hide.filter(x => x !== k.kind) : [...state.hide, k.kind as Kind] })} />
          <i style={{ background: tone(k.kind) }} /> {k.n.toLocaleString("en")} {k.n === 1 ? k.kind.replaceAll("_", " ") : k.many}</label>)}
        {against && <span class="g-hows">{HOWS.map(how => <span key={how}><i class={how} />{changed.filter(n => n.diff!.how === how).length.toLocaleString("en")} {how}</span>)}</span>}
        {wrong.map(w => <span class="g-fault" role="alert" key={w.text}>{w.text}</span>)}
      </div>
      <Graph state={state} set={set} whole label={`Lineage of ${project.title}`} ready={ready} />
    </div>
  );
}

function Steps({ label, n, set }: { label: string; n: number; set: (n: number) => void }) {
  return <label class="g-check">{label} <select value={n === Infinity ? "all" : String(n)} onChange={e => set(e.currentTarget.value === "all" ? Infinity : Number(e.currentTarget.value))}>
    {[0, 1, 2, 3, 4, 5].map(i => <option key={i} value={String(i)}>{i}</option>)}<option value="all">all</option></select></label>;
}

/** The picture as a file, and what is shown as the text of --select. */
function Save({ get, state }: { get: () => Handle | undefined; state: State }) {
  const select = (h: Handle) => {
    if (h.model.said && !state.focus && !state.hide.length && !state.more.length) return h.model.said;
    const f = state.focus, plus = (n: number) => !n ? "" : n === Infinity ? "+" : String(n);
    if (f && !state.select && !state.hide.length && !state.more.length) {
      const up = state.up ? (state.up === Infinity ? "+" : `${state.up}+`) : "", down = state.down ? (state.down === Infinity ? "+" : `+${plus(state.down)}`) : "";
      return `${up}${asSelect([f], index.entries as Node[])}${down}`;
    }
    return asSelect(h.model.nodes.filter(n => !isGone(n)), index.entries as Node[]);
  };
  return <SaveMenu get={get} word="lineage" of={state.focus} select={() => select(get()!)} />;
}
