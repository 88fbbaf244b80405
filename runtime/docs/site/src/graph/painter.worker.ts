// Pictures of large graphs, drawn beside the page. In: a Picture once, then places to look at it from, one at a time.
// Out: a bitmap for each.
import { CanvasPen, picture, type Colours, type Look, type Picture } from "./draw";

export interface Order { picture?: Picture; look?: Look; colours?: Colours; width: number; height: number; dots: number }

let what: Picture | undefined, canvas: OffscreenCanvas | undefined, pen: CanvasPen | undefined;
onmessage = (e: MessageEvent<Order>) => {
  const o = e.data;
  if (o.picture) what = o.picture;
  if (!o.look || !what) return;
  const w = Math.max(1, Math.round(o.width * o.dots)), h = Math.max(1, Math.round(o.height * o.dots));
  if (!canvas || canvas.width !== w || canvas.height !== h) {
    canvas = new OffscreenCanvas(w, h);
    pen = new CanvasPen(canvas.getContext("2d", { alpha: false })!);
  }
  picture(pen!, what, o.colours!, o.look, o.width, o.height, o.dots);
  const bitmap = canvas.transferToImageBitmap();
  postMessage(bitmap, { transfer: [bitmap] });
};
