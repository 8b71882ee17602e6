-- Cycles: the database chooses and writes, the library evaluates, decides and breeds.

CREATE FUNCTION _evolve_run_cycle(input jsonb) RETURNS jsonb
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_run_cycle(jsonb) IS 'Evaluates, decides and breeds for one evolution cycle; reads bars, writes nothing.';
REVOKE EXECUTE ON FUNCTION _evolve_run_cycle(jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_run_monitor(input jsonb) RETURNS jsonb
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_run_monitor(jsonb) IS 'Sanity and robustness checks for one monitoring cycle; reads bars, writes nothing.';
REVOKE EXECUTE ON FUNCTION _evolve_run_monitor(jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_begin_heartbeat(work text) RETURNS void
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_begin_heartbeat(text) IS 'Shows in application_name what the session works on and how far it is, or when it was last alive, until the end of the transaction; does nothing when that shows something already.';
REVOKE EXECUTE ON FUNCTION _evolve_begin_heartbeat(text) FROM PUBLIC;

CREATE FUNCTION evolve_score(metrics jsonb) RETURNS float8
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_score(jsonb) IS 'The classic score, 0 to 1, of metrics by name; what is missing is left out and the weights of the rest grow. docs/evolution.md has the formula.';

CREATE FUNCTION _evolve_policy_defaults() RETURNS TABLE(name text, value jsonb, minimum float8, maximum float8, description text)
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_policy_defaults() IS 'Every threshold of a policy with the classic value.';

CREATE FUNCTION _evolve_setting(name text) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_value jsonb;
BEGIN
    SELECT setting.value INTO found_value FROM evolve.settings AS setting WHERE setting.name = _evolve_setting.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'setting "%" is missing from evolve.settings', name
            USING ERRCODE = 'PE007', HINT = 'Insert the row again; migrations/ has its definition.';
    END IF;
    RETURN found_value;
END
$function$;
COMMENT ON FUNCTION _evolve_setting(text) IS 'Value of a row of evolve.settings.';

CREATE FUNCTION _evolve_cycle_input(seed bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    policy_name text := @extschema@._evolve_setting('policy') #>> '{}';
    thresholds jsonb;
BEGIN
    SELECT jsonb_object_agg(rule.name, rule.value) INTO thresholds
    FROM evolve.policies AS rule WHERE rule.policy = policy_name;
    IF thresholds IS NULL THEN
        RAISE EXCEPTION 'there is no policy "%"', policy_name
            USING ERRCODE = 'PE007', HINT = 'The setting "policy" names rows of evolve.policies.';
    END IF;
    -- What the policy leaves out has the classic value.
    SELECT jsonb_object_agg(rule.name, rule.value) || thresholds INTO thresholds
    FROM @extschema@._evolve_policy_defaults() AS rule;
    RETURN jsonb_build_object(
        'seed', seed,
        'policy_name', policy_name,
        'policy', thresholds,
        'options', jsonb_build_object(
            'initial_capital', @extschema@._evolve_setting('initial_capital'),
            'fee_rate', @extschema@._evolve_setting('fee_rate'),
            'slippage', @extschema@._evolve_setting('slippage'),
            'risk_free', @extschema@._evolve_setting('risk_free')),
        'limits', jsonb_build_object(
            'bytes', @extschema@._evolve_setting('ruleset_max_bytes'),
            'nodes', @extschema@._evolve_setting('ruleset_max_nodes'),
            'depth', @extschema@._evolve_setting('ruleset_max_depth'),
            'lookback', @extschema@._evolve_setting('ruleset_max_lookback')),
        -- What is stored, and what can be made of it.
        'markets', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'exchange', known.exchange, 'symbol', known.symbol, 'timeframe', known.frame)
                       ORDER BY known.exchange, known.symbol, known.frame), '[]')
            FROM (SELECT DISTINCT series.exchange, series.symbol, frame
                  FROM evolve.series AS series
                  CROSS JOIN unnest(ARRAY['1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1mo']) AS frame
                  WHERE frame = series.timeframe
                     OR @extschema@._evolve_timeframe_divides(series.timeframe, frame)) AS known));
END
$function$;
COMMENT ON FUNCTION _evolve_cycle_input(bigint) IS 'What every cycle is told: seed, policy, options of its backtests, markets.';

-- The key of the lock that keeps cycles apart: (application, kind of cycle).
CREATE FUNCTION _evolve_begin_cycle() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF pg_try_advisory_xact_lock(1702259052, 2) THEN
        RETURN true;
    END IF;
    RAISE NOTICE 'another cycle is running, this call does nothing';
    RETURN false;
END
$function$;
COMMENT ON FUNCTION _evolve_begin_cycle() IS 'True when this transaction may run a cycle; false, with a NOTICE, while another one runs.';
REVOKE EXECUTE ON FUNCTION _evolve_begin_cycle() FROM PUBLIC;

-- Without gaps, unlike the sequence's: a cycle that is made again after a crash has the number, and so the seed and the
-- texts, that it had. Called under the lock of cycles.
CREATE FUNCTION _evolve_next_cycle() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT 1 + coalesce(max(cycle.cycle_id), 0) FROM evolve.cycles AS cycle
$function$;
COMMENT ON FUNCTION _evolve_next_cycle() IS 'Number of the next cycle.';
REVOKE EXECUTE ON FUNCTION _evolve_next_cycle() FROM PUBLIC;

CREATE FUNCTION _evolve_cycle(batch_size int DEFAULT NULL, seed bigint DEFAULT NULL,
    OUT cycle_id bigint, OUT evaluated int, OUT promoted int, OUT demoted int, OUT bred int, OUT discarded int,
    OUT duration interval)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF @extschema@._evolve_begin_cycle() THEN
        SELECT cycle.* INTO cycle_id, evaluated, promoted, demoted, bred, discarded, duration
        FROM @extschema@._evolve_cycle_at(batch_size, seed, now(), '{}') AS cycle;
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_cycle(int, bigint) IS 'What evolve_cycle() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_cycle(int, bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_cycle_at(batch_size int, seed bigint, as_of timestamptz, of_run jsonb,
    OUT cycle_id bigint, OUT evaluated int, OUT promoted int, OUT demoted int, OUT bred int, OUT discarded int,
    OUT duration interval)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    started timestamptz := clock_timestamp();
    this_cycle bigint := @extschema@._evolve_next_cycle();
    input jsonb;
    output jsonb;
    chosen uuid[];
BEGIN
    PERFORM @extschema@._evolve_begin_heartbeat(format('cycle %s', this_cycle));
    seed := coalesce(seed, this_cycle);
    input := @extschema@._evolve_cycle_input(seed);
    batch_size := coalesce(batch_size, (input #>> '{policy,batch_size}')::int, 50);
    IF batch_size < 1 THEN
        RAISE EXCEPTION 'batch_size must be at least 1' USING ERRCODE = 'PE007';
    END IF;

    -- Locked, so that nobody changes under the cycle what it has read; rows that somebody else is changing wait for the next.
    SELECT array_agg(batch.id) INTO chosen FROM (
        SELECT strategy.id
        FROM evolve.user_strategies AS strategy
        WHERE strategy.is_active AND strategy.status IN ('experiment', 'candidate', 'proposable')
        ORDER BY strategy.last_backtest_at IS NOT NULL,
                 coalesce(strategy.last_backtest_at, '-infinity') >= as_of - make_interval(days => (input #>> '{policy,retest_after_days}')::int),
                 strategy.status <> 'experiment', strategy.last_backtest_at, strategy.fingerprint
        LIMIT batch_size
        FOR NO KEY UPDATE SKIP LOCKED) AS batch;

    input := input || jsonb_build_object(
        'population', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', strategy.id, 'user_id', strategy.user_id, 'name', strategy.name, 'ruleset', strategy.ruleset,
                'asset_type', strategy.asset_type, 'status', strategy.status, 'score', strategy.score,
                'win_rate', strategy.last_backtest_results #> '{metrics,win_rate}',
                'trades', strategy.last_backtest_results #> '{metrics,total_trades}',
                'evolution_attempts', strategy.evolution_attempts,
                'evaluate', strategy.id = ANY (coalesce(chosen, '{}'))) ORDER BY strategy.fingerprint), '[]')
            FROM evolve.user_strategies AS strategy
            WHERE strategy.is_active AND strategy.status IN ('experiment', 'candidate', 'proposable')),
        'total_strategies', (SELECT count(*) FROM evolve.user_strategies));
    output := @extschema@._evolve_run_cycle(input);

    evaluated := (output #>> '{report,evaluated}')::int;
    promoted := (output #>> '{report,promoted}')::int;
    demoted := (output #>> '{report,demoted}')::int;
    discarded := (output #>> '{report,discarded}')::int;
    PERFORM @extschema@._evolve_engine_writes(true);
    INSERT INTO evolve.cycles (cycle_id, kind, policy, seed, batch_size, started_at, duration)
    VALUES (this_cycle, 'evolution', input ->> 'policy_name', seed, batch_size, started, interval '0');
    PERFORM @extschema@._evolve_store_evaluations(this_cycle, output);
    bred := @extschema@._evolve_store_children(this_cycle, output);
    PERFORM @extschema@._evolve_engine_writes(false);
    PERFORM @extschema@._evolve_pack_used(output);

    duration := clock_timestamp() - started;
    UPDATE evolve.cycles AS cycle
    SET evaluated = _evolve_cycle_at.evaluated, promoted = _evolve_cycle_at.promoted, demoted = _evolve_cycle_at.demoted,
        bred = _evolve_cycle_at.bred, discarded = _evolve_cycle_at.discarded, duration = _evolve_cycle_at.duration,
        report = (output -> 'report') || of_run || jsonb_build_object('version', @extschema@.evolve_version(), 'not_evaluated', (
            SELECT count(*) FROM jsonb_to_recordset(output -> 'evaluations') AS run(no_data boolean) WHERE run.no_data))
    WHERE cycle.cycle_id = this_cycle;
    cycle_id := this_cycle;
END
$function$;
COMMENT ON FUNCTION _evolve_cycle_at(int, bigint, timestamptz, jsonb) IS 'One cycle, under the lock of cycles; as_of says from when a last test counts as long ago, of_run goes into the report.';
REVOKE EXECUTE ON FUNCTION _evolve_cycle_at(int, bigint, timestamptz, jsonb) FROM PUBLIC;

CREATE FUNCTION evolve_cycle(batch_size int DEFAULT NULL, seed bigint DEFAULT NULL,
    OUT cycle_id bigint, OUT evaluated int, OUT promoted int, OUT demoted int, OUT bred int, OUT discarded int,
    OUT duration interval)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_cycle(int, bigint) IS
    'One cycle of evolution in one transaction: choose, evaluate, score, decide, breed, discard, report. While another cycle runs, cycle_id is NULL and nothing is done.';
REVOKE EXECUTE ON FUNCTION evolve_cycle(int, bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_store_evaluations(this_cycle bigint, output jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    INSERT INTO evolve.trials (cycle_id, strategy_id, fingerprint, kind, exchange, symbol, timeframe, from_ts, to_ts, bars,
                               sharpe_ratio, total_trades)
    SELECT this_cycle, trial.strategy_id, trial.fingerprint, trial.kind, trial.exchange, trial.symbol, trial.timeframe,
           trial.from_ts, trial.to_ts, trial.bars, trial.sharpe_ratio, trial.total_trades
    FROM jsonb_to_recordset(output -> 'trials') AS trial(strategy_id uuid, fingerprint text, kind text, exchange text,
        symbol text, timeframe text, from_ts timestamptz, to_ts timestamptz, bars bigint, sharpe_ratio float8, total_trades bigint);

    INSERT INTO evolve.strategy_backtests (strategy_id, exchange, symbol, timeframe, start_date, end_date, total_return,
                                           win_rate, max_drawdown, avg_pnl, total_trades, sharpe_ratio, results)
    SELECT ran.strategy_id, ran.exchange, ran.symbol, ran.timeframe, ran.start_date, ran.end_date,
           (ran.metrics ->> 'total_return')::float8, (ran.metrics ->> 'win_rate')::float8,
           (ran.metrics ->> 'max_drawdown')::float8, (ran.metrics ->> 'expectancy')::float8,
           (ran.metrics ->> 'total_trades')::bigint, (ran.metrics ->> 'sharpe_ratio')::float8, ran.metrics
    FROM jsonb_to_recordset(output -> 'backtests') AS ran(strategy_id uuid, exchange text, symbol text, timeframe text,
        start_date timestamptz, end_date timestamptz, metrics jsonb);

    -- What the first evaluation of a child tells of the change that made it.
    UPDATE evolve.strategy_lineage AS edge
    SET performance_improvement = first_run.score - parent.score,
        risk_change = (first_run.metrics ->> 'max_drawdown')::float8
                      - (parent.last_backtest_results #>> '{metrics,max_drawdown}')::float8
    FROM jsonb_to_recordset(output -> 'evaluations') AS first_run(strategy_id uuid, score float8, metrics jsonb, no_data boolean),
         evolve.user_strategies AS child, evolve.user_strategies AS parent
    WHERE edge.child_strategy_id = first_run.strategy_id AND child.id = first_run.strategy_id
      AND parent.id = edge.parent_strategy_id AND child.last_backtest_at IS NULL AND NOT first_run.no_data;

    UPDATE evolve.user_strategies AS strategy
    SET score = run.score, last_backtest_at = now(),
        last_backtest_results = jsonb_build_object('metrics', run.metrics, 'walk_forward', run.walk_forward,
            'monte_carlo', run.monte_carlo, 'score_components', run.score_components, 'overfitted', run.overfitted),
        train_metrics = run.train_metrics, test_metrics = run.test_metrics,
        per_symbol_performance = run.per_symbol_performance, generalized = run.generalized,
        evolution_attempts = run.evolution_attempts, risk_note = run.risk_note
    FROM jsonb_to_recordset(output -> 'evaluations') AS run(strategy_id uuid, score float8, metrics jsonb, walk_forward jsonb,
        monte_carlo jsonb, score_components jsonb, overfitted boolean, train_metrics jsonb, test_metrics jsonb,
        per_symbol_performance jsonb, generalized boolean, evolution_attempts int, risk_note text, no_data boolean)
    WHERE strategy.id = run.strategy_id AND NOT run.no_data;

    -- Tried as well, so that those without bars do not fill every batch.
    UPDATE evolve.user_strategies AS strategy
    SET last_backtest_at = now(), status_reason = 'not evaluated: ' || run.problem
    FROM jsonb_to_recordset(output -> 'evaluations') AS run(strategy_id uuid, problem text, no_data boolean)
    WHERE strategy.id = run.strategy_id AND run.no_data;

    -- One after the other: a strategy may be demoted and then culled in one cycle.
    PERFORM @extschema@._evolve_store_transitions(output);
END
$function$;
COMMENT ON FUNCTION _evolve_store_evaluations(bigint, jsonb) IS 'Writes what a cycle found out: trials, backtests, results, changes of status.';
REVOKE EXECUTE ON FUNCTION _evolve_store_evaluations(bigint, jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_store_transitions(output jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT listed.element ->> 'strategy_id' AS strategy_id, listed.element ->> 'from' AS old_status,
               listed.element ->> 'to' AS new_status, listed.element ->> 'reason' AS reason,
               listed.element ->> 'duplicate_of' AS duplicate_of
        FROM jsonb_array_elements(output -> 'transitions') WITH ORDINALITY AS listed(element, position)
        ORDER BY listed.position
    LOOP
        UPDATE evolve.user_strategies AS strategy
        SET status = change.new_status::evolve.strategy_status, status_reason = change.reason,
            duplicate_of = change.duplicate_of::uuid
        WHERE strategy.id = change.strategy_id::uuid AND strategy.status = change.old_status::evolve.strategy_status;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION _evolve_store_transitions(jsonb) IS 'Applies a cycle''s changes of status in order.';
REVOKE EXECUTE ON FUNCTION _evolve_store_transitions(jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_store_children(this_cycle bigint, output jsonb) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    child record;
    born int := 0;
BEGIN
    FOR child IN
        SELECT bred.*, generation.of_child
        FROM jsonb_to_recordset(output -> 'children') AS bred(id uuid, user_id uuid, name text, asset_type text, ruleset jsonb,
            mutation_type text, mutation_params jsonb, reason text, parents jsonb)
        CROSS JOIN LATERAL (
            SELECT 1 + max(coalesce(known.generation, 0)) AS of_child
            FROM jsonb_to_recordset(bred.parents) AS parent(id uuid)
            LEFT JOIN evolve.strategy_generations AS known ON known.strategy_id = parent.id) AS generation
    LOOP
        -- Somebody may have uploaded the same rules meanwhile: the first one stays.
        INSERT INTO evolve.user_strategies (id, user_id, name, description, asset_type, ruleset, status, status_reason)
        VALUES (child.id, child.user_id, child.name, child.reason, child.asset_type::evolve.asset_type, child.ruleset,
                'experiment', format('bred by cycle %s', this_cycle))
        ON CONFLICT DO NOTHING;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO evolve.strategy_generations (strategy_id, generation) VALUES (child.id, child.of_child);
        INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type, mutation_params,
                                             similarity_score, relationship_type, evolution_reason)
        SELECT parent.id, child.id, child.mutation_type, child.mutation_params, parent.similarity,
               CASE WHEN jsonb_array_length(child.parents) > 1 THEN 'crossover' ELSE 'mutation' END, child.reason
        FROM jsonb_to_recordset(child.parents) AS parent(id uuid, similarity float8);
        born := born + 1;
    END LOOP;
    RETURN born;
END
$function$;
COMMENT ON FUNCTION _evolve_store_children(bigint, jsonb) IS 'Inserts the children that a cycle bred, with their lineage; returns how many were born.';
REVOKE EXECUTE ON FUNCTION _evolve_store_children(bigint, jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_monitor(
    OUT reviewed int, OUT accepted int, OUT rejected int, OUT duplicates int, OUT robustness_checked int,
    OUT promoted int, OUT discarded int, OUT duration interval)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    started timestamptz := clock_timestamp();
    this_cycle bigint;
    input jsonb;
    output jsonb;
BEGIN
    IF NOT @extschema@._evolve_begin_cycle() THEN
        RETURN;
    END IF;
    this_cycle := @extschema@._evolve_next_cycle();
    PERFORM @extschema@._evolve_begin_heartbeat(format('review %s', this_cycle));
    input := @extschema@._evolve_cycle_input(this_cycle);
    PERFORM @extschema@._evolve_engine_writes(true);
    INSERT INTO evolve.cycles (cycle_id, kind, policy, seed, started_at, duration)
    VALUES (this_cycle, 'monitoring', input ->> 'policy_name', this_cycle, started, interval '0');
    duplicates := @extschema@._evolve_mark_duplicates();

    input := input || jsonb_build_object('total_strategies', (SELECT count(*) FROM evolve.user_strategies), 'strategies', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', strategy.id, 'ruleset', strategy.ruleset, 'status', strategy.status,
            'evolution_attempts', strategy.evolution_attempts,
            'task', CASE strategy.status WHEN 'pending_review' THEN 'sanity' ELSE 'robustness' END) ORDER BY strategy.fingerprint), '[]')
        FROM (
            SELECT * FROM evolve.user_strategies AS waiting
            WHERE waiting.is_active
              AND (waiting.status = 'pending_review'
                   OR waiting.status IN ('experiment', 'candidate')
                      AND (waiting.last_backtest_results #>> '{metrics,total_trades}')::bigint
                          >= (input #>> '{policy,robustness_min_trades}')::bigint)
            FOR NO KEY UPDATE SKIP LOCKED) AS strategy));
    output := @extschema@._evolve_run_monitor(input);

    INSERT INTO evolve.trials (cycle_id, strategy_id, fingerprint, kind, exchange, symbol, timeframe, from_ts, to_ts, bars,
                               sharpe_ratio, total_trades)
    SELECT this_cycle, trial.strategy_id, trial.fingerprint, trial.kind, trial.exchange, trial.symbol, trial.timeframe,
           trial.from_ts, trial.to_ts, trial.bars, trial.sharpe_ratio, trial.total_trades
    FROM jsonb_to_recordset(output -> 'trials') AS trial(strategy_id uuid, fingerprint text, kind text, exchange text,
        symbol text, timeframe text, from_ts timestamptz, to_ts timestamptz, bars bigint, sharpe_ratio float8, total_trades bigint);
    UPDATE evolve.user_strategies AS strategy
    SET robustness = checked.robustness
    FROM jsonb_to_recordset(output -> 'reviews') AS checked(strategy_id uuid, task text, robustness jsonb)
    WHERE strategy.id = checked.strategy_id AND checked.task = 'robustness';
    -- Who could not be checked waits, and is told why.
    UPDATE evolve.user_strategies AS strategy
    SET status_reason = checked.reason
    FROM jsonb_to_recordset(output -> 'reviews') AS checked(strategy_id uuid, task text, passed boolean, reason text)
    WHERE strategy.id = checked.strategy_id AND checked.task = 'sanity' AND checked.passed IS NULL
      AND strategy.status_reason IS DISTINCT FROM checked.reason;
    PERFORM @extschema@._evolve_store_transitions(jsonb_build_object('transitions', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('strategy_id', checked.strategy_id, 'from', checked.status,
                                                     'to', checked.new_status, 'reason', checked.reason)
                                  ORDER BY checked.fingerprint), '[]')
        FROM jsonb_to_recordset(output -> 'reviews') AS checked(strategy_id uuid, fingerprint text, status text,
            new_status text, reason text)
        WHERE checked.new_status <> checked.status)));
    PERFORM @extschema@._evolve_engine_writes(false);

    SELECT duplicates + count(*) INTO reviewed
    FROM jsonb_to_recordset(output -> 'reviews') AS checked(task text) WHERE checked.task = 'sanity';
    accepted := (output #>> '{report,accepted}')::int;
    rejected := (output #>> '{report,rejected}')::int;
    robustness_checked := (output #>> '{report,robustness_checked}')::int;
    promoted := (output #>> '{report,promoted}')::int;
    discarded := (output #>> '{report,discarded}')::int;
    duration := clock_timestamp() - started;
    UPDATE evolve.cycles AS cycle
    SET evaluated = reviewed + robustness_checked, promoted = _evolve_monitor.promoted, discarded = _evolve_monitor.discarded,
        duration = _evolve_monitor.duration,
        report = (output -> 'report') || jsonb_build_object('reviewed', reviewed, 'duplicates', duplicates, 'version', @extschema@.evolve_version())
    WHERE cycle.cycle_id = this_cycle;
END
$function$;
COMMENT ON FUNCTION _evolve_monitor() IS 'What evolve_monitor() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_monitor() FROM PUBLIC;

CREATE FUNCTION evolve_monitor(
    OUT reviewed int, OUT accepted int, OUT rejected int, OUT duplicates int, OUT robustness_checked int,
    OUT promoted int, OUT discarded int, OUT duration interval)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_monitor() IS
    'One monitoring cycle: reviews uploads (duplicates, sanity) and checks the robustness of experiments and candidates. All NULL while another cycle runs.';
REVOKE EXECUTE ON FUNCTION evolve_monitor() FROM PUBLIC;

CREATE FUNCTION _evolve_mark_duplicates() RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    marked int;
BEGIN
    -- The first upload of a meaning stays; later ones point to it.
    UPDATE evolve.user_strategies AS upload
    SET status = 'duplicate', duplicate_of = first.id,
        -- The name of another's strategy is theirs to tell.
        status_reason = format('means the same as strategy %s', first.id)
            || CASE WHEN first.user_id = upload.user_id OR first.is_published THEN format(' "%s"', first.name) ELSE '' END
    FROM (SELECT strategy.id, other.id AS first_id
          FROM evolve.user_strategies AS strategy
          CROSS JOIN LATERAL (
              SELECT known.id FROM evolve.user_strategies AS known
              WHERE known.fingerprint = strategy.fingerprint AND known.id <> strategy.id
                AND (known.status IN ('experiment', 'candidate', 'proposable')
                     OR known.status = 'pending_review'
                        AND (known.created_at, known.id) < (strategy.created_at, strategy.id))
              ORDER BY known.status = 'pending_review', known.created_at, known.id
              LIMIT 1) AS other
          WHERE strategy.status = 'pending_review') AS found
    JOIN evolve.user_strategies AS first ON first.id = found.first_id
    WHERE upload.id = found.id AND upload.status = 'pending_review';
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$function$;
COMMENT ON FUNCTION _evolve_mark_duplicates() IS 'Marks uploads that mean the same as a living strategy or an earlier upload; returns how many.';
REVOKE EXECUTE ON FUNCTION _evolve_mark_duplicates() FROM PUBLIC;
