# Sourced by ./run and ./test. Makes .venv from requirements.lock, and the GraphiQL page from its package-lock.json:
# each once, until what it is made from changes. Asks for python3 and the two package registries, nothing more.
set -eu
cd "$(dirname "$0")"

say() { echo "slrt-hub: $*" >&2; }

fingerprint() { LC_ALL=C sha256sum | cut -c1-16; }

check_python() {
    command -v python3 >/dev/null || {
        say "python3 is missing: install Python 3.11 or newer (Debian: apt-get install python3)"
        exit 1
    }
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        say "Python 3.11 or newer is needed, and python3 is $(python3 -V 2>&1) ($(command -v python3))"
        exit 1
    }
}

# Debian's python3 has venv and no pip. Takes the one pinned wheel from the index that pip would ask, by the standard
# library. A bare system has no certificates either: the hash is what makes the download safe.
fetch_pip() {
    python3 - "$1" <<'PYTHON'
import base64, configparser, hashlib, os, pathlib, re, ssl, sys, urllib.error, urllib.parse, urllib.request

WHEEL = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"

files = ["/etc/xdg/pip/pip.conf", "/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf"]
config = configparser.RawConfigParser(strict=False)
for file in [*files, os.environ.get("PIP_CONFIG_FILE", "")]:
    try:
        config.read(os.path.expanduser(file), "utf-8")
    except OSError:
        pass  # another user's home

def setting(name, default=None):
    found = [config.get(section, name, fallback=None) for section in ("install", "global")]
    return next(filter(None, [os.environ.get("PIP_" + name.upper().replace("-", "_")), *found]), default)

def get(url):
    parts = urllib.parse.urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(parts._replace(netloc=host, fragment="").geturl())
    request.add_header("Accept", "text/html")
    if login:
        request.add_header("Authorization", "Basic " + base64.b64encode(urllib.parse.unquote(login).encode()).decode())
    trusted = ssl.create_default_context(cafile=setting("cert"))
    try:
        return urllib.request.urlopen(request, timeout=60, context=trusted).read()
    except urllib.error.URLError as error:
        if login or not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise
        return urllib.request.urlopen(request, timeout=60, context=ssl._create_unverified_context()).read()

page = setting("index-url", "https://pypi.org/simple").rstrip("/") + "/pip/"
shown = re.sub("//[^/]*@", "//", page)
way_out = "Install python3-venv (Debian), or point PIP_INDEX_URL at an index that has it."
try:
    links = re.findall(r'href="([^"]+)"', get(page).decode())
    link = next((link for link in links if urllib.parse.urlsplit(link).path.endswith("/" + WHEEL)), None)
    if link is None:
        sys.exit(f"slrt-hub: {WHEEL} is not at {shown}. {way_out}")
    wheel = get(urllib.parse.urljoin(page, link))
except (OSError, ValueError) as error:
    sys.exit(f"slrt-hub: pip could not be fetched from {shown}: {error}. {way_out}")
if hashlib.sha256(wheel).hexdigest() != SHA256:
    sys.exit(f"slrt-hub: {WHEEL} from {shown} is not the pinned one (sha256 differs): it was not used")
pathlib.Path(sys.argv[1], WHEEL).write_bytes(wheel)
PYTHON
}

make_venv() {
    check_python
    say "setting up .venv from requirements.lock, once for each lock (about ten seconds)"
    if python3 -c 'import ensurepip' 2>/dev/null; then
        python3 -m venv --clear .venv
    else
        python3 -m venv --clear --without-pip .venv
        fetch_pip .venv
        wheel=$(echo .venv/pip-*.whl)
        .venv/bin/python "$wheel/pip" install -qq --disable-pip-version-check --no-index --no-deps "$wheel"
        rm "$wheel"
    fi
    install_locked
}

# uv installs in a tenth of pip's time. It brings certificates along, which a bare system lacks, and takes the system's if
# those will not do. It reads no pip.conf: where packages come in yet another way, pip does it.
install_locked() (
    sed -n '/^uv==/,/[^\\]$/p' requirements.lock > .venv/uv.txt
    by_pip --no-deps -r .venv/uv.txt
    UV_DEFAULT_INDEX=$(index)
    export UV_DEFAULT_INDEX
    by_uv --require-hashes -r requirements.lock 2>.venv/uv.log ||
        by_uv --system-certs --require-hashes -r requirements.lock 2>>.venv/uv.log || {
        say "uv could not install the packages ($(head -n 1 .venv/uv.log)): pip does, in about half a minute"
        by_pip -r requirements.lock
    }
)

index() {
    echo "${PIP_INDEX_URL:-$(.venv/bin/pip config get global.index-url 2>/dev/null || echo https://pypi.org/simple)}"
}

by_pip() {
    .venv/bin/pip install -qq --disable-pip-version-check --no-input --require-hashes "$@" && return
    say "packages could not be had from $(index | sed 's|//[^/]*@|//|'): is it in reach? PIP_INDEX_URL names another index"
    exit 1
}
by_uv() { .venv/bin/uv pip install --quiet --python .venv/bin/python "$@"; }

install_ourselves() {
    by_uv --no-deps --no-build-isolation -e .
}

# In a folder of its own: no node_modules beside our code. The page that stands is replaced when the new one is whole.
build_page() (
    work=$PWD/.venv/page dist=$PWD/server/pages/dist
    PATH=$PWD/.venv/bin:$PATH
    rm -rf "$work" "$dist/graphiql.new"
    mkdir -p "$work" "$dist" && cp -R server/pages/graphiql/. "$work" && cd "$work" || return 1
    npm ci --loglevel=error >&2 && node build.mjs "$dist/graphiql.new" >&2 || return 1
    echo "$1" > "$dist/graphiql.new/.built"
    rm -rf "$dist/graphiql" "$work" && mv "$dist/graphiql.new" "$dist/graphiql"
)

exec 9>.setup.lock
flock 9 # two first commands at once: one builds, the other waits

# Another user's home, or none: no caches there.
[ -w "${HOME:-/nowhere}" ] || export PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 npm_config_cache="$PWD/.venv/npm-cache"

locked=.venv/locked-$( (pwd -P && cat requirements.lock) | fingerprint)
if [ ! -e "$locked" ] || [ ! -x .venv/bin/python ]; then
    make_venv
    : > "$locked"
fi

installed=.venv/installed-$(fingerprint < pyproject.toml)
if [ ! -e "$installed" ]; then
    install_ourselves
    : > "$installed"
fi

page=$(cat server/pages/graphiql/*.* | fingerprint)
if [ "$page" != "$(cat server/pages/dist/graphiql/.built 2>/dev/null)" ]; then
    say "building the GraphiQL page, once for each change of it (about 15 seconds)"
    build_page "$page" ||
        say "the GraphiQL page was not built (the reason stands above): all else works, the next start tries again"
fi

exec 9>&-
