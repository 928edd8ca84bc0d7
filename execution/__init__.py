"""GraphQL operations compiled to breadth-first plans, for any schema of graphql-core.

The pipeline, in the order of a request:

    document      parse and validate; kept by text           (operation: which way it goes, and why)
    variables     coerce
    plan          selection sets merged (collect) into steps; kept by operation and @skip/@include outcome
    run           level by level: reading, batching, resolvers; runtime_types partitions abstract types;
                  waiting gathers what is not there at once, early what can begin before its object
    write         objects and columns to structs to JSON bytes, where nothing is wrong; codegen for objects
    complete      the careful writer: nulls, errors, paths, in graphql-core's order
    fallback      graphql-core itself, for what no plan covers; loader serves batched fields there

Start at `execution.executor.Executor`. A schema's author needs `execution.batch`: `Batch`, `BATCH`,
`ATTRIBUTE`, and `execution.index.CLASS`.
"""
