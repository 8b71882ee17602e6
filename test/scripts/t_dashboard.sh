#!/usr/bin/env bash
# dashboards/pg_evolve.json is a dashboard, and every query in it runs, as the role that its text asks for.
. "$(dirname "$0")/tap.sh"
new_server
database evolve

make_bars AAA 1200
load_strategies "$evolve_top"/demo/strategies/*.json > /dev/null
run_sql "CALL evolve_run(2, 20, 1)" "SELECT evolve_backtest_async('{\"entry\": \"rsi(3) < 20\", \"exit\": \"rsi(3) > 60\"}', 'AAA')" \
    "CALL evolve_work()" "CREATE ROLE grafana" "SELECT evolve_grant('grafana', 'operator')" "GRANT SELECT ON evolve.packed_series TO grafana" > /dev/null
psql -Xq -v ON_ERROR_STOP=1 -v dashboard="$(cat "$evolve_top/dashboards/pg_evolve.json")" << 'SQL'
CREATE TABLE dashboard AS SELECT :'dashboard'::jsonb AS content;
CREATE VIEW panel AS SELECT element AS content FROM dashboard, jsonb_array_elements(content -> 'panels') AS element;
CREATE VIEW target AS
SELECT (panel.content ->> 'id')::int AS panel, panel.content ->> 'type' AS type, target ->> 'refId' AS ref, target ->> 'format' AS format,
       -- What Grafana puts in the place of its one macro here.
       regexp_replace(target ->> 'rawSql', '\$__timeFilter\(([a-z_]+)\)', '\1 BETWEEN ''2020-01-01T00:00:00Z'' AND ''2200-01-01T00:00:00Z''', 'g') AS sql
FROM panel, jsonb_array_elements(panel.content -> 'targets') AS target;
GRANT SELECT ON target TO grafana;
SQL

is "$(run_sql "SELECT content ->> 'title', content ->> 'uid', content #>> '{__inputs,0,name}' FROM dashboard")" 'pg_evolve|pg-evolve|DS_PG_EVOLVE' 'it can be imported'
is "$(run_sql "SELECT count(*) = count(DISTINCT content ->> 'id'), bool_and(content ->> 'title' <> ''),
                      bool_and(content ->> 'type' = 'row' OR content ->> 'description' <> '' AND jsonb_array_length(content -> 'targets') > 0) FROM panel")" \
    't|t|t' 'every panel has a number, a title, a description and a query'
is "$(run_sql "SELECT count(*) FROM panel AS a JOIN panel AS b ON a.content ->> 'id' < b.content ->> 'id'
               CROSS JOIN LATERAL (SELECT (a.content -> 'gridPos' ->> 'x')::int AS ax, (a.content -> 'gridPos' ->> 'y')::int AS ay, (a.content -> 'gridPos' ->> 'w')::int AS aw, (a.content -> 'gridPos' ->> 'h')::int AS ah,
                                          (b.content -> 'gridPos' ->> 'x')::int AS bx, (b.content -> 'gridPos' ->> 'y')::int AS \"by\", (b.content -> 'gridPos' ->> 'w')::int AS bw, (b.content -> 'gridPos' ->> 'h')::int AS bh) AS p
               WHERE ax < bx + bw AND bx < ax + aw AND ay < \"by\" + bh AND \"by\" < ay + ah OR ax + aw > 24")" 0 'no panel lies on another one or beyond the grid'
is "$(run_sql "SELECT count(*) FROM dashboard, jsonb_path_query(content, '\$.panels.**.uid') AS uid WHERE uid <> '\"\${DS_PG_EVOLVE}\"'")" 0 'every query goes to the chosen data source'
is "$(run_sql "SELECT count(*) FROM target WHERE sql ~ '\\\$'")" 0 'there is no other macro or variable'

count=$(run_sql "SELECT count(*) FROM target")
ok "there are queries ($count)" test "$count" -ge 12
while IFS='|' read -r panel ref type format; do
    sql=$(run_sql "SELECT sql FROM target WHERE panel = $panel AND ref = '$ref'")
    ok "panel $panel, query $ref ($type) runs" run_sql "SET ROLE grafana" "$sql"
    rows=$(run_sql "SET ROLE grafana" "SELECT count(*) FROM ($sql) AS rows")
    # Nothing runs at the moment.
    [ "$type" = gauge ] || ok "panel $panel has something to show" test "$rows" -gt 0
    if [ "$format" = time_series ]; then
        is "$(run_sql "SET ROLE grafana" "SELECT pg_typeof(rows.time) FROM ($sql) AS rows LIMIT 1")" 'timestamp with time zone' "panel $panel has a time column"
    fi
done <<< "$(run_sql "SELECT panel, ref, type, format FROM target ORDER BY panel, ref")"
finish
