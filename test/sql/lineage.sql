-- Lineage: generations rise from parent to child, no cycle can be stored.
\pset null '-'
BEGIN;
-- Strategy n has the id of n.
CREATE FUNCTION pg_temp.sid(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(to_hex(n), 32, '0')::uuid $$;
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset)
SELECT pg_temp.sid(n), pg_temp.sid(1000), 'S' || n, jsonb_build_object('entry', format('close > sma(close, %s)', n + 1)) FROM generate_series(1, 30) AS n;
CREATE FUNCTION pg_temp.edge(parent int, child int) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s -> %s: ', parent, child) || regexp_replace(test_error(format('INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type) VALUES (%L, %L, %L)',
        pg_temp.sid(parent), pg_temp.sid(child), 'parameter_tweak')), '[0-]{20,}', '', 'g')
$$;
-- 1 and 2 are originals; 3 and 4 their children; 5 has both as parents; 6 comes from 5 and from the original 1.
SELECT pg_temp.edge(parent, child) FROM (VALUES (1, 1, 3), (2, 2, 4), (3, 3, 5), (4, 4, 5), (5, 5, 6), (6, 1, 6), (7, 6, 7)) AS e(n, parent, child) ORDER BY n;
SELECT n, evolve_generation(pg_temp.sid(n)) AS generation FROM generate_series(1, 8) AS n ORDER BY n;
SELECT evolve_generation('00000000-0000-0000-0000-00000000dead') AS of_nobody, evolve_generation(NULL) AS of_null;

-- Itself, both ways, around a corner, late: refused each time.
SELECT pg_temp.edge(parent, child) FROM (VALUES (1, 1, 1), (2, 8, 8), (3, 3, 1), (4, 7, 1), (5, 6, 3), (6, 7, 5), (7, 5, 4)) AS e(n, parent, child) ORDER BY n;
-- Also when the generations are written by hand, or the edge is bent afterwards.
SELECT test_error($$INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, parent_generation, child_generation, mutation_type)
    VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000001', 0, 99, 'forged')$$);
SELECT test_error($$UPDATE evolve.strategy_lineage SET parent_strategy_id = '00000000-0000-0000-0000-000000000007' WHERE parent_strategy_id = '00000000-0000-0000-0000-000000000001'$$);
SELECT test_error($$UPDATE evolve.strategy_lineage SET child_generation = 99$$);
SELECT test_error($$UPDATE evolve.strategy_generations SET generation = 99$$);
SELECT split_part(test_error($$DELETE FROM evolve.strategy_generations WHERE strategy_id = '00000000-0000-0000-0000-000000000003'$$), ' | ', 1);
SELECT split_part(test_error($$INSERT INTO evolve.strategy_generations VALUES ('00000000-0000-0000-0000-000000000003', 7)$$), ' | ', 1);
-- The same even without the trigger: the constraints alone hold.
SET LOCAL session_replication_role = replica;
SELECT split_part(test_error($$INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, parent_generation, child_generation, mutation_type)
    VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000001', 4, 0, 'forged')$$), ' | ', 1);
RESET session_replication_role;
-- An edge twice, an unknown strategy, a wrong kind.
SELECT split_part(pg_temp.edge(1, 3), ' | ', 1);
SELECT split_part(pg_temp.edge(1, 999), ' | ', 1);
SELECT split_part(pg_temp.edge(999, 1), ' | ', 1);
SELECT split_part(test_error($$INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type, relationship_type)
    VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000008', 'x', 'cousin')$$), ' | ', 1);
SELECT split_part(test_error($$INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type, similarity_score)
    VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000008', 'x', 1.5)$$), ' | ', 1);
-- What is measured later may be written.
UPDATE evolve.strategy_lineage SET performance_improvement = 0.1, risk_change = 0.05, change_impact = '{"trades": 3}' WHERE child_strategy_id = pg_temp.sid(3);
-- A second parent of the same or a lower generation fits; one of a higher generation does not: generations never change.
SELECT pg_temp.edge(2, 3);
SELECT pg_temp.edge(4, 3);

-- Ancestors and descendants with the shortest distance, against a search in SQL that keeps whole paths.
SELECT a.n, ltrim(replace(x.strategy_id::text, '-', ''), '0') AS ancestor, x.distance FROM (VALUES (6), (7), (1)) AS a(n) CROSS JOIN LATERAL evolve_ancestors(pg_temp.sid(a.n)) AS x ORDER BY a.n, x.distance, 2;
SELECT ltrim(replace(strategy_id::text, '-', ''), '0') AS descendant_of_1, distance FROM evolve_descendants(pg_temp.sid(1)) ORDER BY distance, 1;
SELECT count(*) FROM evolve_ancestors('00000000-0000-0000-0000-00000000dead');
SELECT test_error('SELECT count(*) FROM evolve_descendants(NULL)');
SELECT test_error('SELECT count(*) FROM evolve_ancestors(gen_random_uuid(), -1)');
SELECT count(*) FILTER (WHERE distance > 1) AS too_far, count(*) > 0 AS some FROM evolve_ancestors(pg_temp.sid(6), 1);
-- A denser graph: every strategy of 10 .. 29 has up to three parents.
SELECT count(*) AS edges FROM (SELECT pg_temp.edge(10 + n - back, 10 + n) AS e FROM generate_series(1, 19) AS n, unnest(ARRAY[2, 3, 5]) AS back WHERE back <= n ORDER BY n, back) AS edges WHERE e ~ 'no error';
SELECT bool_and(parent.generation < child.generation) AS edges_rise, bool_and(child.generation = 1 + (SELECT max(p.generation) FROM evolve.strategy_lineage AS e
    JOIN evolve.strategy_generations AS p ON p.strategy_id = e.parent_strategy_id WHERE e.child_strategy_id = edge.child_strategy_id)) AS one_above_the_highest
FROM evolve.strategy_lineage AS edge JOIN evolve.strategy_generations AS parent ON parent.strategy_id = edge.parent_strategy_id
JOIN evolve.strategy_generations AS child ON child.strategy_id = edge.child_strategy_id;
WITH RECURSIVE path AS (
    SELECT child_strategy_id AS start, parent_strategy_id AS id, ARRAY[child_strategy_id, parent_strategy_id] AS nodes FROM evolve.strategy_lineage
    UNION ALL
    SELECT start, parent_strategy_id, nodes || parent_strategy_id FROM path JOIN evolve.strategy_lineage ON child_strategy_id = path.id WHERE parent_strategy_id <> ALL (nodes)
), slow AS (SELECT start, id, min(cardinality(nodes) - 1) AS distance FROM path GROUP BY 1, 2),
fast AS (SELECT pg_temp.sid(n) AS start, a.strategy_id AS id, a.distance FROM generate_series(1, 30) AS n, evolve_ancestors(pg_temp.sid(n)) AS a),
back AS (SELECT d.strategy_id AS start, pg_temp.sid(n) AS id, d.distance FROM generate_series(1, 30) AS n, evolve_descendants(pg_temp.sid(n)) AS d)
SELECT (SELECT count(*) > 100 FROM slow) AS many_pairs, (SELECT count(*) FROM (TABLE slow EXCEPT TABLE fast) AS d) AS missing, (SELECT count(*) FROM (TABLE fast EXCEPT TABLE slow) AS d) AS invented,
       (SELECT count(*) FROM (TABLE fast EXCEPT TABLE back) AS d) + (SELECT count(*) FROM (TABLE back EXCEPT TABLE fast) AS d) AS not_mirrored;
-- The line to an original, by the most similar parent; what two have in common.
SELECT evolve_generation(pg_temp.sid(6)) AS generation;
UPDATE evolve.strategy_lineage SET similarity_score = CASE parent_strategy_id WHEN pg_temp.sid(4) THEN 0.9 WHEN pg_temp.sid(5) THEN 0.8 ELSE 0.7 END
WHERE child_strategy_id IN (pg_temp.sid(5), pg_temp.sid(6));
SELECT step, name, mutation_type, similarity FROM evolve_lineage_path(pg_temp.sid(6));
SELECT step, name, mutation_type, similarity FROM evolve_lineage_path(pg_temp.sid(1));
SELECT count(*) FROM evolve_lineage_path('00000000-0000-0000-0000-00000000dead');
SELECT known.name, common.left_distance, common.right_distance FROM evolve_common_ancestors(pg_temp.sid(6), pg_temp.sid(5)) AS common JOIN evolve.user_strategies AS known ON known.id = common.strategy_id;
SELECT known.name, common.left_distance, common.right_distance FROM evolve_common_ancestors(pg_temp.sid(3), pg_temp.sid(4)) AS common JOIN evolve.user_strategies AS known ON known.id = common.strategy_id;
SELECT count(*) FROM evolve_common_ancestors(pg_temp.sid(1), pg_temp.sid(30));

-- Drawn. The nearest relatives come first, what is left out is counted.
SELECT evolve_lineage_graph(pg_temp.sid(5));
SELECT evolve_lineage_graph(pg_temp.sid(5), 'mermaid', 3);
SELECT xmlparse(DOCUMENT evolve_lineage_graph(pg_temp.sid(5), format))::text ~ 'S1' AS well_formed, format FROM unnest('{graphml,svg}'::text[]) AS format;
SELECT jsonb_object_keys(evolve_lineage_graph(pg_temp.sid(5), 'prov-json')::jsonb) AS part;
SELECT jsonb_array_length(jsonb_path_query_array(evolve_lineage_graph(pg_temp.sid(5), 'prov-json')::jsonb, '$.wasDerivedFrom.*')) AS edges;
SELECT length(evolve_lineage_graph(pg_temp.sid(29), 'svg')) > 5000 AS drawn;
SELECT test_error(format('SELECT evolve_lineage_graph(%L, ''png'')', pg_temp.sid(5)));
SELECT test_error(format('SELECT evolve_lineage_graph(%L, ''dot'', 0)', pg_temp.sid(5)));
SELECT test_error('SELECT evolve_lineage_graph(NULL)');
SELECT test_error('SELECT evolve_lineage_graph(''00000000-0000-0000-0000-00000000dead'')');
SELECT test_error($$SELECT _evolve_draw_lineage('{"nodes": [7], "edges": []}', 'dot')$$);
-- A name cannot break out of its label.
UPDATE evolve.user_strategies SET name = '"]; x -> y; </text><script> & #quot; |' WHERE id = pg_temp.sid(1);
SELECT line FROM regexp_split_to_table(evolve_lineage_graph(pg_temp.sid(1), 'dot', 1), E'\n') AS line WHERE line ~ 'script';
SELECT line FROM regexp_split_to_table(evolve_lineage_graph(pg_temp.sid(1), 'mermaid', 1), E'\n') AS line WHERE line ~ 'script';
SELECT xmlparse(DOCUMENT evolve_lineage_graph(pg_temp.sid(1), 'svg', 1))::text !~ '<script' AS harmless;

-- A long line is no trouble.
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset)
SELECT pg_temp.sid(n), pg_temp.sid(1000), 'L' || n, jsonb_build_object('entry', format('close > ema(close, %s)', n - 9990)) FROM generate_series(10000, 10499) AS n;
INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type) SELECT pg_temp.sid(n), pg_temp.sid(n + 1), 'parameter_tweak' FROM generate_series(10000, 10498) AS n ORDER BY n;
SELECT evolve_generation(pg_temp.sid(10499)), (SELECT max(distance) FROM evolve_ancestors(pg_temp.sid(10499))), (SELECT count(*) FROM evolve_descendants(pg_temp.sid(10000)));

-- A parent cannot be deleted under its children; a childless strategy can, and its edges go with it.
SELECT split_part(test_error($$DELETE FROM evolve.user_strategies WHERE id = '00000000-0000-0000-0000-000000000001'$$), ' | ', 1);
DELETE FROM evolve.user_strategies WHERE id = pg_temp.sid(7);
SELECT count(*) FROM evolve.strategy_lineage WHERE child_strategy_id = pg_temp.sid(7);
SELECT count(*) FROM evolve_descendants(pg_temp.sid(6));
ROLLBACK;

-- What makes one ruleset another, and how alike two are.
SELECT * FROM evolve_changes('{"entry": "rsi(14) < 30", "exit": "rsi(14) > 70", "max_bars": 5}', '{"entry": "rsi(12) < 30", "exit": "close > open", "stop_loss": {"pct": 3}}');
SELECT * FROM evolve_changes('{"entry": "rsi(14) < 30"}', '{"entry": "30 > rsi(close, 14)"}');
SELECT test_error($$SELECT * FROM evolve_changes('{"entry": "rsi(14) < 30"}', '{"entry": "rsi(14) <"}')$$);
SELECT * FROM evolve_similarity('{"entry": "rsi(10) < 30", "exit": "rsi(10) > 70"}', '{"entry": "rsi(30) < 30", "exit": "rsi(30) > 70"}');
BEGIN;
SELECT test_store_bars('AAA', 700);
SELECT overall < 1 AS differ, structure, parameters, round(signals::numeric, 6) AS signals,
       (SELECT round(count(*) FILTER (WHERE sign(a.position) = sign(b.position) AND a.position <> 0)::numeric / count(*) FILTER (WHERE a.position <> 0 OR b.position <> 0), 6)
        FROM evolve_equity('{"entry": "rsi(10) < 40", "exit": "rsi(10) > 60"}', 'AAA') AS a JOIN evolve_equity('{"entry": "rsi(12) < 40", "exit": "rsi(12) > 60"}', 'AAA') AS b USING (ts)) AS by_hand
FROM evolve_similarity('{"entry": "rsi(10) < 40", "exit": "rsi(10) > 60"}', '{"entry": "rsi(12) < 40", "exit": "rsi(12) > 60"}', 'AAA');
SELECT * FROM evolve_similarity('{"entry": "rsi(10) < 40"}', '{"entry": "rsi(10) < 40"}', 'AAA');
SELECT test_error($$SELECT * FROM evolve_similarity('{"entry": "rsi(10) < 40"}', '{"entry": "rsi(10) < 40"}', 'NOPE')$$);
SELECT test_error($$SELECT * FROM evolve_similarity(NULL, '{"entry": "rsi(10) < 40"}')$$);
ROLLBACK;

-- A large family: the search is finished in memory, and distances are the shortest all the same. Each met one is one step
-- beyond somebody, and nobody whose child is met is missing or too far.
BEGIN;
SET LOCAL session_replication_role = replica;
CREATE FUNCTION n(number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('large ' || number)::uuid $$;
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset, fingerprint)
SELECT n(number), n(0), 'L' || number, '{"entry": "close > open", "exit": "close < open"}', repeat('0', 64) FROM generate_series(1, 9000) AS number;
INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, parent_generation, child_generation, mutation_type)
SELECT DISTINCT n(greatest(1, number - 1 - (number * number * k) % 137)), n(number), 0, 1, 'test'
FROM generate_series(2, 9000) AS number, generate_series(1, 2) AS k;
CREATE FUNCTION faults(start uuid, up boolean, far int) RETURNS TABLE(met bigint, farthest int, wrong bigint, missing bigint) LANGUAGE sql AS $$
    WITH edge AS (
        SELECT CASE WHEN up THEN child_strategy_id ELSE parent_strategy_id END AS near,
               CASE WHEN up THEN parent_strategy_id ELSE child_strategy_id END AS next FROM evolve.strategy_lineage
    ), found AS (
        SELECT * FROM evolve_ancestors(start, far) WHERE up UNION ALL SELECT * FROM evolve_descendants(start, far) WHERE NOT up
    ), met AS (SELECT start AS id, 0 AS distance UNION ALL SELECT * FROM found)
    SELECT (SELECT count(*) FROM found), (SELECT max(distance) FROM found),
           (SELECT count(*) FROM found LEFT JOIN (SELECT edge.next, min(met.distance) + 1 AS distance FROM edge JOIN met ON met.id = edge.near
                                                  GROUP BY edge.next) AS nearest ON nearest.next = found.strategy_id
            WHERE found.distance IS DISTINCT FROM nearest.distance),
           (SELECT count(*) FROM edge JOIN met ON met.id = edge.near LEFT JOIN met AS other ON other.id = edge.next
            WHERE other.id IS NULL AND (far IS NULL OR met.distance < far))
$$;
SET LOCAL enable_nestloop = off;
SELECT start, up, far, result.* FROM (VALUES (9000, true, NULL), (9000, true, 60), (1, false, NULL), (1, false, 65), (1, true, NULL)) AS asked(start, up, far),
       LATERAL faults(n(start), up, far) AS result;
SELECT count(*), count(*) FILTER (WHERE line.distance < line.before OR line.distance = line.before AND line.strategy_id < line.id) AS unordered
FROM (SELECT found.*, lag(distance) OVER (ORDER BY place) AS before, lag(strategy_id) OVER (ORDER BY place) AS id
      FROM evolve_ancestors(n(9000)) WITH ORDINALITY AS found(strategy_id, distance, place)) AS line;
ROLLBACK;
