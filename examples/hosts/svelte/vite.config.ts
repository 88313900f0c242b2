import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { shop } from "../vite.shop.ts";

export default defineConfig({ ...shop, plugins: [svelte({ configFile: false })] });
