#!/usr/bin/env bash
# Checks the code, then tests it on PostgreSQL (what uses the database) and on SQLite (everything).
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

need() { # what, how to see it is there, packages
    if eval "$2" >/dev/null 2>&1; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "安装测试所需的 $1……"
        { apt-get update -qq || true; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $3; } >/dev/null
    fi
    if ! eval "$2" >/dev/null 2>&1; then
        echo "缺少 $1：请以管理员身份运行 apt-get install $3 后再运行 make test" >&2
        exit 1
    fi
}

find_postgresql() {
    command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1
}

need "Chromium 浏览器" "command -v chromium || command -v chromium-browser || command -v google-chrome" "chromium"
need "中文字体" "fc-list :lang=zh | grep -q ." "fontconfig fonts-noto-cjk"
need "PostgreSQL" "find_postgresql | grep -q initdb" "postgresql"
need "LibreOffice" "command -v soffice" "libreoffice-writer-nogui"
need "Java" "command -v java" "default-jre-headless"

# Spark against DuckDB in the meantime: it mostly waits for its download and for Java
spark_said=$(mktemp)
bash scripts/spark.sh >"$spark_said" 2>&1 &
spark=$!
bash scripts/lint.sh || { kill "$spark"; exit 1; }
echo "── Spark"
wait "$spark" || { cat "$spark_said"; exit 1; }
grep -E "passed|failed" "$spark_said" || true
rm -f "$spark_said"

# A throwaway cluster that no other program can reach: a Unix socket in a temporary folder.
cluster=$(mktemp -d)
postgresql=$(dirname "$(readlink -f "$(find_postgresql)")")
as_owner=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    chown postgres "$cluster"
    as_owner=(runuser -u postgres --)
fi
stop() {
    (cd / && "${as_owner[@]}" "$postgresql/pg_ctl" -D "$cluster/data" -m immediate stop) >/dev/null 2>&1 || true
    rm -rf "$cluster"
}
trap stop EXIT
chmod 755 "$cluster"
(
    cd /
    "${as_owner[@]}" "$postgresql/initdb" -D "$cluster/data" -U jiheng --auth=trust -E UTF8 --locale=C --no-sync
    "${as_owner[@]}" "$postgresql/pg_ctl" -D "$cluster/data" -w -l "$cluster/log" \
        -o "-k $cluster -c listen_addresses= -c fsync=off -c autovacuum=off -c max_connections=60" start
) >/dev/null

# the ground floor knows no database; a browser does not see which one it is, nor does the table of who may what
with_database=()
for room in tests/*/; do
    case $(basename "$room") in
    cases | __pycache__ | sheets | figures | policy | scoring | rules | documents | house) ;;
    claims | wording | auditing | analytics | benchmarks) ;;
    *) if find "$room" -name "test_*.py" | grep -q .; then with_database+=("$room"); fi ;;
    esac
done

echo "── PostgreSQL"
JIHENG_DATABASE="postgresql://jiheng@/jiheng?host=$cluster" \
    "$bin/pytest" -n 2 -m "not browser" --ignore tests/web/test_permissions.py "${with_database[@]}" "$@"
stop

echo "── SQLite"
env -u JIHENG_DATABASE "$bin/pytest" -n 2 -m "not spark" "$@"
