import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { shop } from "../vite.shop.ts";

export default defineConfig({ ...shop, plugins: [react()] });
