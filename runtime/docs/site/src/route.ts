// Addresses inside the page: "#!/model/model.shop.orders?tab=sql", as dbt's page has them, so that links in
// descriptions written for it lead to the right place. In: the address. Out: a Route, and a word when it changes.
import { useEffect, useState } from "preact/hooks";
import { byId, type Node } from "./store";

export interface Route {
  page: string;                  // "", "model", "lineage", ..
  id: string;                    // what follows; "": nothing
  query: URLSearchParams;
}

export function read(hash: string): Route {
  const bare = hash.replace(/^#!?\/?/, "");
  const [path = "", query = ""] = bare.split("?", 2);
  let parts: string[];
  try { parts = path.split("/").map(decodeURIComponent); } catch { parts = [path]; }
  // An older page of starc had the unique id alone.
  const old = parts.length === 1 ? byId.get(parts[0]!) : undefined;
  return { page: old ? old.kind : parts[0] ?? "", id: old ? old.id : parts.slice(1).join("/"),
    query: new URLSearchParams(query) };
}

/** The address of a page, with those of the query's values that are not empty. */
export function address(page: string, id = "", query: Record<string, string | undefined> = {}): string {
  const said = Object.entries(query).filter((q): q is [string, string] => !!q[1]);
  const search = new URLSearchParams(said).toString();
  return `#!/${page}${id && "/" + encodeURIComponent(id)}${search && "?" + search}`;
}
export const addressOf = (n: { kind: string; id: string }, query: Record<string, string | undefined> = {}) =>
  address(n.kind, n.id, query);

/** Goes to an address. `quietly`: in place of the present one, so that "back" skips it. */
export function go(to: string, quietly = false): void {
  if (quietly) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = to;
}

/** The present route, read again when it changes. */
export function useRoute(): Route {
  const [route, set] = useState(() => read(location.hash));
  useEffect(() => {
    const changed = () => set(read(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

export const nodeOf = (r: Route): Node | undefined => byId.get(r.id);
