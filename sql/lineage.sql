-- Who descends from whom.

CREATE FUNCTION _evolve_guard_lineage() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.parent_strategy_id, NEW.child_strategy_id, NEW.parent_generation, NEW.child_generation)
           <> (OLD.parent_strategy_id, OLD.child_strategy_id, OLD.parent_generation, OLD.child_generation) THEN
            RAISE EXCEPTION 'parent and child of an edge never change' USING ERRCODE = 'PE012';
        END IF;
        RETURN NEW;
    END IF;
    -- A parent without a row is an original. The rows are never updated, so what is read here stays true.
    INSERT INTO evolve.strategy_generations (strategy_id, generation)
    VALUES (NEW.parent_strategy_id, 0) ON CONFLICT DO NOTHING;
    SELECT known.generation INTO NEW.parent_generation
    FROM evolve.strategy_generations AS known WHERE known.strategy_id = NEW.parent_strategy_id;
    INSERT INTO evolve.strategy_generations (strategy_id, generation)
    VALUES (NEW.child_strategy_id, NEW.parent_generation + 1) ON CONFLICT DO NOTHING;
    SELECT known.generation INTO NEW.child_generation
    FROM evolve.strategy_generations AS known WHERE known.strategy_id = NEW.child_strategy_id;
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

CREATE FUNCTION evolve_ancestors(strategy uuid) RETURNS TABLE(strategy_id uuid, distance int)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    RETURN QUERY
        WITH RECURSIVE line AS (
            SELECT edge.parent_strategy_id AS id, 1 AS steps
            FROM evolve.strategy_lineage AS edge WHERE edge.child_strategy_id = $1
            UNION
            SELECT edge.parent_strategy_id, line.steps + 1
            FROM line JOIN evolve.strategy_lineage AS edge ON edge.child_strategy_id = line.id
        )
        SELECT line.id, min(line.steps) FROM line GROUP BY line.id ORDER BY 2, 1;
END
$function$;
COMMENT ON FUNCTION evolve_ancestors(uuid) IS 'All strategies that this one descends from, with the length of the shortest line of descent.';

CREATE FUNCTION evolve_descendants(strategy uuid) RETURNS TABLE(strategy_id uuid, distance int)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    RETURN QUERY
        WITH RECURSIVE line AS (
            SELECT edge.child_strategy_id AS id, 1 AS steps
            FROM evolve.strategy_lineage AS edge WHERE edge.parent_strategy_id = $1
            UNION
            SELECT edge.child_strategy_id, line.steps + 1
            FROM line JOIN evolve.strategy_lineage AS edge ON edge.parent_strategy_id = line.id
        )
        SELECT line.id, min(line.steps) FROM line GROUP BY line.id ORDER BY 2, 1;
END
$function$;
COMMENT ON FUNCTION evolve_descendants(uuid) IS 'All strategies that descend from this one, with the length of the shortest line of descent.';
