// The first page: what the project says of itself, how much there is, how the last run went, who reads it, and how much
// is described and tested.
import { Charts } from "../charts/of";
import { counted, KINDS, one, outcome } from "../kinds";
import { number, seconds } from "../format";
import { address } from "../route";
import { isGone, nodes as all, project, shown as everything, type Node } from "../store";
import { Freshness } from "../ui/fresh";
import { Line, Markdown } from "../ui/markdown";
import { Commit, Made } from "../ui/made";
import { NodeLink, Section, Status, When } from "../ui/parts";

const nodes = all.filter(n => !isGone(n)), shown = everything.filter(n => !isGone(n));
const charted = nodes.filter(n => n.chart);
const ran = nodes.filter(n => n.last);

function LastRun() {
  if (!ran.length) return null;
  const newest = ran.reduce((a, b) => (a.last!.at > b.last!.at ? a : b)).last!.at;
  const bad = ran.filter(n => outcome(n.last!.status) === "bad"), warned = ran.filter(n => outcome(n.last!.status) === "warn");
  return (
    <div class="card">
      <h3>Last run</h3>
      <p class="big">{bad.length ? <Status status="error" bare /> : <Status status="success" bare />} <When iso={newest} /></p>
      <p>{bad.length ? `${bad.length} failed` : "Nothing failed"}{warned.length > 0 && `, ${warned.length} with warnings`}; {seconds(ran.reduce((s, n) => s + n.last!.seconds, 0))} of work</p>
      {bad.length > 0 && <ul class="plain">{bad.slice(0, 6).map(n => <li key={n.id}><NodeLink node={n} /></li>)}</ul>}
    </div>
  );
}

const share = (some: number, all: number) => all ? Math.round((100 * some) / all) : 100;

function Bar({ name, some, all, lacking }: { name: string; some: number; all: number; lacking?: string }) {
  const percent = share(some, all);
  return (
    <div class="coverage">
      <span>{name}</span>
      <span class="meter" role="img" aria-label={`${percent} percent`}><i style={{ width: `${percent}%` }} /></span>
      <span class="soft">{lacking && some < all ? <a href={lacking}>{some.toLocaleString("en")} of {all.toLocaleString("en")}</a> : `${some.toLocaleString("en")} of ${all.toLocaleString("en")}`}</span>
    </div>
  );
}

function Coverage() {
  const kept = shown.filter(n => n.package === project.name && ["model", "source", "seed", "snapshot"].includes(n.kind));
  const columns = kept.reduce((s, n) => s + (n.columns?.length ?? 0), 0);
  const tests = new Set(kept.flatMap(n => n.tests.filter(t => t.column).map(t => `${n.id}/${t.column!.toLowerCase()}`)));
  return (
    <div class="card">
      <h3>Described and tested</h3>
      <Bar name="described" some={kept.filter(n => n.says).length} all={kept.length} lacking={address("search", "", { lacks: "description" })} />
      <Bar name="tested" some={kept.filter(n => n.tests.length).length} all={kept.length} lacking={address("search", "", { lacks: "tests" })} />
      <Bar name="columns described" some={kept.reduce((s, n) => s + Math.min(n.described ?? 0, n.columns?.length ?? 0), 0)} all={columns} />
      <Bar name="columns tested" some={tests.size} all={columns} />
    </div>
  );
}

function Counts() {
  return (
    <div class="card">
      <h3>What there is</h3>
      <ul class="plain counts">
        {KINDS.map(({ kind }) => [kind, nodes.filter(n => n.kind === kind).length] as const).filter(([, n]) => n).map(([kind, n]) => (
          <li key={kind}><a href={address("search", "", { kind })}>{counted(n, kind)}</a></li>
        ))}
      </ul>
    </div>
  );
}

const NEWEST = 10;
// By the run history: nodes whose text or config was another in an earlier run.
const changed = shown.filter(n => n.changed).sort((a, b) => b.changed!.at.localeCompare(a.changed!.at) || a.name.localeCompare(b.name));

function Lately() {
  if (!changed.length) return null;
  return (
    <Section title="Changed lately" count={changed.length}>
      <ul class="rows">
        {changed.slice(0, NEWEST).map(n => (
          <li key={n.id}>
            <NodeLink node={n} /><span class="soft">{one(n.kind)}, <When iso={n.changed!.at} />{n.changed!.commit && <>, commit <Commit id={n.changed!.commit} /></>}</span>
            <span class="says"><Line text={n.says ?? ""} /></span>
          </li>
        ))}
      </ul>
      {changed.length > NEWEST && <p class="soft">and {number(changed.length - NEWEST)} more</p>}
    </Section>
  );
}

function Readers({ some }: { some: Node[] }) {
  if (!some.length) return null;
  return (
    <Section title="Who reads it" count={some.length}>
      <ul class="rows">
        {some.map(n => <li key={n.id}><NodeLink node={n} /><span class="soft">{n.owner}</span><span class="says">{n.says}</span></li>)}
      </ul>
    </Section>
  );
}

export function Home() {
  return (
    <div class="page">
      <h1>{project.title}</h1>
      <p class="sub">
        <Made />
      </p>
      <div class="cards"><LastRun /><Freshness /><Counts /><Coverage /></div>
      <Charts some={charted} />
      <Markdown text={project.overview} />
      <Lately />
      <Readers some={shown.filter(n => n.kind === "exposure")} />
    </div>
  );
}
