// Reads base64 of a Trace from stdin, writes it as JSON; Apollo's own decoder says whether it is one.
import { readFileSync } from "node:fs";
import { Trace } from "@apollo/usage-reporting-protobuf";

const bytes = Buffer.from(readFileSync(0, "utf8"), "base64");
const trace = Trace.decode(bytes);
const problem = Trace.verify(trace);
if (problem) throw new Error(problem);
process.stdout.write(JSON.stringify(Trace.toObject(trace, { longs: Number, enums: String })));
