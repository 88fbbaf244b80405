// The signs of what became of a node: of lists and of the graph, also in its worker.
import type { How } from "./data";

export const SIGNS: Record<How, string> = { added: "+", changed: "~", removed: "−" };
