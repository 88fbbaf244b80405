// Layouts, made beside the page when they are large. In: what is asked. Out: places, unless a later question came
// before the answer: then the work is given up.
import script from "worker:./layout.worker.ts";
import { layout, type Ask, type Laid } from "./layout";

const SMALL = 120;               // boxes: so many are laid out before one notices

export class Layouts {
  private worker: Worker | undefined;
  private n = 0;
  private give: ((laid: Laid | undefined) => void) | undefined;

  /** Places for a question; nothing where the next one came first. */
  place(ask: Ask): Promise<Laid | undefined> {
    this.stop();
    if (ask.w.length <= SMALL) return Promise.resolve(layout(ask));
    const n = ++this.n;
    return new Promise((good, bad) => {
      this.give = good;
      if (!this.worker) {
        const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
        this.worker = new Worker(address);
        URL.revokeObjectURL(address);
      }
      this.worker.onmessage = (e: MessageEvent<{ n: number; laid: Laid }>) => { if (e.data.n === n) { this.give = undefined; good(e.data.laid); } };
      this.worker.onerror = e => { this.give = undefined; bad(new Error(e.message)); };
      this.worker.postMessage({ n, ask });
    });
  }
  stop(): void {
    if (!this.give) return;
    this.give(undefined);
    this.give = undefined;
    this.worker?.terminate();
    this.worker = undefined;
  }
  end(): void { this.stop(); this.worker?.terminate(); this.worker = undefined; }
}
