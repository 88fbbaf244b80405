// The bar above every page: where one is, the search, dark or light. "/" goes to the search.
import { useEffect, useRef, useState } from "preact/hooks";
import { one } from "../kinds";
import { address, addressOf, go, type Route } from "../route";
import { search, type Hit } from "../search";
import { erd } from "../erd/here";
import { against, project } from "../store";
import { Mark } from "./parts";

export const PAGES: { page: string; title: string }[] = [
  ...against ? [{ page: "", title: "Changes" }, { page: "overview", title: "Overview" }] : [{ page: "", title: "Overview" }],
  { page: "lineage", title: "Lineage" },
  ...erd.relations.length ? [{ page: "erd", title: "Relations" }] : [], { page: "search", title: "Browse" },
];

const typing = (e: KeyboardEvent) => e.target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) || e.target.isContentEditable);

/** The word of where a hit was found, for people. */
export const found = (h: Hit) => h.where === "column" ? h.what : h.where === "near" ? "a near name" : h.where === "name" ? h.node.path : h.where;

export function Search({ query }: { query: string }) {
  const [text, setText] = useState(query), [at, setAt] = useState(0), [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(query), [query]);
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || typing(e)) return;
      e.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const hits = open && text.trim() ? search(text).slice(0, 9) : [];
  const leave = () => { setOpen(false); input.current?.blur(); };
  const all = address("search", "", { q: text });
  const key = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setAt(Math.max(0, Math.min(hits.length, at + (e.key === "ArrowDown" ? 1 : -1))));
    } else if (e.key === "Enter") {
      const hit = hits[at];
      go(hit ? addressOf(hit.node) : all);
      leave();
    } else if (e.key === "Escape") leave();
  };
  return (
    <div class="search" role="search" onFocusOut={e => { if (!(e.currentTarget as HTMLElement).contains(e.relatedTarget as HTMLElement | null)) setOpen(false); }}>
      <input ref={input} value={text} placeholder="Search names, columns, descriptions" aria-label="Search" role="combobox"
        aria-expanded={hits.length > 0} aria-controls="hits" aria-activedescendant={hits.length ? `hit-${at}` : undefined} autocomplete="off" spellcheck={false}
        onInput={e => { setText(e.currentTarget.value); setAt(0); setOpen(true); }} onFocus={() => setOpen(true)} onKeyDown={key} />
      <kbd aria-hidden="true">/</kbd>
      {hits.length > 0 && (
        <div id="hits" class="hits" role="listbox" aria-label="Found">
          {hits.map((h, i) => (
            <a key={h.node.id} id={`hit-${i}`} role="option" tabIndex={-1} aria-selected={i === at} href={addressOf(h.node)} onClick={leave}>
              <Mark kind={h.node.kind} /><b class="cut">{h.node.name}</b><span class="soft cut">{one(h.node.kind)} · {found(h)}</span>
            </a>
          ))}
          <a id={`hit-${hits.length}`} role="option" tabIndex={-1} aria-selected={at === hits.length} href={all} onClick={leave}>All that is found</a>
        </div>
      )}
    </div>
  );
}

/** Dark or light: as the system says, until the reader says otherwise. */
function Theme() {
  const stored = () => { try { return localStorage.getItem("starc-theme"); } catch { return null; } };
  const [theme, set] = useState(stored);
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  useEffect(() => {
    if (theme) document.documentElement.dataset["theme"] = theme;
    dispatchEvent(new Event("theme")); // what draws on a canvas reads the colours again
  }, [theme]);
  const turn = () => {
    const next = dark ? "light" : "dark";
    try { localStorage.setItem("starc-theme", next); } catch { /* a page that is a file may have no storage */ }
    set(next);
  };
  return <button type="button" class="plain" onClick={turn} aria-label={dark ? "Light colours" : "Dark colours"} title={dark ? "Light colours" : "Dark colours"}>{dark ? "☀" : "☾"}</button>;
}

export const PageLinks = ({ route }: { route: Route }) => (
  <>{PAGES.map(p => <a key={p.page} href={address(p.page)} aria-current={route.page === p.page ? "page" : undefined}>{p.title}</a>)}</>
);

export function Top({ route, menu }: { route: Route; menu: () => void }) {
  return (
    <header class="top">
      <button type="button" class="plain menu" onClick={menu} aria-label="The tree of nodes">☰</button>
      <a class="title" href="#!/">{project.logo && <img class="logo" src={project.logo} alt="" />}{project.title}</a>
      <nav class="pages" aria-label="Pages">
        <PageLinks route={route} />
      </nav>
      <Search query={route.page === "search" ? route.query.get("q") ?? "" : ""} />
      <Theme />
    </header>
  );
}
