// The relations of this page's project, found once.
import { nodes } from "../store";
import { erdOf } from "./model";

export const erd = erdOf(nodes);
