import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Page } from "./Page";

const app = document.querySelector("#app");
if (app) {
  createRoot(app).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
}
