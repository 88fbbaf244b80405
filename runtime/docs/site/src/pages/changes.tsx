// The first page of docs diff: what is added, changed and removed, and who reads it.
import { boxes, changed, HOWS, nodesAndExposures, reached } from "../changes";
import type { How } from "../data";
import { moment } from "../format";
import { counted, KINDS, many } from "../kinds";
import { address, addressOf } from "../route";
import { against, isTest, project, type Node } from "../store";
import { BareSign, Sign } from "../ui/change";
import { Made } from "../ui/made";
import { NodeLink, Section } from "../ui/parts";

function Count({ how }: { how: How }) {
  const some = changed.filter(n => n.diff!.how === how);
  const kinds = KINDS.map(({ kind }) => [kind, some.filter(n => n.kind === kind).length] as const).filter(([, n]) => n);
  return (
    <div class={`card change ${how}`}>
      <h3><BareSign how={how} /> {how}</h3>
      <p class="big">{some.length ? <a href={address("search", "", { change: how })}>{some.length.toLocaleString("en")}</a> : 0}</p>
      <p class="soft">{kinds.length ? kinds.map(([kind, n]) => counted(n, kind)).join(", ") : "nothing"}</p>
    </div>
  );
}

function Reach() {
  const all = [...reached(boxes)].filter(n => !n.diff);
  return (
    <div class="card">
      <h3>Read what changed</h3>
      <p class="big">{all.length.toLocaleString("en")}</p>
      <p class="soft">{nodesAndExposures(all) || "nothing else"}{all.length > 0 && ", not changed themselves"}</p>
    </div>
  );
}

const Words = ({ n }: { n: Node }) => <>{n.diff!.what?.map(w => <span class={w === "contract" ? "tag bad" : "tag"} key={w}>{w}</span>)}</>;

function Who({ n }: { n: Node }) {
  const all = [...reached([n])];
  if (!all.length) return <span class="soft">nobody</span>;
  return <a href={address("lineage", "", { focus: n.id, up: "0", down: "all" })}>{nodesAndExposures(all)}</a>;
}

function Row({ n }: { n: Node }) {
  const d = n.diff!, tested = n.up.length === 1 && isTest(n) ? n.up[0]! : undefined;
  return (
    <tr>
      <td class="sign-cell"><Sign how={d.how} /></td>
      <td class={d.how === "removed" ? "struck" : ""}><NodeLink node={n}>{isTest(n) ? n.test ?? n.name : n.name}</NodeLink>
        {tested && <span class="soft"> of <a href={addressOf(tested)}>{tested.name}</a>{n.column && `.${n.column}`}</span>}
        {d.breaks && <p class="trouble">{d.breaks}</p>}</td>
      <td><Words n={n} /></td>
      <td>{!isTest(n) && n.kind !== "macro" && n.kind !== "exposure" && <Who n={n} />}</td>
    </tr>
  );
}

function Kind({ kind }: { kind: Node["kind"] }) {
  const some = changed.filter(n => n.kind === kind).sort((a, b) => HOWS.indexOf(a.diff!.how) - HOWS.indexOf(b.diff!.how) || a.name.localeCompare(b.name));
  if (!some.length) return null;
  const title = many(kind), read = !["test", "unit_test", "macro", "exposure"].includes(kind);
  return (
    <Section title={title[0]!.toUpperCase() + title.slice(1)} count={some.length}>
      <div class="scroll"><table class="changes">
        <thead><tr><th><span class="g-say">How</span></th><th>Name</th><th>What changed</th><th>{read && "Read by"}</th></tr></thead>
        <tbody>{some.slice(0, 500).map(n => <Row key={n.id} n={n} />)}</tbody>
      </table></div>
      {some.length > 500 && <p><a href={address("search", "", { kind })}>All {some.length.toLocaleString("en")}</a></p>}
    </Section>
  );
}

export function Changes() {
  return (
    <div class="page">
      <h1>Changes of {project.title}</h1>
      <p class="sub">Against <code>{against!.state}</code>{against!.made && <> as of {moment(against!.made)}</>}. <Made /></p>
      <div class="cards four">{HOWS.map(how => <Count key={how} how={how} />)}<Reach /></div>
      {!changed.length && <p>Nothing is added, changed or removed.</p>}
      {boxes.length > 0 && <p><a href={address("lineage")}>The graph of what changed, and one step around</a></p>}
      {KINDS.map(k => <Kind key={k.kind} kind={k.kind} />)}
    </div>
  );
}
