// How things changed: signs, words, and texts line by line.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { How } from "../data";
import { lineDiff, near } from "../diff";
import { SIGNS } from "../signs";

/** "+", "~" or "−" in its colour, read as a word. */
export const Sign = ({ how }: { how: How }) => <span class={`sign ${how}`} role="img" aria-label={how} title={how}>{SIGNS[how]}</span>;

/** The same where the word stands beside it. */
export const BareSign = ({ how }: { how: How }) => <span class={`sign ${how}`} aria-hidden="true">{SIGNS[how]}</span>;

/** A value as it was and as it is. */
export const WasIs = ({ was, is }: { was: ComponentChildren; is: ComponentChildren }) => (
  <span class="was-is">{was !== undefined && <del>{was}</del>}{was !== undefined && is !== undefined && <span class="arrow" aria-label="became">→</span>}{is !== undefined && <ins>{is}</ins>}</span>
);

/** Two texts as one, with what is gone and what is new. */
export function TextDiff({ before, after, label }: { before: string; after: string; label: string }) {
  const pieces = useMemo(() => near(lineDiff(before, after)), [before, after]);
  return (
    <div class="code diff"><pre tabIndex={0} aria-label={label}><code>
      {pieces.map((p, i) => "skipped" in p
        ? <div class="row skipped" key={i}><span class="no" /><span class="no" /><span class="of">{p.skipped.toLocaleString("en")} lines as they were{"\n"}</span></div>
        : <div class={`row ${p.sign === "+" ? "added" : p.sign === "-" ? "removed" : ""}`} key={i}>
            <span class="no" aria-hidden="true">{p.old || ""}</span><span class="no" aria-hidden="true">{p.now || ""}</span><span class="of">{p.sign === "-" ? "−" : p.sign}{" "}{p.text}{"\n"}</span>
          </div>)}
    </code></pre></div>
  );
}
