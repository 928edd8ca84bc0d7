// Composes DISTRICTS (JSON: [{ name, url, token }]), which all serve CONTRACT (a file), and serves the supergraph with Apollo
// Gateway and with Hive Gateway. Prints { apollo, hive }, the address of each, as a line of JSON; ends when its input does.
// Composers refuse a field that several subgraphs have unless each says that it is the same everywhere: so every type gets
// @shareable, which is what is told to whoever has identical subgraphs.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { composeServices } from "@theguild/federation-composition";
import { Kind, parse, visit } from "graphql";

const districts = JSON.parse(process.env.DISTRICTS);
const tokens = new Map(districts.map(({ name, token }) => [name.toLowerCase(), `Bearer ${token}`]));
const shareable = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: "shareable" } };
const typeDefs = visit(parse(readFileSync(process.env.CONTRACT, "utf8")), {
  ObjectTypeDefinition: (node) => ({ ...node, directives: [...node.directives, shareable] }),
});
const { supergraphSdl, errors } = composeServices(districts.map(({ name, url }) => ({ name, url, typeDefs })));
if (errors?.length) throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));

async function startApollo() {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name, url }) =>
      new RemoteGraphQLDataSource({
        url,
        willSendRequest: ({ request }) => request.http.headers.set("authorization", tokens.get(name.toLowerCase())),
      }),
  });
  const server = new ApolloServer({ gateway });
  return (await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 } })).url;
}

async function startHive() {
  const runtime = createGatewayRuntime({
    supergraph: supergraphSdl,
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ subgraphName }) => ({ authorization: tokens.get(subgraphName.toLowerCase()) }),
    },
  });
  const server = createServer(runtime);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

process.stdin.on("end", () => process.exit(0)).resume();
console.log(JSON.stringify({ apollo: await startApollo(), hive: await startHive() }));
