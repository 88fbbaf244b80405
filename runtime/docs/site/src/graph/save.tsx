// A picture taken away. In: what is drawn. Out: an SVG or PNG file, a copy of it, of the address, of the text of
// --select.
import { useState } from "preact/hooks";
import { project, type Node } from "../store";
import { svgOf } from "./draw";
import type { Scene } from "./scene";
import type { View } from "./view";

interface Drawn { view: View; scene: Scene | undefined }   // scene: none where nothing is shown
interface Props {
  get: () => Drawn | undefined;
  word: string;                  // what the file's name begins with: "lineage"
  of: Node | undefined;          // what it is about
  select?: () => string;         // none where --select cannot say it
}

export function SaveMenu({ get, word: what, of, select }: Props) {
  const [word, say] = useState("");
  const told = (s: string) => { say(s); setTimeout(() => say(""), 2500); };
  const name = `${what}-${(of?.name ?? project.name).replace(/[^\w.-]+/g, "_")}`;
  const download = (blob: Blob, ending: string) => {
    const a = document.createElement("a");
    a.href = URL.createObjectURL(blob);
    a.download = `${name}.${ending}`;
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
  };
  type Shown = Drawn & { scene: Scene };
  const title = `${what[0]!.toUpperCase()}${what.slice(1)} of ${of?.name ?? project.title}`;
  const svg = (h: Shown) => svgOf(h.scene, h.view.colours, title);
  const png = async (h: Shown) => {
    const k = Math.min(2, 12_000 / h.scene.width, 12_000 / h.scene.height), image = new Image();
    image.src = URL.createObjectURL(new Blob([svg(h)], { type: "image/svg+xml" }));
    await image.decode();
    const c = document.createElement("canvas");
    c.width = image.width * k; c.height = image.height * k;
    const pen = c.getContext("2d")!;
    pen.drawImage(image, 0, 0, c.width, c.height);
    URL.revokeObjectURL(image.src);
    return new Promise<Blob>((good, bad) =>
      c.toBlob(b => b ? good(b) : bad(new Error("the picture is too large")), "image/png"));
  };
  const run = (what: (h: Shown) => Promise<void> | void) => async (e: Event) => {
    (e.currentTarget as HTMLElement).closest("details")?.removeAttribute("open");
    const h = get();
    if (!h?.scene) return told("Nothing is shown");
    try { await what(h as Shown); } catch (x) { told(String((x as Error).message ?? x)); }
  };
  const item = (name: string, does: (h: Shown) => Promise<void> | void) =>
    <button type="button" onClick={run(does)}>{name}</button>;
  return (
    <details class="g-menu">
      <summary>{word || "Save"}</summary>
      <div>
        {item("Picture as SVG", h => download(new Blob([svg(h)], { type: "image/svg+xml" }), "svg"))}
        {item("Picture as PNG", async h => download(await png(h), "png"))}
        {item("Copy the picture", async h => {
          await navigator.clipboard.write([new ClipboardItem({ "image/png": png(h) })]);
          told("Copied");
        })}
        {select && item("Copy as --select", async () => { await copy(`--select "${select()}"`); told("Copied"); })}
        {item("Copy the address", async () => { await copy(location.href); told("Copied"); })}
      </div>
    </details>
  );
}
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
