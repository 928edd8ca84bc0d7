// What Mercurius and Apollo Server share: the pool, prepared statements, and how rows become lists by key.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

const DATE = 1082;
pg.types.setTypeParser(DATE, (text) => text);

export const typeDefs = readFileSync(new URL("types.graphql", import.meta.url), "utf8");

export const port = Number(process.env.PORT);

const pool = new pg.Pool({ max: Number(process.env.POOL) });

const statement = (name) => ({ name, text: readFileSync(join(process.env.STATEMENTS, `${name}.sql`), "utf8") });

const statements = Object.fromEntries(
  ["household", "households", "members", "enrolments", "matches", "regions", "programmes", "coverage"].map((name) => [
    name,
    statement(name),
  ]),
);

export const rows = async (name, values) => (await pool.query({ ...statements[name], values })).rows;

export const opaqueId = (kind, key) => Buffer.from(`${kind}:${key}`).toString("base64url");

export function numberOf(kind, id) {
  const [named, key] = Buffer.from(id, "base64url").toString().split(":");
  if (named !== kind) throw new Error(`${id} is not the id of a ${kind}`);
  return key;
}

/** For each household id its rows, in the order in which they came. */
export async function listsOf(name, householdIds) {
  const lists = new Map(householdIds.map((id) => [id, []]));
  for (const row of await rows(name, [householdIds])) lists.get(row.householdId).push(row);
  return householdIds.map((id) => lists.get(id));
}

/** For each code its row, or null; every code is asked for once. */
export async function onesOf(name, codes) {
  const found = new Map((await rows(name, [[...new Set(codes)]])).map((row) => [row.code, row]));
  return codes.map((code) => found.get(code) ?? null);
}

export const roots = {
  household: async (_, { id }) => (await rows("household", [numberOf("Household", id)]))[0] ?? null,
  households: async (_, { regionCode, first }) => ({ nodes: await rows("households", [regionCode, first]) }),
  coverage: (_, { regionCodes, programmeCode }) => rows("coverage", [regionCodes, programmeCode]),
};

export const plainFields = {
  Household: { id: (household) => opaqueId("Household", household.householdId), welfare: (household) => household },
  Person: { id: (person) => opaqueId("Person", person.personId) },
};
