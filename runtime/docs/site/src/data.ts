// What the program puts into the page (runtime/docs/site_data.c writes it, this file reads it). An index of
// everything is always there; what only a node's own page needs stands in chunks of nodes, each packed by gzip,
// and is unpacked when it is first asked for.

/** dbt's resource types, and macros. */
export type Kind =
  | "model" | "seed" | "snapshot" | "source" | "load" | "test" | "unit_test" | "analysis" | "exposure" | "metric"
  | "semantic_model" | "saved_query" | "function" | "macro";

/** How a node's last run ended: dbt's statuses. */
export type Status = "success" | "error" | "skipped" | "pass" | "fail" | "warn" | "runtime error" | "partial success"
  | "no-op" | "reused";

export interface Project {
  name: string;
  title: string;                 // `docs: title`, else the name
  made: string;                  // when: ISO time in UTC
  starc: string;                 // the program's version
  target: string;
  database: string;              // "postgres", "clickhouse"
  overview: string;              // the __overview__ block, Markdown; "": none
  commit?: string;               // of the project's folder
  repository?: string;           // `docs: repository`, an address without a slash at its end
  logo?: string;                 // `docs: logo`, a picture as a data: address
  live?: boolean;                // `starc serve` shows it: queries are answered beside it
}

/** What the index has of a node or macro. Texts that are empty and lists without items are left out. */
export interface Entry {
  id: string;                    // unique id: "model.shop.orders"
  kind: Kind;
  name: string;                  // for people: "raw.orders" of a source's table, "orders.v2" of a version
  package: string;
  path: string;                  // of its file, below the package's folder
  parents?: number[];            // places in Index.entries
  materialized?: string;
  schema?: string;
  relation?: string;             // as SQL names it
  tags?: string[];
  access?: string;
  group?: string;
  owner?: string;
  says?: string;                 // the first line of its description, as written
  columns?: string[];            // names, in the relation's order where that is known
  keys?: Key[];                  // of a table: its constraints; of a test: what it says of the table it stands at
  described?: number;            // how many of the columns have a description
  chart?: boolean;               // its meta asks for a chart
  tested?: number;               // of a test: what it stands at
  column?: string;               // of a test: the column that it stands at
  test?: string;                 // of a test: "unique", "not_null", ..; of a singular one: its name
  last?: { status: Status; at: string; seconds: number; rows?: number; failures?: number };
  fresh?: Fresh;
  changed?: { at: string; commit?: string };   // the first run of the kept ones that had it as it is, after one that had it otherwise
  diff?: Diff;                   // of docs diff: none where it is as it was
  gained?: number[];             // of its parents, those that it did not read before
  lost?: number[];               // what it read before and does not read now
}

/** Columns that are a key together. Of tests only what their name and column do not say: where values are looked up,
    and several columns that are unique together. */
export interface Key {
  type: "primary_key" | "unique" | "not_null" | "foreign_key";
  columns: string[];
  to?: number;                   // of a foreign key: the table, a place in Index.entries
  fields?: string[];             // and its columns
}

export type How = "added" | "changed" | "removed";
/** What docs diff found of a node. The program compares, as `state:` does; the page only shows. */
export interface Diff {
  how: How;
  what?: string[];               // "sql", "data", "config", "relation", "macros", "contract", "description", "definition", "columns", "tests"
  modified?: boolean;            // state:modified holds it
  breaks?: string;               // what those who rely on its contract would trip over
}
export interface Changed { key: string; was: unknown; is: unknown }   // null: it was, or is, not said
/** A changed node as it was: what of it is another now. */
export interface Before {
  raw_code?: string;
  compiled_code?: string;
  description?: string;
  described?: Record<string, string>;   // columns' descriptions
  config?: Changed[];
  definition?: Changed[];                // what is neither text, config, columns nor description: an exposure's owner, a unit test's rows
  macros?: string[];                     // ids of those that it calls and that are other, or call such
  columns?: { name: string; how: How; was?: string; is?: string }[];
  from?: "lineage" | "database" | "files";   // where those columns are from
}

export interface Index {
  form: 1;
  project: Project;
  against?: { state: string; made?: string };   // of docs diff: the folder that is compared with, and when its manifest was made
  entries: Entry[];
  chunks: number[];              // the first entry of each chunk
  files?: string[];              // where chunks stand in files of their own, beside the page: their names
}

/** What the database knows: a node of catalog.json. */
export interface Catalog {
  metadata: { type: string; schema: string; name: string; comment?: string | null; owner?: string | null };
  columns: Record<string, { name: string; type: string; index: number; comment?: string | null }>;
  stats?: Record<string, { id: string; label: string; value: unknown; include: boolean; description?: string }>;
}

/** A step from one column to another: docs/lineage.md. */
export interface Input { node: string; column: string | null; step: string }
export interface Lineage {
  columns: { name: string; type?: string; inputs: Input[]; keys?: unknown; unknown?: string }[];
  rows: Input[];
  unknown?: string;
  rows_unknown?: string;
}

/** How old a source's rows were when that was last asked. */
export interface Fresh {
  status: Status;                // "pass", "warn", "error": stale, "runtime error": could not be asked
  loaded?: string;               // ISO time of its newest row
  at?: string;                   // when it was asked
  message?: string;              // why it could not be asked
}

/** A run of a node, newest first in Detail.history. */
export interface Result {
  at: string;                    // ISO time in UTC
  status: Status;
  seconds: number;
  rows?: number;
  failures?: number;
  message?: string;
  invocation: string;
  command?: string;
  commit?: string;               // of the project's folder
}

/** A node as dbt's manifest.json has it: only what this page reads is named. */
export interface ManifestNode {
  unique_id: string;
  name: string;
  description?: string;
  original_file_path?: string;
  patch_path?: string | null;
  raw_code?: string;
  compiled_code?: string;
  macro_sql?: string;
  language?: string;
  config?: Record<string, unknown>;
  meta?: Record<string, unknown>;
  columns?: Record<string, ManifestColumn>;
  constraints?: { type: string; columns?: string[]; expression?: string; to?: string; to_columns?: string[] }[];
  depends_on?: { nodes?: string[]; macros?: string[] };
  refs?: { name: string; package?: string | null; version?: string | number | null }[];
  sources?: string[][];
  [key: string]: unknown;
}
export interface ManifestColumn {
  name: string;
  description?: string;
  data_type?: string | null;
  meta?: Record<string, unknown>;
  tags?: string[];
  constraints?: { type: string; expression?: string; to?: string; to_columns?: string[] }[];
}

export interface Detail {
  node: ManifestNode;
  catalog?: Catalog;
  lineage?: Lineage;
  load?: Load;                   // what loads.json has of it
  rows?: Rows;
  history?: Result[];
  ran?: string;                  // the statement that built it last
  before?: Before;
}

/** The first rows of a relation, where `docs: {rows: n}` or a chart asks for them. */
export interface Rows {
  names: string[];
  rows: unknown[][];
  more: boolean;                 // the relation has more than these
  at: string;                    // when they were read: ISO time in UTC
}

/** `meta: {chart: ..}`, each key of which may be left to a guess. */
export interface ChartSpec {
  type?: "bar" | "line" | "area" | "point" | "number" | "table";
  x?: string;
  y?: string;
  color?: string;
  sort?: string;                 // a column, "-" before it for the greatest first
  limit?: number;                // so many bars, or so many rows after sorting
  rows?: number;                 // so many rows are read from the database
  title?: string;
  format?: string;               // "$", "%", or a format of d3-format, as ",.2f"
  of?: string;                   // of an exposure: the model that it draws
}

/** A load as loads.json has it. */
export interface Load {
  config?: { mode?: string; key?: string | string[]; cursor?: { column?: string; lag?: unknown } | string | null; query?: string | null; where?: string | null; deleted_at?: string | null; deletes?: string | null };
  from?: Record<string, string>;
  columns?: { name: string; type: string; from_name?: string; from_type?: string; expression?: string | null }[];
  last_run?: { status: string; ended_at?: string; rows?: number | null; cursor_to?: string | null; message?: string };
}
