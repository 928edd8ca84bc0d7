// PostGraphile 5 over the views of the schema `peer`, served by Grafserv on node:http.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const port = Number(process.env.PORT);
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ poolConfig: { max: Number(process.env.POOL) }, schemas: ["peer"] })],
  schema: { defaultBehavior: "+list -connection -insert -update -delete" },
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, port, host: "127.0.0.1" },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(port, "127.0.0.1");
