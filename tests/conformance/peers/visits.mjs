// A hospital's subgraph: visits, which know persons by the hub's id and regions by their code.
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginInlineTraceDisabled } from "@apollo/server/plugin/disabled";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

export const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
  type Query { visits(first: Int!): [Visit!]! }
  type Visit @key(fields: "id") { id: ID! reason: String! person: Person region: Region! }
  type Person @key(fields: "id") { id: ID! visits: [Visit!]! }
  type Region @key(fields: "code") { code: String! visitCount: Int! }
`);

// visits: [{ id, reason, personId, regionCode }]
export async function startVisits(visits) {
  const resolvers = {
    Query: { visits: (_, { first }) => visits.slice(0, first) },
    Visit: {
      person: ({ personId }) => ({ id: personId }),
      region: ({ regionCode }) => ({ code: regionCode }),
    },
    Person: { visits: ({ id }) => visits.filter(({ personId }) => personId === id) },
    Region: { visitCount: ({ code }) => visits.filter(({ regionCode }) => regionCode === code).length },
  };
  const server = new ApolloServer({
    schema: buildSubgraphSchema({ typeDefs, resolvers }),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 } });
  return url;
}
