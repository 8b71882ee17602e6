-- evolve_migrate(): creates or upgrades the tables. They are the user's, not members of the extension, so that
-- DROP EXTENSION cannot delete a row and pg_dump treats them as any other table.

CREATE FUNCTION evolve_version() RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_version() IS 'Version of the pg_evolve library that is loaded.';

CREATE FUNCTION evolve_migrate() RETURNS TABLE(step int, name text, applied boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    migration record;
    recorded text;
    newest int;
BEGIN
    -- Held to the end of the transaction: a second caller waits, then finds nothing to do.
    PERFORM pg_advisory_xact_lock(1702259052, 1);
    IF to_regnamespace('evolve') IS NULL THEN
        CREATE SCHEMA evolve;
        COMMENT ON SCHEMA evolve IS 'Tables of pg_evolve: bars, strategies, evolution. Made by evolve_migrate().';
    END IF;
    IF to_regclass('evolve.schema_migrations') IS NULL THEN
        CREATE TABLE evolve.schema_migrations (
            step       int PRIMARY KEY,
            name       text NOT NULL,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE evolve.schema_migrations IS 'Steps that evolve_migrate() has applied.';
        COMMENT ON COLUMN evolve.schema_migrations.step IS 'Number of the step.';
        COMMENT ON COLUMN evolve.schema_migrations.name IS 'Name of the step.';
        COMMENT ON COLUMN evolve.schema_migrations.checksum IS 'SHA-256 of the step''s text.';
        COMMENT ON COLUMN evolve.schema_migrations.applied_at IS 'When it was applied.';
    END IF;

    SELECT max(done.step) INTO newest FROM evolve.schema_migrations AS done;
    IF newest > (SELECT max(known.step) FROM @extschema@._evolve_migration_steps() AS known) THEN
        RAISE EXCEPTION 'the tables of schema evolve are newer than this library'
            USING ERRCODE = 'PE010', DETAIL = format('Step %s is applied and not known here.', newest),
                  HINT = 'Install the newer pg_evolve again.';
    END IF;

    FOR migration IN SELECT * FROM @extschema@._evolve_migration_steps() AS known ORDER BY known.step LOOP
        SELECT done.checksum INTO recorded FROM evolve.schema_migrations AS done WHERE done.step = migration.step;
        IF NOT FOUND THEN
            EXECUTE migration.body;
            INSERT INTO evolve.schema_migrations (step, name, checksum)
            VALUES (migration.step, migration.name, migration.checksum);
            applied := true;
        ELSIF recorded <> migration.checksum THEN
            RAISE EXCEPTION 'migration step % is not the one that was applied', migration.step
                USING ERRCODE = 'PE010', DETAIL = format('Applied: %s, in this library: %s.', recorded, migration.checksum),
                      HINT = 'A step is never edited once it is released; install the library that matches, or a later one.';
        ELSE
            applied := false;
        END IF;
        step := migration.step;
        name := migration.name;
        RETURN NEXT;
    END LOOP;
    PERFORM @extschema@._evolve_attach();
    PERFORM @extschema@._evolve_derive_missing_shares();
END
$function$;
COMMENT ON FUNCTION evolve_migrate() IS 'Creates or upgrades the tables of schema evolve, step by numbered step. Safe to call again: a second run does nothing.';
REVOKE EXECUTE ON FUNCTION evolve_migrate() FROM PUBLIC;

CREATE FUNCTION _evolve_attach() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wanted record;
    -- How a trigger is tied: fires, for each, when (pg_trigger.tgenabled). Those of packed bars fire in whatever role the
    -- session replicates (ALWAYS), and row by row where replication applies changes (REPLICA): there are no statements there.
    -- Those that announce changes of rows which sessions keep fire always, too.
BEGIN
    FOR wanted IN
        SELECT listed.*, existing.tgname IS NULL AS missing
        FROM (VALUES
            ('evolve.strategy_status_history', 'evolve_keep', 'BEFORE TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.trials', 'evolve_keep', 'BEFORE TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.user_strategies', 'evolve_guard', 'BEFORE INSERT OR UPDATE', '_evolve_guard_strategy', 'ROW', 'O'),
            ('evolve.user_strategies', 'evolve_history', 'AFTER INSERT OR UPDATE', '_evolve_record_status', 'ROW', 'O'),
            ('evolve.strategy_lineage', 'evolve_guard', 'BEFORE INSERT OR UPDATE', '_evolve_guard_lineage', 'ROW', 'O'),
            ('evolve.strategy_generations', 'evolve_guard', 'BEFORE UPDATE', '_evolve_guard_append_only', 'ROW', 'O'),
            ('evolve.strategy_status_history', 'evolve_guard', 'BEFORE UPDATE OR DELETE', '_evolve_guard_append_only', 'ROW', 'O'),
            ('evolve.trials', 'evolve_guard', 'BEFORE UPDATE OR DELETE', '_evolve_guard_append_only', 'ROW', 'O'),
            ('evolve.strategy_lineage', 'evolve_shares', 'AFTER INSERT', '_evolve_share_births', 'STATEMENT', 'O'),
            ('evolve.user_strategies', 'evolve_forget', 'AFTER DELETE', '_evolve_forget_shares', 'STATEMENT', 'O'),
            ('evolve.currencies', 'evolve_guard', 'BEFORE UPDATE OR DELETE', '_evolve_guard_append_only', 'ROW', 'O'),
            ('evolve.user_plans', 'evolve_guard', 'BEFORE UPDATE OR DELETE', '_evolve_guard_append_only', 'ROW', 'O'),
            ('evolve.royalty_policies', 'evolve_guard', 'BEFORE INSERT', '_evolve_guard_royalty_policy', 'ROW', 'O'),
            ('evolve.royalty_policies', 'evolve_added', 'AFTER INSERT', '_evolve_royalty_policy_added', 'STATEMENT', 'O'),
            ('evolve.royalty_policies', 'evolve_keep', 'BEFORE UPDATE OR DELETE', '_evolve_guard_append_only', 'ROW', 'O'),
            ('evolve.share_sets', 'evolve_keep', 'BEFORE UPDATE OR DELETE OR TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.royalty_events', 'evolve_keep', 'BEFORE UPDATE OR DELETE OR TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.royalty_ledger', 'evolve_keep', 'BEFORE UPDATE OR DELETE OR TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.royalty_blocks', 'evolve_keep', 'BEFORE UPDATE OR DELETE OR TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.royalty_snapshots', 'evolve_keep', 'BEFORE UPDATE OR DELETE OR TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.royalty_payees', 'evolve_keep', 'BEFORE DELETE OR TRUNCATE', '_evolve_guard_append_only', 'STATEMENT', 'O'),
            ('evolve.settings', 'evolve_announce', 'AFTER INSERT OR UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.currencies', 'evolve_announce', 'AFTER INSERT OR UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.royalty_policies', 'evolve_announce', 'AFTER INSERT OR UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.subscription_plans', 'evolve_announce', 'AFTER INSERT OR UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.user_plans', 'evolve_announce', 'AFTER INSERT OR UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.strategy_generations', 'evolve_announce', 'AFTER UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.strategy_shares', 'evolve_announce', 'AFTER UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.share_sets', 'evolve_announce', 'AFTER UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.user_strategies', 'evolve_announce', 'AFTER UPDATE OR DELETE', '_evolve_announce', 'ROW', 'A'),
            ('evolve.jobs', 'evolve_guard', 'BEFORE INSERT OR UPDATE', '_evolve_guard_job', 'ROW', 'O'),
            ('evolve.bar_sources', 'evolve_guard', 'BEFORE INSERT OR UPDATE', '_evolve_guard_bar_source', 'ROW', 'O'),
            ('evolve.market_bars', 'evolve_pack_begin', 'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE', '_evolve_bars_change_begins', 'STATEMENT', 'A'),
            ('evolve.market_bars', 'evolve_pack_insert', 'AFTER INSERT', '_evolve_bars_changed', 'STATEMENT', 'A'),
            ('evolve.market_bars', 'evolve_pack_update', 'AFTER UPDATE', '_evolve_bars_changed', 'STATEMENT', 'A'),
            ('evolve.market_bars', 'evolve_pack_delete', 'AFTER DELETE', '_evolve_bars_changed', 'STATEMENT', 'A'),
            ('evolve.market_bars', 'evolve_pack_truncate', 'AFTER TRUNCATE', '_evolve_bars_changed', 'STATEMENT', 'A'),
            ('evolve.market_bars', 'evolve_pack_row', 'AFTER INSERT OR UPDATE OR DELETE', '_evolve_bars_changed', 'ROW', 'R')
        ) AS listed(relation, trigger_name, events, function_name, level, fires)
        JOIN pg_class AS class ON class.oid = listed.relation::regclass
        LEFT JOIN pg_trigger AS existing ON existing.tgrelid = class.oid AND existing.tgname = listed.trigger_name
        WHERE (existing.tgname IS NULL OR existing.tgenabled::text <> listed.fires AND listed.fires <> 'O')
          -- Bars in a partitioned table, a hypertable or a view are read from there and never packed.
          AND (listed.function_name NOT LIKE '\_evolve\_bars\_chang%' OR class.relkind = 'r' AND NOT class.relispartition
               AND NOT EXISTS (SELECT FROM pg_inherits WHERE class.oid IN (inhparent, inhrelid)))
    LOOP
        IF wanted.missing THEN
            EXECUTE format('CREATE TRIGGER %I %s ON %s%s FOR EACH %s EXECUTE FUNCTION @extschema@.%I(%s)',
                           wanted.trigger_name, wanted.events, wanted.relation,
                           CASE wanted.trigger_name WHEN 'evolve_pack_insert' THEN ' REFERENCING NEW TABLE AS added'
                                                    WHEN 'evolve_shares' THEN ' REFERENCING NEW TABLE AS born'
                                                    WHEN 'evolve_forget' THEN ' REFERENCING OLD TABLE AS gone'
                                                    WHEN 'evolve_pack_update' THEN ' REFERENCING OLD TABLE AS removed NEW TABLE AS added'
                                                    WHEN 'evolve_pack_delete' THEN ' REFERENCING OLD TABLE AS removed'
                                                    ELSE '' END,
                           wanted.level, wanted.function_name,
                           CASE WHEN wanted.function_name = '_evolve_announce' AND wanted.relation = 'evolve.user_strategies'
                                THEN '''id'', ''user_id''' ELSE '' END);
        END IF;
        IF wanted.fires <> 'O' THEN
            EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', wanted.relation,
                           CASE wanted.fires WHEN 'A' THEN 'ALWAYS' ELSE 'REPLICA' END, wanted.trigger_name);
        END IF;
    END LOOP;

    -- The rows of a strategy are its owner's; what belongs to nobody is for whoever may read the table. Writing is for the
    -- owner of the tables, as which the functions of the extension act; authors write their own strategies.
    FOR wanted IN SELECT listed.relation, listed.command,
                         CASE WHEN listed.command <> 'INSERT' THEN format(' USING (%s)', listed.rows) ELSE '' END
                         || CASE WHEN listed.command <> 'SELECT' THEN format(' WITH CHECK (%s)', listed.rows) ELSE '' END AS rows
                  FROM (VALUES
        ('market_bars', 'SELECT', 'true'),
        ('bar_sources', 'SELECT', 'true'),
        ('settings', 'SELECT', 'true'),
        ('policies', 'SELECT', 'true'),
        ('cycles', 'SELECT', 'true'),
        ('runs', 'SELECT', 'true'),
        ('queue', 'SELECT', 'owner = (SELECT @extschema@.evolve_current_user()) OR owner IS NULL AND queued_by = (SELECT current_user)'),
        ('jobs', 'SELECT', 'true'),
        ('job_runs', 'SELECT', 'true'),
        ('schema_migrations', 'SELECT', 'true'),
        ('packed_series', 'SELECT', 'true'),
        ('packed_bars', 'SELECT', 'true'),
        ('packed_changes', 'SELECT', 'true'),
        ('user_strategies', 'SELECT', 'user_id = (SELECT @extschema@.evolve_current_user()) OR is_published'),
        ('user_strategies', 'INSERT', 'user_id = (SELECT @extschema@.evolve_current_user())'),
        ('user_strategies', 'UPDATE', 'user_id = (SELECT @extschema@.evolve_current_user())'),
        ('strategy_backtests', 'SELECT', 'strategy_id IN (SELECT strategy.id FROM evolve.user_strategies AS strategy)'),
        ('strategy_generations', 'SELECT', 'strategy_id IN (SELECT strategy.id FROM evolve.user_strategies AS strategy)'),
        ('strategy_lineage', 'SELECT', 'child_strategy_id IN (SELECT strategy.id FROM evolve.user_strategies AS strategy)'),
        ('strategy_status_history', 'SELECT', 'strategy_id IN (SELECT strategy.id FROM evolve.user_strategies AS strategy WHERE strategy.user_id = (SELECT @extschema@.evolve_current_user()))'),
        ('trials', 'SELECT', 'strategy_id IN (SELECT strategy.id FROM evolve.user_strategies AS strategy WHERE strategy.user_id = (SELECT @extschema@.evolve_current_user()))'),
        ('currencies', 'SELECT', 'true'),
        ('royalty_policies', 'SELECT', 'true'),
        ('royalty_blocks', 'SELECT', 'true'),
        ('subscription_plans', 'SELECT', 'true'),
        ('subscription_plans', 'INSERT', '(SELECT @extschema@._evolve_is_accountant())'),
        ('subscription_plans', 'UPDATE', '(SELECT @extschema@._evolve_is_accountant())'),
        ('user_plans', 'SELECT', 'user_id = (SELECT @extschema@.evolve_current_user()) OR (SELECT @extschema@._evolve_is_accountant())'),
        ('user_plans', 'INSERT', '(SELECT @extschema@._evolve_is_accountant())'),
        ('strategy_shares', 'SELECT', 'strategy_id IN (SELECT strategy.id FROM evolve.user_strategies AS strategy)'),
        ('share_sets', 'SELECT', 'share_set_id IN (SELECT known.share_set_id FROM evolve.strategy_shares AS known)'),
        ('royalty_events', 'SELECT', 'traded_by = (SELECT @extschema@.evolve_current_user()) OR (SELECT @extschema@._evolve_is_accountant())'),
        ('royalty_ledger', 'SELECT', 'user_id = (SELECT @extschema@.evolve_current_user()) AND account <> ''platform'' OR (SELECT @extschema@._evolve_is_accountant())'),
        ('royalty_snapshots', 'SELECT', 'user_id = (SELECT @extschema@.evolve_current_user()) AND account <> ''platform'' OR (SELECT @extschema@._evolve_is_accountant())'),
        ('royalty_payees', 'SELECT', 'user_id = (SELECT @extschema@.evolve_current_user()) OR (SELECT @extschema@._evolve_is_accountant())'),
        ('royalty_payees', 'INSERT', 'user_id = (SELECT @extschema@.evolve_current_user()) AND erased_at IS NULL'),
        ('royalty_payees', 'UPDATE', 'user_id = (SELECT @extschema@.evolve_current_user()) AND erased_at IS NULL')
    ) AS listed(relation, command, rows)
    WHERE NOT EXISTS (SELECT FROM pg_policy AS existing
                      WHERE existing.polrelid = ('evolve.' || listed.relation)::regclass
                        AND existing.polname = 'evolve_' || lower(listed.command))
    LOOP
        EXECUTE format('CREATE POLICY %I ON evolve.%I FOR %s%s', 'evolve_' || lower(wanted.command), wanted.relation, wanted.command, wanted.rows);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION _evolve_attach() IS 'Ties the tables to the extension''s trigger functions and policies where that is not done: they go with DROP EXTENSION ... CASCADE, the rows stay.';
REVOKE EXECUTE ON FUNCTION _evolve_attach() FROM PUBLIC;
