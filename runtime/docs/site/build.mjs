// In: src/. Out: one HTML file, the shell of the documentation page: styles and script inside, each allowed by
// its hash alone; the program puts a project's data in place of the mark (runtime/docs/site.h).
// usage: node build.mjs OUT.html
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../../../build/site/site.html");
const common = {
  bundle: true, minify: true, write: false, target: "es2022", format: "iife", charset: "utf8", legalComments: "none",
  absWorkingDir: here, logLevel: "warning", metafile: true, jsx: "automatic", jsxImportSource: "preact",
};

// `import text from "worker:./layout.worker.ts"` is a bundled script as text: started from a blob, since a page
// that is opened from a file can start no other worker.
const bundled = [];
const workers = {
  name: "workers",
  setup(b) {
    b.onResolve({ filter: /^worker:/ }, args => ({
      path: join(args.resolveDir, args.path.slice("worker:".length)), namespace: "worker",
    }));
    b.onLoad({ filter: /.*/, namespace: "worker" }, async args => {
      const made = await build({ ...common, entryPoints: [args.path] });
      bundled.push(...Object.keys(made.metafile.inputs));
      return { contents: made.outputFiles[0].text, loader: "text", watchFiles: Object.keys(made.metafile.inputs) };
    });
  },
};

// The licences of what is bundled go with it; from here packaging/page_parts.py takes them for a release. Some packages
// come with their dependencies bundled in (d3-array holds internmap): so dependencies count, wherever they are seen.
async function licences(inputs) {
  const names = new Set(inputs.map(f => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(f)?.[1]).filter(Boolean));
  const about = async name => JSON.parse(await readFile(join(here, "node_modules", name, "package.json"), "utf8"));
  for (const name of names) for (const needed of Object.keys((await about(name)).dependencies ?? {})) names.add(needed);
  return Promise.all([...names].sort().map(async name => {
    const folder = join(here, "node_modules", name), { version, license } = await about(name);
    const file = (await readdir(folder)).find(f => /^licen[cs]e/i.test(f));
    if (!file || !license) throw new Error(`${name}: no licence is in the package, so that it cannot be given on`);
    return { name, version, licence: license, text: await readFile(join(folder, file), "utf8") };
  }));
}

const made = await build({
  ...common, entryPoints: { app: "src/main.tsx" }, outdir: "/", plugins: [workers],
});
const parts = JSON.stringify(await licences([...Object.keys(made.metafile.inputs), ...bundled]));
const text = ending => made.outputFiles.find(f => f.path.endsWith(ending)).text.trim();
const script = text(".js").replaceAll("</script", "<\\/script"), style = text(".css");
const hash = s => `'sha256-${createHash("sha256").update(s).digest("base64")}'`;
const policy = [
  "default-src 'none'", `script-src ${hash(script)} 'self'`, `style-src ${hash(style)} 'self'`,
  "worker-src blob:", "img-src 'self' data: blob:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
].join("; ");
const shell = (await readFile(join(here, "src/shell.html"), "utf8"))
  .replace("%POLICY%", () => policy)
  .replace("%LICENCES%", () => parts.replaceAll("<", "\\u003c"))
  .replace("%STYLE%", () => style)
  .replace("%SCRIPT%", () => script);
await mkdir(dirname(out), { recursive: true });
await writeFile(out + ".new", shell);
await rename(out + ".new", out);
console.log(`${out}: ${(shell.length / 1024).toFixed(0)} kB`);
