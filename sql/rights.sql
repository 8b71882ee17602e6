-- Who may do what: sets of rights that can be granted to any role, and what is shown to everybody.

CREATE FUNCTION _evolve_capabilities() RETURNS TABLE(capability text, kind text, object text, privileges text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT * FROM (VALUES
        ('reader', 'SCHEMA', 'evolve', 'USAGE'),
        ('reader', 'TABLE', 'evolve.market_bars', 'SELECT'),
        ('reader', 'TABLE', 'evolve.bar_sources', 'SELECT'),
        ('reader', 'TABLE', 'evolve.series', 'SELECT'),
        ('reader', 'TABLE', 'evolve.settings', 'SELECT'),
        ('reader', 'TABLE', 'evolve.policies', 'SELECT'),
        ('reader', 'TABLE', 'evolve.cycles', 'SELECT'),
        ('reader', 'TABLE', 'evolve.cycle_log', 'SELECT'),
        ('reader', 'TABLE', 'evolve.runs', 'SELECT'),
        ('reader', 'TABLE', 'evolve.progress', 'SELECT'),
        ('reader', 'FUNCTION', 'evolve_leaderboard', 'EXECUTE'),
        ('reader', 'TABLE', 'evolve.queue', 'SELECT'),
        ('reader', 'FUNCTION', 'evolve_backtest_async', 'EXECUTE'),
        ('reader', 'FUNCTION', 'evolve_queue_cancel', 'EXECUTE'),
        ('reader', 'TABLE', 'evolve.currencies', 'SELECT'),
        ('reader', 'TABLE', 'evolve.subscription_plans', 'SELECT'),
        ('reader', 'TABLE', 'evolve.royalty_policies', 'SELECT'),
        ('reader', 'TABLE', 'evolve.royalty_blocks', 'SELECT'),
        ('author', 'TABLE', 'evolve.user_strategies',
         'SELECT, INSERT (user_id, name, description, parameters, ruleset, asset_type, is_published), '
         'UPDATE (name, description, parameters, ruleset, asset_type, is_active, is_published)'),
        ('author', 'TABLE', 'evolve.strategy_backtests', 'SELECT'),
        ('author', 'TABLE', 'evolve.strategy_generations', 'SELECT'),
        ('author', 'TABLE', 'evolve.strategy_lineage', 'SELECT'),
        ('author', 'TABLE', 'evolve.strategy_status_history', 'SELECT'),
        ('author', 'TABLE', 'evolve.status_history', 'SELECT'),
        ('author', 'TABLE', 'evolve.trials', 'SELECT'),
        ('author', 'TABLE', 'evolve.leaderboard', 'SELECT'),
        ('author', 'TABLE', 'evolve.strategy_shares', 'SELECT'),
        ('author', 'TABLE', 'evolve.share_sets', 'SELECT'),
        ('author', 'TABLE', 'evolve.user_plans', 'SELECT'),
        ('author', 'TABLE', 'evolve.royalty_events', 'SELECT'),
        ('author', 'TABLE', 'evolve.royalty_ledger', 'SELECT'),
        ('author', 'TABLE', 'evolve.royalty_snapshots', 'SELECT'),
        ('author', 'TABLE', 'evolve.royalty_balances', 'SELECT'),
        ('author', 'TABLE', 'evolve.royalty_payees',
         'SELECT, INSERT (user_id, display_name, email, payout_reference), UPDATE (display_name, email, payout_reference)'),
        ('accountant', 'TABLE', 'evolve.user_plans', 'SELECT, INSERT'),
        ('accountant', 'TABLE', 'evolve.subscription_plans', 'INSERT, UPDATE'),
        ('accountant', 'TABLE', 'evolve.royalty_events', 'SELECT'),
        ('accountant', 'TABLE', 'evolve.royalty_ledger', 'SELECT'),
        ('accountant', 'TABLE', 'evolve.royalty_snapshots', 'SELECT'),
        ('accountant', 'TABLE', 'evolve.royalty_balances', 'SELECT'),
        ('accountant', 'TABLE', 'evolve.royalty_payees', 'SELECT'),
        ('accountant', 'FUNCTION', 'evolve_royalty', 'EXECUTE'),
        ('accountant', 'FUNCTION', 'evolve_settle_trade', 'EXECUTE'),
        ('accountant', 'FUNCTION', 'evolve_reverse_settlement', 'EXECUTE'),
        ('accountant', 'FUNCTION', 'evolve_record_payout', 'EXECUTE'),
        ('accountant', 'FUNCTION', 'evolve_seal_ledger', 'EXECUTE'),
        ('accountant', 'FUNCTION', 'evolve_verify', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_cycle', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_monitor', 'EXECUTE'),
        ('operator', 'PROCEDURE', 'evolve_run', 'EXECUTE'),
        ('operator', 'PROCEDURE', 'evolve_resume', 'EXECUTE'),
        ('operator', 'PROCEDURE', '_evolve_run', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_run_async', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_stop_run', 'EXECUTE'),
        ('operator', 'PROCEDURE', 'evolve_work_on_runs', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_next_run', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_run_begin', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_run_generation', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_run_broken', 'EXECUTE'),
        ('operator', 'PROCEDURE', 'evolve_work', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_queue_status', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_queue_claim', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_queue_perform', 'EXECUTE'),
        ('operator', 'FUNCTION', '_evolve_queue_failed', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_set_status', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_load_strategies', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_import_bars', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_pack_bars', 'EXECUTE'),
        ('operator', 'TABLE', 'evolve.jobs', 'SELECT'),
        ('operator', 'TABLE', 'evolve.job_runs', 'SELECT'),
        ('operator', 'PROCEDURE', 'evolve_run_due_jobs', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_set_job', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_run_job', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_delete_old_runs', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_start', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_stop', 'EXECUTE'),
        ('operator', 'FUNCTION', 'evolve_seal_ledger', 'EXECUTE')
    ) AS listed(capability, kind, object, privileges)
$function$;
COMMENT ON FUNCTION _evolve_capabilities() IS 'The rights that make up each capability; author, operator and accountant have those of reader too.';

CREATE FUNCTION _evolve_functions() RETURNS SETOF regprocedure
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT link.objid::regprocedure
    FROM pg_depend AS link
    WHERE link.classid = 'pg_proc'::regclass AND link.deptype = 'e' AND link.refclassid = 'pg_extension'::regclass
      AND link.refobjid = (SELECT extension.oid FROM pg_extension AS extension WHERE extension.extname = 'pg_evolve')
$function$;
COMMENT ON FUNCTION _evolve_functions() IS 'Functions and procedures of the extension.';
REVOKE EXECUTE ON FUNCTION _evolve_functions() FROM PUBLIC;

CREATE FUNCTION _evolve_change_rights(grantee name, capability text, template text) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    statement text;
BEGIN
    IF capability IS NULL OR capability NOT IN ('reader', 'author', 'operator', 'accountant', 'owner') THEN
        RAISE EXCEPTION 'unknown capability "%"', capability
            USING ERRCODE = 'PE007', HINT = 'One of reader, author, operator, accountant, owner: docs/security.md.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles AS role WHERE role.rolname = grantee) THEN
        RAISE EXCEPTION 'role "%" does not exist', grantee USING ERRCODE = 'PE007';
    END IF;
    IF capability <> 'owner' THEN
        PERFORM @extschema@._evolve_require_migrated();
    END IF;
    FOR statement IN
        SELECT format(template, listed.privileges,
                      listed.kind || ' ' || CASE WHEN listed.kind IN ('FUNCTION', 'PROCEDURE')
                                                       THEN '@extschema@.' || quote_ident(listed.object) ELSE listed.object END, quote_ident(grantee))
        FROM @extschema@._evolve_capabilities() AS listed
        WHERE listed.capability = _evolve_change_rights.capability
           OR listed.capability = 'reader' AND _evolve_change_rights.capability IN ('author', 'operator', 'accountant')
        UNION ALL
        SELECT format(template, 'EXECUTE', CASE member.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || member.oid::regprocedure, quote_ident(grantee))
        FROM @extschema@._evolve_functions() AS listed(function)
        JOIN pg_proc AS member ON member.oid = listed.function
        WHERE _evolve_change_rights.capability = 'owner'
    LOOP
        EXECUTE statement;
        RETURN NEXT statement;
    END LOOP;
    -- GRANT itself only warns when there is nothing that it may pass on.
    IF template LIKE 'GRANT%' AND EXISTS (
        SELECT FROM @extschema@._evolve_capabilities() AS listed
        JOIN pg_proc AS function ON function.proname = listed.object AND function.pronamespace = '@extschema@'::regnamespace
        WHERE listed.kind IN ('FUNCTION', 'PROCEDURE')
          AND (listed.capability IN ('reader', _evolve_change_rights.capability) OR _evolve_change_rights.capability = 'owner')
          AND NOT has_function_privilege(grantee, function.oid, 'EXECUTE')) THEN
        RAISE EXCEPTION 'role "%" may not pass on the functions of pg_evolve', current_user
            USING ERRCODE = '42501',
                  HINT = format('Whoever installed the extension may: SELECT evolve_grant(%L, %L);', current_user, 'owner');
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_change_rights(name, text, text) IS 'Executes the GRANT or REVOKE statements of a capability and returns them.';
REVOKE EXECUTE ON FUNCTION _evolve_change_rights(name, text, text) FROM PUBLIC;

CREATE FUNCTION evolve_grant(grantee name, capability text) RETURNS SETOF text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
    -- An owner passes the rights on.
    SELECT @extschema@._evolve_change_rights(grantee, capability,
        'GRANT %s ON %s TO %s' || CASE capability WHEN 'owner' THEN ' WITH GRANT OPTION' ELSE '' END)
$function$;
COMMENT ON FUNCTION evolve_grant(name, text) IS
    'Gives a role the rights of a reader, author, operator, accountant or owner of pg_evolve and returns the GRANT statements; whoever calls it needs the right to grant them.';
REVOKE EXECUTE ON FUNCTION evolve_grant(name, text) FROM PUBLIC;

CREATE FUNCTION evolve_revoke(grantee name, capability text) RETURNS SETOF text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT @extschema@._evolve_change_rights(grantee, capability, 'REVOKE %s ON %s FROM %s CASCADE')
$function$;
COMMENT ON FUNCTION evolve_revoke(name, text) IS 'Takes the rights of a capability from a role, the shared ones of a reader too, and returns the REVOKE statements.';
REVOKE EXECUTE ON FUNCTION evolve_revoke(name, text) FROM PUBLIC;

CREATE FUNCTION _evolve_leaderboard("limit" int DEFAULT 100)
RETURNS TABLE(rank bigint, strategy_id uuid, name text, status text, score float8, generation int, total_trades bigint,
              win_rate float8, sharpe_ratio float8, cagr float8, max_drawdown float8, test_sharpe_ratio float8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    IF "limit" IS NULL OR "limit" NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION 'limit must be from 1 to 10000' USING ERRCODE = 'PE007';
    END IF;
    RETURN QUERY
        SELECT board.rank, board.strategy_id, board.name::text, board.status::text, board.score, board.generation,
               board.total_trades, board.win_rate, board.sharpe_ratio, board.cagr, board.max_drawdown, board.test_sharpe_ratio
        FROM evolve.leaderboard AS board ORDER BY board.rank LIMIT "limit";
END
$function$;
COMMENT ON FUNCTION _evolve_leaderboard(int) IS 'What evolve_leaderboard() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_leaderboard(int) FROM PUBLIC;

CREATE FUNCTION evolve_leaderboard("limit" int DEFAULT 100)
RETURNS TABLE(rank bigint, strategy_id uuid, name text, status text, score float8, generation int, total_trades bigint,
              win_rate float8, sharpe_ratio float8, cagr float8, max_drawdown float8, test_sharpe_ratio float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_leaderboard(int) IS
    'The best strategies of everybody, without rules and owners: for those who see only their own in evolve.leaderboard.';
REVOKE EXECUTE ON FUNCTION evolve_leaderboard(int) FROM PUBLIC;
