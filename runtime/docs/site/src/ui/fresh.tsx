// How old sources' rows are: what `starc source freshness` found last.
import { ago } from "../format";
import { outcome } from "../kinds";
import { nodes, type Node } from "../store";
import { NodeLink, When } from "./parts";

const WORDS: Record<string, string> = { pass: "fresh", warn: "getting old", error: "stale" };

/** "fresh, newest row 3 hours ago", with a dot; nothing where it was never asked. */
export function Fresh({ node }: { node: Node }) {
  const f = node.fresh;
  if (!f) return null;
  return (
    <>
      <span class={`status ${outcome(f.status)}`} title={f.message}><i class="dot" />{WORDS[f.status] ?? "could not be asked"}</span>
      {f.loaded && <>, newest row <When iso={f.loaded} /></>}
      {f.at && <span class="soft"> when asked {ago(f.at)}</span>}
      {f.message && <span class="soft">: {f.message}</span>}
    </>
  );
}

const asked = nodes.filter(n => n.fresh);

/** The card of the first page. */
export function Freshness() {
  if (!asked.length) return null;
  const old = asked.filter(n => outcome(n.fresh!.status) !== "good");
  return (
    <div class="card">
      <h3>Freshness</h3>
      <p>{asked.length - old.length} of {asked.length} sources are fresh</p>
      {old.length > 0 && <ul class="plain">{old.slice(0, 6).map(n => <li key={n.id}><NodeLink node={n} /> <Fresh node={n} /></li>)}</ul>}
      {old.length > 6 && <p class="soft">and {old.length - 6} more</p>}
    </div>
  );
}
