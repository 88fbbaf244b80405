// Looking at a Scene: a canvas that is panned and zoomed by wheel, drag, touch and keys. In: a Scene, what is lit.
// Out: the picture, and words of what a person pointed at or chose. A picture that takes long is drawn beside the one
// that is shown (painter.ts), which meanwhile is moved and stretched: nothing waits. Leaves to others: what a choice means.
import { areaOf, CanvasPen, coloursOf, paint, picture, type Colours, type Lit, type Look, type Picture } from "./draw";
import { Painter } from "./painter";
import { hit, type Hit, type Item, type Scene } from "./scene";

export interface Told {
  point(h: Hit | undefined, x: number, y: number): void;   // hovered; x, y: on the screen, from the view's corner
  press(h: Hit | undefined): void;                         // clicked, tapped
  open(it: Item): void;                                    // double click, Enter
  chosen(at: number): void;                                // by keys
  key(e: KeyboardEvent): boolean;                          // one that the view does not know; true: done
}
const MOST = 2.5, MARGIN = 40, READABLE = 0.7;
const LARGE = 400;               // items and edges: more are painted beside the page
const SURVEY = 2400;             // dots: the longer side of the picture of everything

export class View {
  scene: Scene | undefined;
  colours: Colours;
  lit: Lit | undefined;
  trail: Picture | undefined;    // the way of a column that is pointed at
  at = -1;                       // the chosen item
  home: string | undefined;      // the key of what it is about
  x = 0; y = 0; zoom = 1;        // the scene's place at the view's left upper corner
  private width = 0; private height = 0; private dots = 1;
  private readonly pen: CanvasPen;
  private frame = 0;
  private painter: Painter | undefined;
  private shown: { look: Look; bitmap: ImageBitmap } | undefined;        // the last picture of a large scene
  private stale = false;         // the canvas has another size than `shown`
  private overview: ImageBitmap | undefined;                             // all of it: for the map, and where `shown` ends
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private moved = 0; private pinch = 0; private glide: { x: number; y: number; zoom: number; t0: number; from: { x: number; y: number; zoom: number } } | undefined;
  private readonly ends: (() => void)[] = [];
  fitted = true;                 // nobody moved it yet: a new size fits it again

  constructor(readonly canvas: HTMLCanvasElement, readonly map: HTMLCanvasElement | null, readonly told: Told, readonly whole: boolean) {
    this.pen = new CanvasPen(canvas.getContext("2d")!);
    this.colours = coloursOf(canvas);
    Object.assign(canvas, { view: this });   // for tests, and for who is curious
    const on = <K extends keyof HTMLElementEventMap>(el: HTMLElement, name: K, f: (e: HTMLElementEventMap[K]) => void, o?: AddEventListenerOptions) => {
      el.addEventListener(name, f as EventListener, o);
      this.ends.push(() => el.removeEventListener(name, f as EventListener, o));
    };
    on(canvas, "wheel", e => this.wheel(e), { passive: false });
    on(canvas, "pointerdown", e => this.down(e));
    on(canvas, "pointermove", e => this.move(e));
    on(canvas, "pointerup", e => this.up(e));
    on(canvas, "pointercancel", e => { this.fingers.delete(e.pointerId); this.pinch = 0; });
    on(canvas, "pointerleave", () => { if (!this.fingers.size) told.point(undefined, 0, 0); });
    on(canvas, "dblclick", e => { const h = this.under(e); if (h && "item" in h) told.open(h.item); });
    on(canvas, "blur", () => delete canvas.dataset.pressed);
    on(canvas, "keydown", e => this.keys(e));
    if (map) {
      const go = (e: PointerEvent) => {
        if (!this.scene || !(e.buttons & 1)) return;
        const r = map.getBoundingClientRect(), m = this.mapFit();
        this.x = (e.clientX - r.left - m.dx) / m.k - this.width / this.zoom / 2;
        this.y = (e.clientY - r.top - m.dy) / m.k - this.height / this.zoom / 2;
        this.touched();
      };
      on(map, "pointerdown", e => { map.setPointerCapture(e.pointerId); go(e); });
      on(map, "pointermove", go);
    }
    const size = new ResizeObserver(() => this.resize());
    size.observe(canvas);
    const medias = ["(prefers-color-scheme: dark)", "print"].map(q => matchMedia(q)), recolour = () => { this.colours = coloursOf(canvas); this.renew(); };
    for (const m of medias) m.addEventListener("change", recolour);
    const themes = new MutationObserver(recolour);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
    this.ends.push(() => size.disconnect(), () => medias.forEach(m => m.removeEventListener("change", recolour)), () => themes.disconnect());
    this.resize();
  }
  end(): void { for (const f of this.ends) f(); cancelAnimationFrame(this.frame); this.painter?.end(); }

  /** Nothing to show. */
  clear(): void {
    this.scene = this.lit = this.trail = undefined;
    this.pen.c.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.map?.classList.add("g-needless");
  }
  /** A new scene. `stay`: an item's key whose place on the screen is kept, if both scenes have it. */
  show(scene: Scene, stay?: string): void {
    const old = stay !== undefined ? this.scene?.items.find(i => i.box.key === stay) : undefined, now = scene.items.find(i => i.box.key === stay);
    const first = !this.scene;
    this.scene = scene;
    this.trail = undefined;
    this.at = -1;
    if (old && now) { this.x += now.x - old.x; this.y += now.y - old.y; this.fitted = false; }
    else if (first || this.fitted) this.fit(false, true);
    this.painter?.end();
    this.painter = Painter.able && scene.items.length + scene.wires.length > LARGE ? new Painter(scene) : undefined;
    this.renew();
  }
  /** What is shown is out of date: colours, places. */
  private renew(): void {
    this.shown?.bitmap.close();
    this.overview?.close();
    this.shown = this.overview = undefined;
    this.draw();
  }

  private everything(): number {
    const s = this.scene;
    return s ? Math.min(1, (this.width - MARGIN) / s.width, (this.height - MARGIN) / s.height) : 1;
  }
  /** Everything in sight. At first, though, so near that names can be read around `home`, where there is one. */
  fit(gently = true, first = false): void {
    const s = this.scene;
    if (!s || !this.width) return;
    const all = this.everything();
    const it = first && all < READABLE ? s.items.find(i => i.box.key === this.home) : undefined, zoom = it ? READABLE : all;
    // A side that fits is shown whole; of the other the home is in the middle.
    const mid = (size: number, room: number, at: number) => it && size * zoom > room - MARGIN ? at : size / 2;
    const x = mid(s.width, this.width, it ? it.x + it.w / 2 : 0), y = mid(s.height, this.height, it ? it.y + it.h / 2 : 0);
    this.go(x - this.width / zoom / 2, y - this.height / zoom / 2, zoom, gently);
    this.fitted = true;
  }
  /** Brings an item into the middle, or only into sight. */
  see(at: number, middle: boolean): void {
    const it = this.scene?.items[at];
    if (!it) return;
    const w = this.width / this.zoom, h = this.height / this.zoom, pad = 30 / this.zoom;
    const inside = it.x - pad > this.x && it.x + it.w + pad < this.x + w && it.y - pad > this.y && it.y + it.h + pad < this.y + h;
    if (!middle && inside) return;
    const zoom = Math.max(this.zoom, Math.min(1, 0.6));
    this.go(it.x + it.w / 2 - this.width / zoom / 2, it.y + it.h / 2 - this.height / zoom / 2, zoom, true);
  }
  go(x: number, y: number, zoom: number, gently: boolean): void {
    if (gently && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.glide = { x, y, zoom, t0: performance.now(), from: { x: this.x, y: this.y, zoom: this.zoom } };
    else { this.glide = undefined; this.x = x; this.y = y; this.zoom = zoom; }
    this.fitted = false;
    this.draw();
  }
  zoomBy(factor: number, px = this.width / 2, py = this.height / 2): void {
    const zoom = Math.max(this.everything() * 0.7, Math.min(MOST, this.zoom * factor));
    this.x += px / this.zoom - px / zoom;
    this.y += py / this.zoom - py / zoom;
    this.zoom = zoom;
    this.touched();
  }
  panBy(px: number, py: number): void { this.x -= px / this.zoom; this.y -= py / this.zoom; this.touched(); }
  /** Where on the screen an item's upper right corner is. */
  placeOf(it: Item): [number, number] { return [(it.x + it.w - this.x) * this.zoom, (it.y - this.y) * this.zoom]; }

  private touched() { this.fitted = false; this.glide = undefined; this.draw(); }
  private under(e: { clientX: number; clientY: number }): Hit | undefined {
    const r = this.canvas.getBoundingClientRect();
    return this.scene && hit(this.scene, (e.clientX - r.left) / this.zoom + this.x, (e.clientY - r.top) / this.zoom + this.y);
  }
  private wheel(e: WheelEvent) {
    // In a page that scrolls the wheel is the page's, until the graph is what a person is at.
    if (!this.whole && !e.ctrlKey && document.activeElement !== this.canvas) return;
    e.preventDefault();
    const r = this.canvas.getBoundingClientRect(), unit = e.deltaMode ? 16 : 1;
    if (Math.abs(e.deltaX) > Math.abs(e.deltaY) || e.shiftKey) this.panBy(-(e.deltaX || e.deltaY) * unit, 0);
    else this.zoomBy(Math.exp(-Math.max(-240, Math.min(240, e.deltaY * unit)) * (e.ctrlKey ? 0.01 : 0.0016)), e.clientX - r.left, e.clientY - r.top);
  }
  private down(e: PointerEvent) {
    this.canvas.dataset.pressed = "1";   // who clicks in needs no frame around it
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(e.pointerId);
    this.fingers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (this.fingers.size === 1) this.moved = 0;
    this.pinch = 0;
  }
  private move(e: PointerEvent) {
    const f = this.fingers.get(e.pointerId), r = this.canvas.getBoundingClientRect();
    if (!f) { const h = this.under(e); this.canvas.style.cursor = h ? "pointer" : "grab"; this.told.point(h, e.clientX - r.left, e.clientY - r.top); return; }
    const dx = e.clientX - f.x, dy = e.clientY - f.y;
    this.moved += Math.abs(dx) + Math.abs(dy);
    f.x = e.clientX; f.y = e.clientY;
    if (this.fingers.size === 1) { if (this.moved > 4) { this.canvas.style.cursor = "grabbing"; this.panBy(dx, dy); } return; }
    const [a, b] = [...this.fingers.values()] as [{ x: number; y: number }, { x: number; y: number }];
    const far = Math.hypot(a.x - b.x, a.y - b.y);
    this.panBy(dx / 2, dy / 2);
    if (this.pinch) this.zoomBy(far / this.pinch, (a.x + b.x) / 2 - r.left, (a.y + b.y) / 2 - r.top);
    this.pinch = far;
  }
  private up(e: PointerEvent) {
    const was = this.fingers.delete(e.pointerId);
    this.pinch = 0;
    if (was && !this.fingers.size && this.moved <= 4 && e.button === 0) this.told.press(this.under(e));
    this.canvas.style.cursor = "grab";
  }
  private keys(e: KeyboardEvent) {
    delete this.canvas.dataset.pressed;
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const arrow = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key] as [number, number] | undefined;
    let done = true;
    if (arrow && e.shiftKey) this.panBy(arrow[0] * 80, arrow[1] * 80);
    else if (arrow) this.walk(-arrow[0], -arrow[1]);
    else if (e.key === "+" || e.key === "=") this.zoomBy(1.3);
    else if (e.key === "-") this.zoomBy(1 / 1.3);
    else if (e.key === "0") this.fit();
    else if (e.key === "Enter" && this.scene?.items[this.at]) this.told.open(this.scene.items[this.at]!);
    else done = this.told.key(e);
    if (done) { e.preventDefault(); e.stopPropagation(); }
  }
  /** Left and right along edges, up and down among what stands above and below; from nowhere: to what is in sight. */
  private walk(dx: number, dy: number) {
    const s = this.scene;
    if (!s?.items.length) return;
    const here = s.items[this.at];
    let best = -1, least = Infinity;
    const consider = (i: number, cost: number) => { if (cost < least) { least = cost; best = i; } };
    const mid = (it: Item) => it.y + it.h / 2;
    if (!here) {
      const cx = this.x + this.width / this.zoom / 2, cy = this.y + this.height / this.zoom / 2;
      s.items.forEach((it, i) => consider(i, it.home ? -1 : Math.hypot(it.x + it.w / 2 - cx, mid(it) - cy)));
    } else if (dx) {
      for (const w of s.wires) {
        const i = dx > 0 ? w.link.to : w.link.from;
        if ((dx > 0 ? w.link.from : w.link.to) === this.at) consider(i, Math.abs(mid(s.items[i]!) - mid(here)));
      }
    } else {
      s.items.forEach((it, i) => {
        const far = (mid(it) - mid(here)) * dy;
        if (i !== this.at && far > 0) consider(i, far + (it.x < here.x + here.w && here.x < it.x + it.w ? 0 : 1e6 + Math.abs(it.x - here.x) * 4));
      });
    }
    if (best >= 0) { this.told.chosen(best); this.see(best, false); }
  }

  private resize() {
    const w = this.canvas.clientWidth, h = this.canvas.clientHeight;
    if (!w || !h) return;
    this.dots = Math.min(2, devicePixelRatio || 1);
    this.width = w; this.height = h;
    this.canvas.width = w * this.dots; this.canvas.height = h * this.dots;
    if (this.map) { this.map.width = this.map.clientWidth * this.dots; this.map.height = this.map.clientHeight * this.dots; }
    if (this.fitted) this.fit(false, true);
    this.stale = true;
    this.draw();
  }
  draw(): void { if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.tick(); }); }

  private tick() {
    const s = this.scene;
    if (!s || !this.width) return;
    if (this.glide) {
      const g = this.glide, t = Math.min(1, (performance.now() - g.t0) / 220), e = 1 - (1 - t) ** 3;
      this.zoom = g.from.zoom * (g.zoom / g.from.zoom) ** e;
      // The middle moves evenly, whatever the zoom does.
      const mx = (v: { x: number; zoom: number }) => v.x + this.width / v.zoom / 2, my = (v: { y: number; zoom: number }) => v.y + this.height / v.zoom / 2;
      this.x = mx(g.from) + (mx(g) - mx(g.from)) * e - this.width / this.zoom / 2;
      this.y = my(g.from) + (my(g) - my(g.from)) * e - this.height / this.zoom / 2;
      if (t === 1) this.glide = undefined;
      this.draw();
    }
    const here = { x: this.x, y: this.y, zoom: this.zoom };
    if (this.painter) this.order(this.painter, here);
    this.compose(here);
    if (this.map) this.drawMap();
  }
  /** Orders what is missing of a large scene: the present look first, then the picture of everything. */
  private order(painter: Painter, here: Look) {
    if (painter.busy) return;
    const s = this.scene!, v = this.shown?.look, colours = this.colours;
    const arrived = (put: (b: ImageBitmap) => void) => (b: ImageBitmap) => {
      if (painter === this.painter && colours === this.colours) put(b); else b.close();
      this.draw();
    };
    if (!v || v.x !== here.x || v.y !== here.y || v.zoom !== here.zoom || this.stale)
      painter.paint(here, colours, this.width, this.height, this.dots, arrived(bitmap => { this.shown?.bitmap.close(); this.shown = { look: here, bitmap }; this.stale = false; }));
    else if (!this.overview) {
      const zoom = Math.min(1, SURVEY / s.width, SURVEY / s.height);
      painter.paint({ x: 0, y: 0, zoom }, colours, s.width * zoom, s.height * zoom, 1, arrived(b => { this.overview = b; }));
    }
  }
  /** What is on the screen: of a large scene the picture as it was last painted, moved, and around it that of
      everything; above it what is lit. */
  private compose(here: Look) {
    const c = this.pen.c, k = here.zoom * this.dots, s = this.scene!;
    if (!this.painter) picture(this.pen, s, this.colours, here, this.width, this.height, this.dots);
    else {
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.fillStyle = this.colours.paper;
      c.fillRect(0, 0, this.canvas.width, this.canvas.height);
      const v = this.shown;
      if (v) {
        const r = here.zoom / v.look.zoom, dx = (v.look.x - here.x) * k, dy = (v.look.y - here.y) * k, w = v.bitmap.width * r, h = v.bitmap.height * r;
        const covers = dx <= 0 && dy <= 0 && dx + w >= this.canvas.width && dy + h >= this.canvas.height;
        if (!covers && this.overview) c.drawImage(this.overview, -here.x * k, -here.y * k, s.width * k, s.height * k);
        c.drawImage(v.bitmap, dx, dy, w, h);
      } else if (this.overview) c.drawImage(this.overview, -here.x * k, -here.y * k, s.width * k, s.height * k);
    }
    if (this.lit || this.trail) {
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.globalAlpha = 0.72;
      c.fillStyle = this.colours.paper;
      c.fillRect(0, 0, this.canvas.width, this.canvas.height);
      c.globalAlpha = 1;
    }
    c.setTransform(k, 0, 0, k, -here.x * k, -here.y * k);
    if (this.trail) paint(this.pen, this.trail, this.colours, areaOf(here, this.width, this.height));
    else if (this.lit) paint(this.pen, s, this.colours, areaOf(here, this.width, this.height), this.lit);
    const it = s.items[this.at];
    if (it) {
      const o = 3 / Math.min(1, here.zoom * 1.5);
      this.pen.box(it.x - o, it.y - o, it.w + 2 * o, it.h + 2 * o, 10, "", this.colours.accent, Math.max(2, 2 / here.zoom));
    }
  }
  private mapFit() {
    const w = this.map!.clientWidth, h = this.map!.clientHeight, s = this.scene!, k = Math.min((w - 12) / s.width, (h - 12) / s.height);
    return { k, dx: (w - s.width * k) / 2, dy: (h - s.height * k) / 2 };
  }
  private drawMap() {
    const map = this.map!, c = map.getContext("2d")!, m = this.mapFit(), s = this.scene!;
    c.setTransform(this.dots, 0, 0, this.dots, 0, 0);
    c.clearRect(0, 0, map.clientWidth, map.clientHeight);
    const all = this.x <= 0 && this.y <= 0 && this.x + this.width / this.zoom >= s.width && this.y + this.height / this.zoom >= s.height;
    map.classList.toggle("g-needless", all);
    if (all) return;
    for (const it of s.items.length < 3000 ? s.items : []) {
      c.fillStyle = this.colours.kind[it.kind] ?? this.colours.soft;
      c.fillRect(m.dx + it.x * m.k, m.dy + it.y * m.k, Math.max(1.5, it.w * m.k), Math.max(1.5, it.h * m.k));
    }
    if (s.items.length >= 3000 && this.overview) c.drawImage(this.overview, m.dx, m.dy, s.width * m.k, s.height * m.k);
    const l = Math.max(0, m.dx + this.x * m.k), t = Math.max(0, m.dy + this.y * m.k);
    const r = Math.min(map.clientWidth, m.dx + (this.x + this.width / this.zoom) * m.k), b = Math.min(map.clientHeight, m.dy + (this.y + this.height / this.zoom) * m.k);
    c.strokeStyle = this.colours.accent;
    c.lineWidth = 2;
    c.strokeRect(l + 1, t + 1, Math.max(4, r - l - 2), Math.max(4, b - t - 2));
  }
}
