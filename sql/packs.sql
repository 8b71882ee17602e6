-- Packed bars: columns beside the rows of evolve.market_bars. docs/bars.md says how they stay true.

CREATE FUNCTION _evolve_bars_change_begins() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_bars_change_begins() IS 'Trigger: until the end of the statement its own transaction reads bars from rows.';

CREATE FUNCTION _evolve_bars_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_bars_changed() IS 'Trigger: notes in evolve.packed_changes which spans of packed series a statement changed.';

CREATE FUNCTION _evolve_pack_market(exchange text, symbol text, timeframe text, wait boolean) RETURNS bigint
LANGUAGE c STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_pack_market(text, text, text, boolean) IS
    'Packs what is not packed of the stored series behind a market: bars packed; NULL when it is not stored in evolve.market_bars, or, without waiting, cannot be packed now.';
REVOKE EXECUTE ON FUNCTION _evolve_pack_market(text, text, text, boolean) FROM PUBLIC;

CREATE TYPE evolve_packed AS (exchange text, symbol text, timeframe text, bars bigint, packed bigint);
COMMENT ON TYPE evolve_packed IS 'A packed series: its bars, and how many of them were packed now.';

-- One packer at a time, to the end of its transaction.
CREATE FUNCTION _evolve_pack_bars(symbol text DEFAULT NULL, timeframe text DEFAULT NULL, exchange text DEFAULT NULL)
RETURNS SETOF evolve_packed
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    wanted_symbol text := $1;
    wanted_timeframe text := $2;
    wanted_exchange text := $3;
    stored record;
    result @extschema@.evolve_packed;
    matched boolean := false;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF wanted_timeframe IS NOT NULL THEN
        wanted_timeframe := @extschema@._evolve_timeframe(wanted_timeframe);
    END IF;
    PERFORM pg_advisory_xact_lock(1702259052, 3);
    -- A series whose bars are all gone is not a series any more.
    DELETE FROM evolve.packed_series AS series
    WHERE NOT EXISTS (SELECT FROM evolve.market_bars AS bar
                      WHERE bar.exchange = series.exchange AND bar.symbol = series.symbol AND bar.timeframe = series.timeframe);
    FOR stored IN
        SELECT known.exchange, known.symbol, known.timeframe
        FROM evolve.series AS known
        WHERE known.source = 'evolve.market_bars'
          AND (wanted_symbol IS NULL OR known.symbol = wanted_symbol)
          AND (wanted_timeframe IS NULL OR known.timeframe = wanted_timeframe)
          AND (wanted_exchange IS NULL OR known.exchange = wanted_exchange)
        ORDER BY known.exchange, known.symbol, known.timeframe
    LOOP
        matched := true;
        result.packed := @extschema@._evolve_pack_market(stored.exchange, stored.symbol, stored.timeframe, true);
        CONTINUE WHEN result.packed IS NULL;
        SELECT series.exchange, series.symbol, series.timeframe, series.bars, result.packed INTO result
        FROM evolve.packed_series AS series
        WHERE series.exchange = stored.exchange AND series.symbol = stored.symbol AND series.timeframe = stored.timeframe;
        RETURN NEXT result;
    END LOOP;
    IF NOT matched AND (wanted_symbol IS NOT NULL OR wanted_timeframe IS NOT NULL OR wanted_exchange IS NOT NULL) THEN
        RAISE EXCEPTION 'no such series is stored in evolve.market_bars'
            USING ERRCODE = 'PE009', HINT = 'SELECT * FROM evolve.series shows what is stored; relations of evolve.bar_sources are not packed.';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_pack_bars(text, text, text) IS 'What evolve_pack_bars() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_pack_bars(text, text, text) FROM PUBLIC;

CREATE FUNCTION evolve_pack_bars(symbol text DEFAULT NULL, timeframe text DEFAULT NULL, exchange text DEFAULT NULL)
RETURNS SETOF evolve_packed
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_pack_bars(text, text, text) IS
    'Packs the stored series (all, or those named) into columns, or what has changed of them: the next use reads no rows. One row a series: its bars, and how many of them were packed now.';
REVOKE EXECUTE ON FUNCTION evolve_pack_bars(text, text, text) FROM PUBLIC;

-- What the cycle used is packed for the next one, where nothing stands against it: nobody packs now, the transaction
-- sees what others commit, and the role may.
CREATE FUNCTION _evolve_pack_used(output jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    used record;
BEGIN
    IF @extschema@._evolve_setting('cycle_packs_bars') = '0'
       OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
       OR NOT has_table_privilege('evolve.packed_series', 'SELECT, INSERT, UPDATE')
       OR NOT has_table_privilege('evolve.packed_bars', 'SELECT, INSERT, DELETE')
       OR NOT has_table_privilege('evolve.packed_changes', 'SELECT, DELETE')
       OR NOT pg_try_advisory_xact_lock(1702259052, 3) THEN
        RETURN;
    END IF;
    FOR used IN
        SELECT DISTINCT ran.exchange, ran.symbol, ran.timeframe
        FROM jsonb_to_recordset(output -> 'trials') AS ran(exchange text, symbol text, timeframe text)
        ORDER BY ran.exchange, ran.symbol, ran.timeframe
    LOOP
        PERFORM @extschema@._evolve_pack_market(used.exchange, used.symbol, used.timeframe, false);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION _evolve_pack_used(jsonb) IS 'Packs the series that a cycle used, as far as that is possible without waiting.';
REVOKE EXECUTE ON FUNCTION _evolve_pack_used(jsonb) FROM PUBLIC;
