// webpack's own command wants a package more; this says the same.
import { copyFileSync } from "node:fs";
import { promisify } from "node:util";
import webpack from "webpack";

const built = await promisify(webpack)({ mode: "production", entry: "./src/main.js" });
console.log(built.toString());
if (built.hasErrors()) process.exit(1);
copyFileSync("index.html", "dist/index.html");
