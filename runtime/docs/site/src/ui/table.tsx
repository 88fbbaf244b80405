// Rows of a relation as they are: numbers at the right, NULL told from an empty text.
export function Table({ names, rows }: { names: string[]; rows: unknown[][] }) {
  const numeric = names.map((_, i) => rows.every(r => r[i] === null || typeof r[i] === "number"));
  const text = (v: unknown) => typeof v === "object" ? JSON.stringify(v) : typeof v === "number" && Number.isInteger(v) ? v.toString() : String(v);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Rows"><table class="values">
      <thead><tr>{names.map((n, i) => <th key={i} class={numeric[i] ? "right" : ""}>{n}</th>)}</tr></thead>
      <tbody>{rows.map((r, k) => <tr key={k}>{names.map((_, i) => <td key={i} class={numeric[i] ? "right" : ""}>{r[i] === null ? <span class="soft">null</span> : text(r[i])}</td>)}</tr>)}</tbody>
    </table></div>
  );
}
