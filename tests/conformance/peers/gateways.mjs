// Composes the hub at HUB with the visits (JSON in VISITS), and serves the supergraph with Apollo Gateway and with Hive
// Gateway. Both send a caller's token on, and their own, ROUTER_TOKEN, beside it. Prints one line of JSON when it is up:
// { apollo, hive }, the address of each; ends when its input does.
import { createServer } from "node:http";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";
import { startVisits, typeDefs } from "./visits.mjs";

const { HUB, VISITS, ROUTER_TOKEN } = process.env;
const router = `Bearer ${ROUTER_TOKEN}`;

async function sdlOfHub() {
  const response = await fetch(HUB, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: router },
    body: JSON.stringify({ query: "{ _service { sdl } }" }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`the hub gave no SDL: ${JSON.stringify(errors)}`);
  return parse(data._service.sdl);
}

async function compose() {
  const { supergraphSdl, errors } = composeServices([
    { name: "hub", url: HUB, typeDefs: await sdlOfHub() },
    { name: "visits", url: await startVisits(JSON.parse(VISITS)), typeDefs },
  ]);
  if (errors?.length) throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
  return supergraphSdl;
}

async function startApollo(supergraphSdl) {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name, url }) =>
      new RemoteGraphQLDataSource({
        url,
        willSendRequest({ request, context }) {
          if (name !== "hub") return;
          request.http.headers.set("authorization", context.authorization ?? router);
          request.http.headers.set("router-authorization", router);
        },
      }),
  });
  const server = new ApolloServer({ gateway });
  const context = async ({ req }) => ({ authorization: req.headers.authorization });
  const { url } = await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 }, context });
  return url;
}

async function startHive(supergraph) {
  const runtime = createGatewayRuntime({
    supergraph,
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs({ request, subgraphName }) {
        if (subgraphName !== "hub") return {};
        return {
          authorization: request.headers.get("authorization") ?? router,
          "router-authorization": router,
        };
      },
    },
  });
  const server = createServer(runtime);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

const supergraph = await compose();
const [apollo, hive] = [await startApollo(supergraph), await startHive(supergraph)];
process.stdout.write(`${JSON.stringify({ apollo, hive })}\n`);
process.stdin.resume().on("end", () => process.exit(0));
