// The page's side of painter.worker.ts. In: a scene, and where it is looked at from. Out: bitmaps, one order at a time.
import script from "worker:./painter.worker.ts";
import type { Colours, Look, Picture } from "./draw";
import type { Scene } from "./scene";
import type { Order } from "./painter.worker";

/** What crosses to the worker: places and texts, without the nodes behind them. */
function plain(s: Scene): Picture {
  return {
    items: s.items.map(({ box: _, ...card }) => card), wires: s.wires.map(({ link: _, ...line }) => line),
    threads: s.threads.map(t => ({ points: t.points, value: t.value })), labels: s.labels, frames: s.frames,
    width: s.width, height: s.height, box: s.box,
  };
}

export class Painter {
  private readonly worker: Worker;
  private give: ((b: ImageBitmap) => void) | undefined;
  /** Whether this browser can draw beside the page. */
  static readonly able = typeof OffscreenCanvas !== "undefined" && "transferToImageBitmap" in OffscreenCanvas.prototype;

  constructor(scene: Scene) {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
    this.worker.onmessage = (e: MessageEvent<ImageBitmap>) => { const g = this.give; this.give = undefined; if (g) g(e.data); else e.data.close(); };
    this.worker.postMessage({ picture: plain(scene), width: 0, height: 0, dots: 1 } satisfies Order);
  }
  get busy(): boolean { return !!this.give; }
  /** Only when not busy. */
  paint(look: Look, colours: Colours, width: number, height: number, dots: number, then: (b: ImageBitmap) => void): void {
    this.give = then;
    this.worker.postMessage({ look, colours, width, height, dots } satisfies Order);
  }
  end(): void { this.worker.terminate(); }
}
