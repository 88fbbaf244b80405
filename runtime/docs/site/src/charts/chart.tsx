// A chart as SVG, by Observable Plot. In: rows and what meta says of them. Out: a figure, with its numbers as a table.
import * as Plot from "@observablehq/plot";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ChartSpec, Rows } from "../data";
import { moment, number } from "../format";
import { Table } from "../ui/table";
import { chartOf, type Cell, type Chart } from "./guess";

const TONES = ["var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--chart-4)", "var(--chart-5)", "var(--chart-6)", "var(--chart-7)", "var(--chart-8)"];
const words = (name: string) => name.replaceAll("_", " ");

/** How numbers of a chart are written: "$" and "%", else as they are. */
export function formatter(format: string | undefined): (n: number) => string {
  if (format === "$") return n => (n < 0 ? "-$" : "$") + Math.abs(n).toLocaleString("en", { maximumFractionDigits: Math.abs(n) < 1000 ? 2 : 0 });
  if (format === "%") return n => `${n.toLocaleString("en", { maximumFractionDigits: 1 })} %`;
  return n => n.toLocaleString("en", { maximumFractionDigits: 2 });
}

function marks(c: Chart, sideways: boolean): Plot.Markish[] {
  const fill = c.color ?? TONES[0]!, tip = { format: { [sideways ? "x" : "y"]: formatter(c.format) } };
  const base = { x: c.x, y: c.y };
  switch (c.type) {
    case "bar": return sideways
      ? [Plot.ruleX([0]), Plot.barX(c.rows, Plot.groupY({ x: "sum" }, { x: c.y, y: c.x, fill, sort: { y: "-x" }, tip: { format: { x: formatter(c.format) } }, rx: 2 }))]
      : [Plot.ruleY([0]), Plot.barY(c.rows, Plot.groupX({ y: "sum" }, { ...base, fill, tip, rx: 2, ...(c.kinds[c.x] === "text" ? { sort: { x: "-y" as const } } : {}) }))];
    case "area": return [Plot.ruleY([0]), Plot.areaY(c.rows, { ...base, fill, fillOpacity: .35 }), Plot.lineY(c.rows, { ...base, stroke: fill, tip })];
    case "point": return [Plot.dot(c.rows, { ...base, fill, r: 3.5, fillOpacity: .75, tip })];
    default: return [
      ...(c.color ? [] : [Plot.areaY(c.rows, { ...base, fill, fillOpacity: .12 })]),
      Plot.lineY(c.rows, { ...base, stroke: fill, strokeWidth: 2, tip }),
      ...(c.rows.length <= 60 ? [Plot.dot(c.rows, { ...base, fill, r: 2.2 })] : []),
    ];
  }
}

function draw(c: Chart, width: number, height: number): SVGElement {
  // Names along the side are readable, names along the bottom are not, but for few short ones.
  const names = new Set(c.rows.map(r => String(r[c.x]))), long = Math.max(...[...names].map(n => n.length));
  const sideways = c.type === "bar" && c.kinds[c.x] === "text" && (names.size > 5 || long * names.size * 8 > width);
  const numbers = { grid: true, nice: true, label: null, tickFormat: formatter(c.format), ticks: 5 };
  const plain = { label: null, tickSize: 0 };
  const chart = Plot.plot({
    width, height: sideways ? Math.max(120, names.size * 22 + 40) : height, marginTop: 12,
    marginLeft: sideways ? Math.min(width * .4, 16 + long * 7) : 54, marginBottom: 32, marginRight: 14,
    x: sideways ? numbers : { ...plain, ...(c.kinds[c.x] === "time" ? { type: "utc" as const } : {}) },
    y: sideways ? plain : numbers,
    color: { range: TONES, ...(c.color ? { legend: false } : {}) },
    marks: marks(c, sideways),
  }) as SVGElement;
  // Plot's own styles are text in the page, which the policy keeps out; charts.css has them.
  chart.querySelectorAll("style").forEach(s => s.remove());
  // Nor is what it tells the programmer: a sign with a tooltip in the corner.
  chart.querySelectorAll("text").forEach(t => { if (t.textContent?.startsWith("⚠")) t.remove(); });
  // The figure has one label for all of it; those of its groups stand where ARIA allows none.
  chart.querySelectorAll("[aria-label]").forEach(g => g.removeAttribute("aria-label"));
  return chart;
}

const show = (v: Cell | undefined, format: string | undefined) => typeof v === "number" ? formatter(format)(v) : v instanceof Date ? moment(v.toISOString()).slice(0, 10) : v ?? "";

function Legend({ c }: { c: Chart }) {
  if (!c.color) return null;
  const values = [...new Set(c.rows.map(r => String(r[c.color!])))].sort();
  return <ul class="legend">{values.slice(0, 12).map((v, i) => <li key={v}><i style={{ background: TONES[i % TONES.length]! }} />{v}</li>)}</ul>;
}

export interface ChartProps { spec: ChartSpec; of: Rows; name: string; href?: string; height?: number }

/** A figure of some rows; nothing where they hold no number. */
export function ChartView({ spec, of, name, href, height = 230 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null), [width, setWidth] = useState(0), [table, setTable] = useState(spec.type === "table");
  const c = useMemo(() => chartOf(spec, of, words(name)), [spec, of]);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(() => box.current && setWidth(Math.floor(box.current.clientWidth)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [table]);
  useEffect(() => {
    if (!box.current || !c || !width || c.type === "number" || c.type === "table") return;
    box.current.replaceChildren(draw(c, width, height));
  }, [c, width, table]);
  if (!c && spec.type !== "table") return null;
  const title = c?.title ?? spec.title ?? words(name), last = c?.rows[c.rows.length - 1];
  return (
    <figure class="chart">
      <figcaption>
        {href ? <a href={href}>{title}</a> : title}
        {c && <button type="button" class="plain small" aria-pressed={table} onClick={() => setTable(!table)}>{table ? "Chart" : "Numbers"}</button>}
      </figcaption>
      {table || !c ? <div class="numbers"><Table names={of.names} rows={of.rows} /></div>
        : c.type === "number" ? <p class="figure">{show(last?.[c.y], c.format)}<span>{words(c.y)}</span></p>
        : <><div ref={box} role="img" aria-label={`${title}: ${words(c.y)} by ${words(c.x)}, ${number(c.rows.length)} values`} style={{ minHeight: `${height}px` }} /><Legend c={c} /></>}
      <p class="when">{of.more && `The first ${number(of.rows.length)} rows, `}as of {moment(of.at)}</p>
    </figure>
  );
}
