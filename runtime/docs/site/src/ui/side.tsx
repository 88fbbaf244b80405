// The tree at the side: packages and folders, or schemas, with their nodes. In: the index. Out: a list of rows, of which
// folders open and close.
import { useMemo, useState } from "preact/hooks";
import { one } from "../kinds";
import { addressOf, type Route } from "../route";
import { isGone, project, shown, type Node } from "../store";
import { Sign } from "./change";
import { List } from "./list";
import { Mark, Status, Tabs } from "./parts";
import { PageLinks } from "./top";

interface Folder { name: string; path: string; folders: Map<string, Folder>; nodes: Node[]; count: number }
type Row = { folder: Folder; depth: number } | { node: Node; depth: number };
const folder = (name: string, path: string): Folder => ({ name, path, folders: new Map(), nodes: [], count: 0 });

function put(root: Folder, way: string[], n: Node): void {
  let at = root;
  root.count++;
  for (const name of way) {
    let next = at.folders.get(name);
    if (!next) at.folders.set(name, next = folder(name, `${at.path}/${name}`));
    at = next;
    at.count++;
  }
  at.nodes.push(n);
}

function byFile(): Folder {
  const root = folder("", "");
  for (const n of shown)
    if (n.kind === "source") put(root, ["sources", n.name.split(".")[0]!], n);
    else if (n.kind === "exposure") put(root, ["exposures"], n);
    else put(root, [...(n.package === project.name ? [] : [n.package]), ...n.path.split("/").slice(0, -1)], n);
  return root;
}
function bySchema(): Folder {
  const root = folder("", "");
  for (const n of shown) if (n.relation && n.schema) put(root, [n.schema], n);
  return root;
}

function rows(at: Folder, open: Set<string>, depth: number, out: Row[]): Row[] {
  for (const f of [...at.folders.values()].sort((a, b) => a.name.localeCompare(b.name))) {
    out.push({ folder: f, depth });
    if (open.has(f.path)) rows(f, open, depth + 1, out);
  }
  for (const n of [...at.nodes].sort((a, b) => a.name.localeCompare(b.name))) out.push({ node: n, depth });
  return out;
}

// The folders on the way to a node; small projects are open as a whole.
function way(root: Folder, here: Node | undefined): string[] {
  const out: string[] = [];
  const walk = (f: Folder): boolean => {
    let on = f.nodes.includes(here!);
    for (const c of f.folders.values()) if (walk(c)) on = true;
    if (on || root.count <= 60) out.push(f.path);
    return on;
  };
  walk(root);
  return out;
}

const ROW = 28;

export function Side({ here, route }: { here: Node | undefined; route: Route }) {
  const [mode, setMode] = useState("files");
  const root = useMemo(mode === "files" ? byFile : bySchema, [mode]);
  const [toggled, toggle] = useState(new Map<string, boolean>());
  const onWay = useMemo(() => way(root, here), [root, here]);
  const open = new Set(onWay);
  for (const [path, is] of toggled) is ? open.add(path) : open.delete(path);
  const all = rows(root, open, 0, []);
  const at = here ? all.findIndex(r => "node" in r && r.node === here) : -1;
  const row = (i: number) => {
    const r = all[i]!, indent = { paddingLeft: `${10 + r.depth * 14}px` };
    if ("node" in r) {
      const n = r.node;
      return (
        <a class={n === here ? "row here" : "row"} style={indent} href={addressOf(n)} aria-current={n === here ? "page" : undefined} title={`${one(n.kind)} ${n.name}`}>
          <Mark kind={n.kind} /><span class={isGone(n) ? "cut struck" : "cut"}>{n.kind === "source" && mode === "files" ? n.name.slice(n.name.indexOf(".") + 1) : n.name}</span>{n.diff && <Sign how={n.diff.how} />}{n.last && <Status status={n.last.status} bare />}
        </a>
      );
    }
    const f = r.folder, is = open.has(f.path);
    return (
      <button type="button" class="row folder" style={indent} aria-expanded={is} onClick={() => toggle(new Map(toggled).set(f.path, !is))}>
        <span class="turn" aria-hidden="true">{is ? "▾" : "▸"}</span><span class="cut">{f.name}</span><span class="count">{f.count}</span>
      </button>
    );
  };
  return (
    <nav class="side" aria-label="All nodes">
      <div class="pages"><PageLinks route={route} /></div>
      <Tabs label="How the tree is made" here={mode} choose={setMode} tabs={[{ id: "files", title: "Project" }, { id: "schemas", title: "Database" }]} />
      <List class="tree" label="Nodes" count={all.length} height={ROW} row={row} show={at} />
    </nav>
  );
}
