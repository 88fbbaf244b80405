// Which chart a node asks for, and the rows it is drawn from.
import { useEffect, useState } from "preact/hooks";
import type { ChartSpec, Detail, Rows } from "../data";
import { addressOf } from "../route";
import { detail, type Node } from "../store";
import { ChartView } from "./chart";
import { chartOf } from "./guess";

export interface Drawn { node: Node; spec: ChartSpec; of: Rows }

const specOf = (d: Detail): ChartSpec | null => {
  const said = (d.node.meta ?? (d.node.config?.["meta"] as Record<string, unknown> | undefined))?.["chart"];
  return said === true ? {} : said && typeof said === "object" ? said as ChartSpec : null;
};

/** The chart of a node: of an exposure, that of the model which it names, or of the only one it reads. */
export async function drawn(n: Node): Promise<Drawn | null> {
  const d = await detail(n), spec = specOf(d);
  if (!spec) return null;
  const from = n.kind !== "exposure" ? n : spec.of ? n.up.find(p => p.name === spec.of) : n.up.length === 1 ? n.up[0] : undefined;
  const of = from === n ? d.rows : from && (await detail(from)).rows;
  return of ? { node: n, spec, of } : null;
}

export function NodeChart({ node }: { node: Node }) {
  const [got, set] = useState<Drawn | null>(null);
  useEffect(() => {
    let here = true;
    if (node.chart) drawn(node).then(d => here && set(d), () => {});
    return () => { here = false; };
  }, [node]);
  return got ? <div class="charts"><ChartView spec={got.spec} of={got.of} name={node.name} height={280} /></div> : null;
}

// What goes on in time stands first.
const inTime = (d: Drawn) => (d.spec.type ?? chartOf(d.spec, d.of, "")?.type) === "line";

/** The charts of some nodes. */
export function Charts({ some }: { some: Node[] }) {
  const [got, set] = useState<Drawn[]>([]);
  useEffect(() => {
    let here = true;
    void Promise.all(some.map(n => drawn(n).catch(() => null))).then(all => here && set(all.filter(d => d !== null).sort((a, b) => Number(inTime(b)) - Number(inTime(a)))));
    return () => { here = false; };
  }, [some]);
  if (!got.length) return null;
  return <div class="charts">{got.map(d => <ChartView key={d.node.id} spec={d.spec} of={d.of} name={d.node.name} href={addressOf(d.node)} />)}</div>;
}
