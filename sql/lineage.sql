-- Who descends from whom.

CREATE FUNCTION _evolve_guard_lineage() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.parent_strategy_id, NEW.child_strategy_id, NEW.parent_generation, NEW.child_generation, NEW.royalty_weight,
            NEW.creator_user_id, NEW.royalty_percent_parent, NEW.royalty_percent_child)
           IS DISTINCT FROM
           (OLD.parent_strategy_id, OLD.child_strategy_id, OLD.parent_generation, OLD.child_generation, OLD.royalty_weight,
            OLD.creator_user_id, OLD.royalty_percent_parent, OLD.royalty_percent_child) THEN
            RAISE EXCEPTION 'parent, child and royalties of an edge never change' USING ERRCODE = 'PE012',
                HINT = 'Shares were fixed when the child was born.';
        END IF;
        RETURN NEW;
    END IF;
    NEW.royalty_percent_child := coalesce(NEW.royalty_percent_child, 100 - NEW.royalty_percent_parent);
    NEW.royalty_percent_parent := coalesce(NEW.royalty_percent_parent, 100 - NEW.royalty_percent_child);
    IF NEW.royalty_percent_parent + NEW.royalty_percent_child <> 100 OR NEW.royalty_percent_child NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION 'royalty percents of parent and child must be from 0 to 100 and sum to 100' USING ERRCODE = 'PE004',
            DETAIL = format('They are %s and %s.', NEW.royalty_percent_parent, NEW.royalty_percent_child);
    END IF;
    -- A parent without a row is an original. The rows are never updated, so what is read here stays true.
    INSERT INTO evolve.strategy_generations (strategy_id, generation)
    VALUES (NEW.parent_strategy_id, 0) ON CONFLICT DO NOTHING;
    SELECT known.generation INTO NEW.parent_generation
    FROM evolve.strategy_generations AS known WHERE known.strategy_id = NEW.parent_strategy_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'strategy % was deleted meanwhile', NEW.parent_strategy_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO evolve.strategy_generations (strategy_id, generation)
    VALUES (NEW.child_strategy_id, NEW.parent_generation + 1) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        NEW.child_generation := NEW.parent_generation + 1;
    ELSE
        -- A child that was there before: until this transaction ends nobody else gives it a parent, and nothing is born of
        -- it. Both lock this row, so that the shares of each are made of what the other did. The parent's first, as its
        -- foreign key would: whoever gives that one a parent comes here next.
        PERFORM FROM evolve.strategy_generations AS known WHERE known.strategy_id = NEW.parent_strategy_id FOR KEY SHARE;
        SELECT known.generation INTO NEW.child_generation
        FROM evolve.strategy_generations AS known WHERE known.strategy_id = NEW.child_strategy_id FOR UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'strategy % was deleted meanwhile', NEW.child_strategy_id USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    IF NEW.parent_generation >= NEW.child_generation THEN
        RAISE EXCEPTION 'strategy % cannot descend from strategy %', NEW.child_strategy_id, NEW.parent_strategy_id
            USING ERRCODE = 'PE012',
                  DETAIL = format('The child is of generation %s, the parent of generation %s.', NEW.child_generation, NEW.parent_generation),
                  HINT = 'Generations rise from parent to child and never change. Store the parent of the highest generation first.';
    END IF;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION _evolve_guard_lineage() IS 'Trigger: fills the generations of an edge; together with the table''s constraints no cycle can be stored.';

CREATE FUNCTION evolve_generation(strategy_id uuid) RETURNS int
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_generation int;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    SELECT coalesce(known.generation, 0) INTO found_generation
    FROM evolve.user_strategies AS strategy
    LEFT JOIN evolve.strategy_generations AS known ON known.strategy_id = strategy.id
    WHERE strategy.id = evolve_generation.strategy_id;
    RETURN found_generation;
END
$function$;
COMMENT ON FUNCTION evolve_generation(uuid) IS 'Generation of a strategy: 0 for an original, else 1 + the largest of its parents''; NULL when there is no such strategy.';

CREATE FUNCTION evolve_ancestors(strategy uuid, max_distance int DEFAULT NULL) RETURNS TABLE(strategy_id uuid, distance int)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_ancestors(uuid, int) IS 'All strategies that this one descends from, with the length of the shortest line of descent; up to a distance when one is given.';

CREATE FUNCTION evolve_descendants(strategy uuid, max_distance int DEFAULT NULL) RETURNS TABLE(strategy_id uuid, distance int)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_descendants(uuid, int) IS 'All strategies that descend from this one, with the length of the shortest line of descent; up to a distance when one is given.';

CREATE FUNCTION _evolve_nearest_parent(child uuid) RETURNS TABLE(parent uuid, how text, alike float8)
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
    SELECT edge.parent_strategy_id, edge.mutation_type, edge.similarity_score
    FROM evolve.strategy_lineage AS edge WHERE edge.child_strategy_id = child
    ORDER BY edge.similarity_score DESC NULLS LAST, edge.parent_strategy_id LIMIT 1
$function$;
COMMENT ON FUNCTION _evolve_nearest_parent(uuid) IS 'The parent that a strategy resembles most.';

CREATE FUNCTION evolve_lineage_path(strategy uuid)
RETURNS TABLE(step int, strategy_id uuid, name text, mutation_type text, similarity float8)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    -- An edge belongs to the line of its child: how it was made, and how like its parent it is.
    RETURN QUERY
        WITH RECURSIVE line AS (
            SELECT 0 AS above, known.id AS at, edge.*
            FROM evolve.user_strategies AS known
            LEFT JOIN LATERAL @extschema@._evolve_nearest_parent(known.id) AS edge ON true
            WHERE known.id = $1
            UNION ALL
            SELECT line.above + 1, line.parent, edge.*
            FROM line LEFT JOIN LATERAL @extschema@._evolve_nearest_parent(line.parent) AS edge ON true
            WHERE line.parent IS NOT NULL
        )
        SELECT (max(line.above) OVER ()) - line.above, line.at, known.name::text, line.how, line.alike
        FROM line LEFT JOIN evolve.user_strategies AS known ON known.id = line.at
        ORDER BY 1;
END
$function$;
COMMENT ON FUNCTION evolve_lineage_path(uuid) IS 'From an original to this strategy, by the parent that each step resembles most: how each was made of the one before, and how alike the two are.';

CREATE FUNCTION evolve_common_ancestors(left_strategy uuid, right_strategy uuid)
RETURNS TABLE(strategy_id uuid, left_distance int, right_distance int)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    -- A strategy is at distance 0 of itself: a parent and its child have the parent in common.
    RETURN QUERY
        SELECT a.strategy_id, a.distance, b.distance
        FROM (SELECT $1 AS strategy_id, 0 AS distance UNION ALL SELECT * FROM @extschema@.evolve_ancestors($1)) AS a
        JOIN (SELECT $2 AS strategy_id, 0 AS distance UNION ALL SELECT * FROM @extschema@.evolve_ancestors($2)) AS b USING (strategy_id)
        ORDER BY a.distance + b.distance, a.distance, a.strategy_id;
END
$function$;
COMMENT ON FUNCTION evolve_common_ancestors(uuid, uuid) IS 'Strategies that both descend from (or are), nearest first, with the distance to each.';

CREATE FUNCTION evolve_changes(before jsonb, after jsonb) RETURNS TABLE(number int, change text)
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_changes(jsonb, jsonb) IS 'What makes the first ruleset the second, one sentence a change.';

CREATE FUNCTION evolve_similarity(
    left_ruleset jsonb, right_ruleset jsonb, symbol text DEFAULT NULL, timeframe text DEFAULT NULL,
    "from" timestamptz DEFAULT NULL, "to" timestamptz DEFAULT NULL, exchange text DEFAULT '')
RETURNS TABLE(overall float8, structure float8, parameters float8, signals float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_similarity(jsonb, jsonb, text, text, timestamptz, timestamptz, text) IS
    'How alike two rulesets are, 0 to 1: altogether, in structure, in their numbers, and, when a symbol is given, in the positions they hold on its bars.';

CREATE FUNCTION _evolve_draw_lineage(graph jsonb, format text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_draw_lineage(jsonb, text) IS 'A graph of nodes and edges as dot, mermaid, graphml, prov-json or svg.';

CREATE FUNCTION evolve_lineage_graph(strategy_id uuid, format text DEFAULT 'dot', max_nodes int DEFAULT 100) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    relatives uuid[];
    left_out bigint;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF strategy_id IS NULL OR format IS NULL OR max_nodes IS NULL OR max_nodes NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION 'strategy_id and format must not be NULL, max_nodes must be from 1 to 10000' USING ERRCODE = 'PE007';
    END IF;
    IF NOT EXISTS (SELECT FROM evolve.user_strategies AS known WHERE known.id = evolve_lineage_graph.strategy_id) THEN
        RAISE EXCEPTION 'no strategy %', strategy_id USING ERRCODE = 'PE009';
    END IF;
    -- The nearest relatives, ancestors before descendants.
    SELECT array_agg(near.id ORDER BY near.place) FILTER (WHERE near.place <= max_nodes), count(*) FILTER (WHERE near.place > max_nodes)
    INTO relatives, left_out
    FROM (SELECT line.id, row_number() OVER (ORDER BY line.distance, line.side, line.id) AS place
          FROM (SELECT evolve_lineage_graph.strategy_id AS id, 0 AS distance, 0 AS side
                UNION ALL SELECT found.strategy_id, found.distance, 1 FROM @extschema@.evolve_ancestors(evolve_lineage_graph.strategy_id) AS found
                UNION ALL SELECT found.strategy_id, found.distance, 2 FROM @extschema@.evolve_descendants(evolve_lineage_graph.strategy_id) AS found
               ) AS line) AS near;
    RETURN @extschema@._evolve_draw_lineage(jsonb_build_object(
        'nodes', (SELECT jsonb_agg(jsonb_build_object(
                      'id', listed.id, 'name', known.name, 'status', known.status, 'owner', known.user_id, 'score', known.score,
                      'generation', coalesce(line.generation, 0), 'focus', listed.place = 1) ORDER BY listed.place)
                  FROM unnest(relatives) WITH ORDINALITY AS listed(id, place)
                  LEFT JOIN evolve.user_strategies AS known ON known.id = listed.id
                  LEFT JOIN evolve.strategy_generations AS line ON line.strategy_id = listed.id),
        'edges', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                      'parent', edge.parent_strategy_id, 'child', edge.child_strategy_id, 'kind', edge.mutation_type,
                      'similarity', edge.similarity_score) ORDER BY edge.id), '[]')
                  FROM evolve.strategy_lineage AS edge
                  WHERE edge.parent_strategy_id = ANY (relatives) AND edge.child_strategy_id = ANY (relatives)),
        'left_out', left_out), format);
END
$function$;
COMMENT ON FUNCTION evolve_lineage_graph(uuid, text, int) IS
    'A strategy with the nearest of its ancestors and descendants, drawn: format dot, mermaid, graphml, prov-json or svg.';
