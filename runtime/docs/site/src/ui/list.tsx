// A list of rows of one height, of which only those in sight are made.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface ListProps {
  count: number;
  height: number;                // of a row, in pixels
  row: (i: number) => ComponentChildren;
  show?: number | undefined;     // the row that is brought into sight when this changes
  class?: string;
  label: string;
}

export function List({ count, height, row, show, label, ...more }: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, set] = useState({ top: 0, tall: 600 });
  const look = () => box.current && set({ top: box.current.scrollTop, tall: box.current.clientHeight });
  useEffect(() => {
    look();
    const watch = new ResizeObserver(look);
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const el = box.current;
    if (!el || show === undefined || show < 0) return;
    const at = show * height;
    if (at < el.scrollTop || at + height > el.scrollTop + el.clientHeight) el.scrollTop = at - el.clientHeight / 3;
  }, [show]);
  const first = Math.max(0, Math.floor(seen.top / height) - 8), last = Math.min(count, Math.ceil((seen.top + seen.tall) / height) + 8);
  const rows = [];
  for (let i = first; i < last; i++) rows.push(<div role="listitem" key={i} style={{ height: `${height}px` }}>{row(i)}</div>);
  return (
    <div ref={box} class={`list ${more.class ?? ""}`} onScroll={look} role="list" aria-label={label}>
      <div style={{ height: `${count * height}px`, position: "relative" }}>
        <div style={{ position: "absolute", top: `${first * height}px`, left: "0", right: "0" }}>{rows}</div>
      </div>
    </div>
  );
}
