// Markdown of descriptions. In: text that anybody may have written. Out: elements; what could run, load or submit
// something is taken out, and pictures from elsewhere become links, since the page asks nobody for anything.
import DOMPurify from "dompurify";
import { Marked } from "marked";
import { useMemo } from "preact/hooks";

// Handlers and styles in raw HTML lose their names before anything reads it as HTML: the sanitiser would take them out
// too, but the browser's policy complains of each at that moment.
const disarm = (html: string) =>
  html.replace(/([\s"'/])(on\w+|style)(\s*=)/gi, "$1data-$2$3").replace(/<(\/?)(style|base|meta|link)\b/gi, "<$1x-$2");
const marked = new Marked({ gfm: true, async: false, renderer: { html: ({ text }) => disarm(text) } });

DOMPurify.addHook("afterSanitizeAttributes", el => {
  if (el.tagName === "A") {
    const to = el.getAttribute("href") ?? "";
    if (/^https?:/i.test(to)) el.setAttribute("rel", "noopener noreferrer");
    else if (!/^(mailto:|#)/i.test(to)) el.removeAttribute("href");
  }
  if (el.tagName === "IMG") {
    const from = el.getAttribute("src") ?? "";
    if (!/^[a-z][a-z0-9+.-]*:|^\/\//i.test(from)) { // a file beside the page
      if (!el.hasAttribute("alt")) el.setAttribute("alt", "");
      return;
    }
    const link = el.ownerDocument.createElement("a");
    link.textContent = el.getAttribute("alt") || from;
    if (/^https?:/i.test(from)) { link.href = from; link.rel = "noopener noreferrer"; }
    el.replaceWith(link);
  }
});

const RULES = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "option", "video", "audio", "source", "picture", "svg", "math", "dialog"],
  FORBID_ATTR: ["style", "id", "name", "class", "srcset", "action", "background", "poster"],
  ALLOW_DATA_ATTR: false,
};

export const clean = (text: string) => DOMPurify.sanitize(marked.parse(text) as string, RULES);

export function Markdown({ text }: { text: string | undefined | null }) {
  const html = useMemo(() => (text ? clean(text) : ""), [text]);
  return html ? <div class="prose" dangerouslySetInnerHTML={{ __html: html }} /> : null;
}

/** One line of Markdown without blocks: for cells and lists. */
export function Line({ text }: { text: string | undefined | null }) {
  const html = useMemo(() => (text ? DOMPurify.sanitize(marked.parseInline(text) as string, RULES) : ""), [text]);
  return html ? <span class="line" dangerouslySetInnerHTML={{ __html: html }} /> : null;
}
