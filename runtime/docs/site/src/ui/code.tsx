// SQL and templates with colours. In: a text, and how names in it lead to nodes. Out: numbered lines of elements; no
// HTML is made from the text. ref(), source() and calls of macros in {{ }} and {% %} are links.
import Prism from "prismjs/components/prism-core";
import "prismjs/components/prism-sql";
import "prismjs/components/prism-clike";
import "prismjs/components/prism-python";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { addressOf } from "../route";
import type { Node } from "../store";

/** Finds what a call in a template means: ("ref", ["orders"]), ("source", ["raw", "t"]), ("my_macro", []). */
export type Resolve = (call: string, words: string[]) => Node | undefined;

type Token = string | Prism.Token;
type Piece = { text: string; tone: string; to?: Node };

function flat(tokens: Token[], tone: string, out: Piece[]): Piece[] {
  for (const t of tokens)
    if (typeof t === "string") out.push({ text: t, tone });
    else if (Array.isArray(t.content)) flat(t.content, t.type, out);
    else if (typeof t.content === "string") out.push({ text: t.content, tone: t.type });
    else flat([t.content], t.type, out);
  return out;
}

const TEMPLATE = /(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\})/;
const CALL = /((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(\s*\(\s*)((?:(?:'[^']*'|"[^"]*")\s*,?\s*)*)/g;

// A template's tag: strings and calls that lead somewhere stand out, the rest has one colour.
function tag(text: string, resolve: Resolve | undefined, out: Piece[]): void {
  if (text.startsWith("{#")) { out.push({ text, tone: "comment" }); return; }
  let from = 0;
  for (const m of text.matchAll(CALL)) {
    const words = [...m[3]!.matchAll(/'([^']*)'|"([^"]*)"/g)].map(w => w[1] ?? w[2]!);
    const to = resolve?.(m[1]!, words);
    if (!to) continue;
    const named = m[1] === "ref" || m[1] === "source" ? m[0].trimEnd().replace(/,$/, "") : m[1]!;
    out.push({ text: text.slice(from, m.index), tone: "template" }, { text: named, tone: "template", to });
    from = m.index + named.length;
  }
  out.push({ text: text.slice(from), tone: "template" });
}

function pieces(text: string, language: string, resolve: Resolve | undefined): Piece[] {
  const grammar = Prism.languages[language] ?? Prism.languages["sql"]!, out: Piece[] = [];
  if (language === "python") return flat(Prism.tokenize(text, grammar), "", out);
  for (const part of text.split(TEMPLATE))
    if (/^\{[{%#]/.test(part)) tag(part, resolve, out);
    else if (part) flat(Prism.tokenize(part, grammar), "", out);
  return out;
}

function lines(all: Piece[]): Piece[][] {
  const out: Piece[][] = [[]];
  for (const p of all)
    p.text.split("\n").forEach((text, i) => {
      if (i) out.push([]);
      if (text) out[out.length - 1]!.push({ ...p, text });
    });
  return out;
}

const element = (p: Piece): ComponentChildren =>
  p.to ? <a class={`t-${p.tone}`} href={addressOf(p.to)}>{p.text}</a> : p.tone ? <span class={`t-${p.tone}`}>{p.text}</span> : p.text;

export interface CodeProps {
  text: string;
  language?: string;
  resolve?: Resolve;
  line?: number;                 // the line that is marked, from 1
  onLine?: (line: number) => void;
}

export function Code({ text, language = "sql", resolve, line, onLine }: CodeProps) {
  const trimmed = useMemo(() => text.replace(/^(\s*\n)+/, "").trimEnd(), [text]);
  const all = useMemo(() => lines(pieces(trimmed, language, resolve)), [trimmed, language, resolve]);
  const marked = useRef<HTMLDivElement>(null);
  useEffect(() => marked.current?.scrollIntoView({ block: "center" }), [line]);
  return (
    <div class="code">
      <Copy text={trimmed} />
      <pre tabIndex={0}><code>
        {all.map((some, i) => (
          <div class={i + 1 === line ? "row marked" : "row"} ref={i + 1 === line ? marked : null} key={i}>
            <a class="no" aria-label={`line ${i + 1}`} onClick={() => onLine?.(i + 1)}>{i + 1}</a>
            <span class="of">{some.map(element)}{"\n"}</span>
          </div>
        ))}
      </code></pre>
    </div>
  );
}

/** A button that puts a text into the clipboard, and says so for a moment. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, set] = useState(false);
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); } catch { fallback(text); }
    set(true);
    setTimeout(() => set(false), 1500);
  };
  return <button class="copy" type="button" onClick={copy} aria-live="polite">{done ? "Copied" : label}</button>;
}

// A page that is a file may have no clipboard of its own.
function fallback(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
