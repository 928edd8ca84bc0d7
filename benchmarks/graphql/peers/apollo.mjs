// Apollo Server 5, stand-alone, with a DataLoader per relation and request.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import DataLoader from "dataloader";
import { listsOf, onesOf, plainFields, port, roots, typeDefs } from "./store.mjs";

const loaders = () => ({
  regions: new DataLoader((codes) => onesOf("regions", codes)),
  programmes: new DataLoader((codes) => onesOf("programmes", codes)),
  members: new DataLoader((ids) => listsOf("members", ids)),
  enrolments: new DataLoader((ids) => listsOf("enrolments", ids)),
  matches: new DataLoader((ids) => listsOf("matches", ids)),
});
const one = (name, key) => (row, _, context) => context[name].load(row[key]);
const many = (name) => one(name, "householdId");

const server = new ApolloServer({
  typeDefs,
  resolvers: {
    Query: roots,
    ...plainFields,
    Household: {
      ...plainFields.Household,
      region: one("regions", "regionCode"),
      members: many("members"),
      enrolments: many("enrolments"),
      matches: many("matches"),
    },
    Enrolment: { programme: one("programmes", "programmeCode") },
    Coverage: { region: one("regions", "regionCode") },
  },
});
await startStandaloneServer(server, { listen: { host: "127.0.0.1", port }, context: async () => loaders() });
