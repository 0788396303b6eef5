// Makes `dist/`, which the crate embeds: the scripts bundled with what they import and minified, the icons that the
// templates name as one sprite, and the licences of what went in.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "dist");
const scripts = ["app.js", "board.js", "embed.js", "frame.js", "passkey.js"];
const require = createRequire(import.meta.url);

/** The names in `icon("…")` over all templates. */
async function iconsInTemplates() {
  const templates = path.join(here, "..", "templates");
  const names = new Set();
  for (const file of await readdir(templates, { recursive: true })) {
    if (!file.endsWith(".html")) continue;
    const text = await readFile(path.join(templates, file), "utf8");
    for (const [, name] of text.matchAll(/\bicon\(\s*"([a-z0-9-]+)"/g)) names.add(name);
  }
  return [...names].sort();
}

/** One `<symbol>` per icon, to be shown by `<use href="…/icons.svg#name">`. */
async function sprite(names) {
  const folder = path.join(path.dirname(require.resolve("lucide-static/package.json")), "icons");
  const symbols = names.map(async (name) => {
    const svg = await readFile(path.join(folder, `${name}.svg`), "utf8").catch(() => {
      throw new Error(`templates use icon("${name}"), which lucide does not have`);
    });
    const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join("")}</svg>\n`;
}

/** What the licences of the bundled libraries ask to be passed on. */
async function licences(libraries) {
  const texts = libraries.map(async (library) => {
    const folder = path.join(here, "node_modules", library);
    const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((name) => /^LICENSE(\.\w+)?$/.test(name));
    return `${library} ${version}\n\n${await readFile(path.join(folder, file), "utf8")}`;
  });
  return (await Promise.all(texts)).join("\n----\n\n");
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
await build({
  entryPoints: scripts.map((name) => path.join(here, "js", name)),
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
});
await writeFile(path.join(dist, "icons.svg"), await sprite(await iconsInTemplates()));
await writeFile(path.join(dist, "licences.txt"), await licences(["altcha-lib", "htmx.org", "lucide-static"]));
