// Bundles the page and its three editor workers into the folder that is given as the only argument.
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "esbuild";

const out = process.argv[2];
if (!out) {
  throw new Error("usage: node build.mjs FOLDER");
}

const common = {
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  logLevel: "warning",
  legalComments: "none", // LICENSES.txt holds them whole
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
};

const bundles = await Promise.all([
  build({
    ...common,
    entryPoints: { graphiql: "main.jsx" },
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    jsx: "automatic",
    loader: { ".graphql": "text", ".ttf": "file", ".woff2": "file" },
  }),
  build({
    ...common,
    entryPoints: {
      "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
      "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
      "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    },
    format: "iife",
  }),
]);

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const inputs = bundles.flatMap((bundle) => Object.keys(bundle.metafile.inputs));
const packages = [...new Set(inputs.map((path) => PACKAGE.exec(path)?.[1]).filter(Boolean))].sort();
await writeFile(join(out, "LICENSES.txt"), (await Promise.all(packages.map(licence))).join("\n"));
await cp("index.html", join(out, "index.html"));

async function licence(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version} (${license})`, "", ...texts, "-".repeat(80), ""].join("\n");
}
