// What a chart is drawn from. In: rows and what meta says. Out: a whole Chart: each key that was not said is guessed
// from the columns' types: time along the bottom, else a text; the first number that is no key upwards.
import type { ChartSpec, Rows } from "../data";

export type Cell = string | number | boolean | Date | null;
export interface Chart {
  type: NonNullable<ChartSpec["type"]>;
  x: string;
  y: string;
  color: string | undefined;
  title: string;
  format: string | undefined;
  rows: Record<string, Cell>[];
  kinds: Record<string, Kind>;
}
type Kind = "number" | "time" | "text";

const ISO = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

// Numbers that JSON cannot hold exactly may be texts, and a database's type may say nothing: the values decide.
function kindOf(values: unknown[]): Kind {
  const some = values.filter(v => v !== null && v !== "");
  if (some.length && some.every(v => typeof v === "number" || (typeof v === "string" && v.trim() !== "" && Number.isFinite(Number(v))))) return "number";
  if (some.length && some.every(v => typeof v === "string" && ISO.test(v))) return "time";
  return "text";
}

function cell(v: unknown, kind: Kind): Cell {
  if (v === null || v === undefined || v === "") return null;
  if (kind === "number") return Number(v);
  if (kind === "time") return new Date(/^\d{4}-\d{2}-\d{2}$/.test(String(v)) ? `${v}T00:00:00Z` : String(v).replace(" ", "T"));
  return typeof v === "object" ? JSON.stringify(v) : String(v);
}

const isKey = (name: string) => /(^|_)(id|key|uuid|place|rank|position)$/i.test(name);

function ordered(rows: Record<string, Cell>[], by: string): Record<string, Cell>[] {
  const down = by.startsWith("-"), name = down ? by.slice(1) : by;
  return [...rows].sort((a, b) => {
    const x = a[name] ?? null, y = b[name] ?? null;
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
  });
}

/** The chart of some rows, or null where there is nothing that can be drawn: no rows, no number. */
export function chartOf(spec: ChartSpec, of: Rows, title: string): Chart | null {
  const kinds: Record<string, Kind> = Object.create(null);
  of.names.forEach((n, i) => { kinds[n] = kindOf(of.rows.map(r => r[i])); });
  const has = (name: string | undefined) => (name !== undefined && of.names.includes(name) ? name : undefined);
  const first = (kind: Kind) => of.names.find(n => kinds[n] === kind && !isKey(n));
  const y = has(spec.y) ?? of.names.find(n => kinds[n] === "number" && !isKey(n) && n !== spec.x) ?? of.names.find(n => kinds[n] === "number" && n !== spec.x);
  const x = has(spec.x) ?? first("time") ?? first("text") ?? of.names.find(n => n !== y);
  if (!y || !of.rows.length) return null;
  let rows = of.rows.map(r => {
    const o: Record<string, Cell> = Object.create(null);
    of.names.forEach((n, i) => { o[n] = cell(r[i], kinds[n]!); });
    return o;
  });
  const time = x !== undefined && kinds[x] === "time";
  const sort = spec.sort ?? (time ? x : kinds[x ?? ""] === "text" ? `-${y}` : x);
  if (sort) rows = ordered(rows, sort);
  const distinct = (name: string) => new Set(rows.map(r => r[name])).size;
  const spare = of.names.find(n => kinds[n] === "text" && n !== x && distinct(n) > 1 && distinct(n) <= 8);
  const repeats = x !== undefined && distinct(x) < rows.length;
  const type = spec.type ?? (x === undefined || rows.length === 1 ? "number" : time ? "line" : kinds[x] === "number" ? "point" : "bar");
  if (spec.limit && type !== "bar") rows = rows.slice(0, spec.limit);
  // A line of one point is none: such colours are left out.
  const single = (name: string) => (type === "line" || type === "area") && distinct(name) === rows.length;
  const color = [has(spec.color)].filter(n => n !== undefined && !single(n))[0] ?? (repeats ? spare : undefined);
  rows = cut(type, rows, x ?? y, y, spec.limit);
  if (color) rows = fewer(rows, color, y);
  return { type, x: x ?? y, y, color, title: spec.title ?? title, format: spec.format, rows, kinds };
}

function sums(rows: Record<string, Cell>[], by: string, y: string): [Cell, number][] {
  const all = new Map<Cell, number>();
  for (const r of rows) all.set(r[by] ?? null, (all.get(r[by] ?? null) ?? 0) + Number(r[y] ?? 0));
  return [...all].sort((a, b) => b[1] - a[1]);
}

// Of more than eight colours nobody tells one from the other: the small ones are drawn as one.
function fewer(rows: Record<string, Cell>[], color: string, y: string): Record<string, Cell>[] {
  const all = sums(rows, color, y);
  if (all.length <= 8) return rows;
  const kept = new Set(all.slice(0, 7).map(s => s[0]));
  return rows.map(r => (kept.has(r[color] ?? null) ? r : { ...r, [color]: "others" }));
}

// Bars: the largest names only, since names must be readable.
function cut(type: string, rows: Record<string, Cell>[], x: string, y: string, limit = 15): Record<string, Cell>[] {
  if (type !== "bar") return rows;
  const kept = new Set(sums(rows, x, y).slice(0, limit).map(s => s[0]));
  return rows.filter(r => kept.has(r[x] ?? null));
}
