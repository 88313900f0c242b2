import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import { shop } from "../vite.shop.ts";

// Else Vue looks for a component of that name, and warns.
const isCustomElement = (tag: string) => tag === "gopay-checkout";

export default defineConfig({ ...shop, plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] });
