// The layout beside the page: questions come in with a number, answers go out with it.
import { layout, type Ask } from "./layout";

onmessage = (e: MessageEvent<{ n: number; ask: Ask }>) => postMessage({ n: e.data.n, laid: layout(e.data.ask) });
