// The supergraph of one subgraph, for the gateway: node compose.mjs SUBGRAPH_URL > supergraph.graphql
import { readFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const typeDefs = parse(readFileSync(new URL("types.graphql", import.meta.url), "utf8"));
const { supergraphSdl, errors } = composeServices([{ name: "registry", url: process.argv[2], typeDefs }]);
if (errors?.length) throw new AggregateError(errors, "the supergraph could not be composed");
process.stdout.write(supergraphSdl);
