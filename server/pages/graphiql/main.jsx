import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createRoot } from "react-dom/client";

import "./page.css";
import welcome from "./welcome.graphql";

const WORKERS = { graphql: "graphql.worker.js", json: "json.worker.js" };

window.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(WORKERS[label] ?? "editor.worker.js", document.baseURI)),
};

// The page stands at /graphiql/; relative, so that a proxy may put the hub under a path of its own.
const fetcher = createGraphiQLFetcher({ url: new URL("../graphql", document.baseURI).href });

// sessionStorage: tokens and NIKs typed into the editors end with the browser tab.
createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    storage={window.sessionStorage}
    defaultQuery={welcome}
    defaultHeaders={'{\n  "Authorization": "Bearer TOKEN"\n}'}
    defaultEditorToolsVisibility="headers"
    showPersistHeadersSettings={false}
  />,
);
