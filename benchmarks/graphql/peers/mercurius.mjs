// Mercurius with JIT and loaders. Loaders are told not to cache: keys do not repeat, or are made unique below.
import Fastify from "fastify";
import mercurius from "mercurius";
import { listsOf, onesOf, plainFields, port, roots, typeDefs } from "./store.mjs";

const uncached = (loader) => ({ loader, opts: { cache: false } });
const many = (name) => uncached((queries) => listsOf(name, queries.map(({ obj }) => obj.householdId)));
const one = (name, key) => uncached((queries) => onesOf(name, queries.map(({ obj }) => obj[key])));

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers: { Query: roots, ...plainFields },
  loaders: {
    Household: {
      region: one("regions", "regionCode"),
      members: many("members"),
      enrolments: many("enrolments"),
      matches: many("matches"),
    },
    Enrolment: { programme: one("programmes", "programmeCode") },
    Coverage: { region: one("regions", "regionCode") },
  },
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port });
