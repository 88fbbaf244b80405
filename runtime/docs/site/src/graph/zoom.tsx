// The buttons of a picture that is zoomed. In: its View, when a button is pressed.
import type { View } from "./view";

export function Zoom({ view }: { view: () => View | undefined }) {
  const button = (title: string, key: string, sign: string, press: (v: View) => void) => (
    <button type="button" title={`${title} (${key})`} aria-label={title}
      onClick={() => { const v = view(); if (v) press(v); }}>{sign}</button>
  );
  return (
    <div class="g-zoom">
      {button("Nearer", "+", "+", v => v.zoomBy(1.4))}
      {button("Farther", "-", "−", v => v.zoomBy(1 / 1.4))}
      {button("Everything", "0", "⤢", v => v.fit())}
    </div>
  );
}
