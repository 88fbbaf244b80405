// The tests of a node: how the last run of each ended, how the runs before did, since when it fails.
import { useEffect, useState } from "preact/hooks";
import type { Result } from "../data";
import { moment, number } from "../format";
import { outcome } from "../kinds";
import { failingSince } from "../runs";
import { detail, type Node } from "../store";
import { NodeLink, Section, Status, When } from "../ui/parts";

const SHOWN = 20;                // runs of a test in its row
const MOST = 200;                // tests whose runs are asked for: each may stand in a chunk of its own

/** The runs of tests, once they are there; a part that cannot be read has none. */
function useRuns(of: Node[]): Map<Node, Result[]> {
  const [got, set] = useState(new Map<Node, Result[]>());
  useEffect(() => {
    let here = true;
    const ran = of.filter(t => t.last).slice(0, MOST);
    void Promise.all(ran.map(async t => [t, (await detail(t).catch(() => null))?.history ?? []] as const)).then(all => { if (here) set(new Map(all)); });
    return () => { here = false; };
  }, [of]);
  return got;
}

const told = (r: Result) => `${moment(r.at)}: ${r.status}${r.failures ? `, ${number(r.failures)} failing` : ""}`;

/** A bar for each run, oldest first: its colour says how it ended, its height how many rows failed. */
function Past({ runs }: { runs: Result[] }) {
  const some = runs.slice(0, SHOWN).reverse(), most = Math.max(...some.map(r => r.failures ?? 0), 1);
  const bad = some.filter(r => outcome(r.status) === "bad").length;
  return (
    <svg class="spark" width={some.length * 7} height="18" role="img" aria-label={`the last ${some.length} runs, of which ${bad} failed`}>
      {some.map((r, i) => {
        const h = r.failures ? 6 + (12 * r.failures) / most : 6;
        return <rect key={i} class={outcome(r.status)} x={i * 7} y={18 - h} width="5" height={h}><title>{told(r)}</title></rect>;
      })}
    </svg>
  );
}

function Since({ runs }: { runs: Result[] }) {
  const since = failingSince(runs);
  if (!since || runs.length < 2) return null;
  return <span class="soft">, {since.orEarlier ? "in all runs since" : "since"} <When iso={since.at} /></span>;
}

const order = (a: Node, b: Node) => (a.column ?? "").localeCompare(b.column ?? "") || a.name.localeCompare(b.name);

export function Tests({ node }: { node: Node }) {
  const runs = useRuns(node.tests), past = [...runs.values()].some(r => r.length > 1);
  if (!node.tests.length) return null;
  return (
    <Section title="Tests" count={node.tests.length}>
      <div class="scroll"><table>
        <thead><tr><th>Test</th><th>Column</th><th>Last run</th><th>Failing rows</th>{past && <th>Runs</th>}</tr></thead>
        <tbody>{[...node.tests].sort(order).map(t => (
          <tr key={t.id}>
            <td><NodeLink node={t}>{t.test ?? t.name}</NodeLink></td><td>{t.column}</td>
            <td>{t.last ? <><Status status={t.last.status} /> <When iso={t.last.at} /><Since runs={runs.get(t) ?? []} /></> : <span class="soft">not run</span>}</td>
            <td>{t.last?.failures ? number(t.last.failures) : ""}</td>
            {past && <td>{runs.get(t)?.length ? <Past runs={runs.get(t)!} /> : ""}</td>}
          </tr>
        ))}</tbody>
      </table></div>
    </Section>
  );
}
