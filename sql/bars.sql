-- Bars from files, and the guard of mapped relations.

CREATE FUNCTION _evolve_read_bars(csv text, timeframe text, options jsonb,
    OUT kind text, OUT line int, OUT detail text, OUT rows bigint,
    OUT ts timestamptz, OUT open float8, OUT high float8, OUT low float8, OUT close float8, OUT volume float8)
RETURNS SETOF record
LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_read_bars(text, text, jsonb) IS 'Reads a CSV text: one row of kind bar for each clean bar, then the report of problems.';

CREATE FUNCTION _evolve_import_bars(csv text, symbol text, timeframe text, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS TABLE(kind text, line int, detail text, rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    replace_stored boolean := coalesce(options ->> 'on_conflict', 'keep') = 'replace';
    stored bigint;
    replaced bigint := 0;
    same bigint;
    clean bigint;
BEGIN
    IF to_regclass('evolve.market_bars') IS NULL THEN
        RAISE EXCEPTION 'the tables of schema evolve do not exist'
            USING ERRCODE = 'PE010', HINT = 'Run SELECT evolve_migrate(); once in this database.';
    END IF;
    IF _evolve_import_bars.csv IS NULL OR _evolve_import_bars.symbol IS NULL OR _evolve_import_bars.timeframe IS NULL
       OR _evolve_import_bars.exchange IS NULL OR options IS NULL THEN
        RAISE EXCEPTION 'csv, symbol, timeframe, exchange and options must not be NULL' USING ERRCODE = 'PE007';
    END IF;
    IF coalesce(options ->> 'on_conflict', 'keep') NOT IN ('keep', 'replace') THEN
        RAISE EXCEPTION 'option "on_conflict" must be "keep" or "replace"'
            USING ERRCODE = 'PE007', DETAIL = 'At $.on_conflict.',
                  HINT = 'It decides what happens to a stored bar that a bar of the file contradicts.';
    END IF;
    timeframe := @extschema@._evolve_timeframe(_evolve_import_bars.timeframe);
    CREATE TEMP TABLE _evolve_import ON COMMIT DROP AS
        SELECT * FROM @extschema@._evolve_read_bars(_evolve_import_bars.csv, _evolve_import_bars.timeframe, options - 'on_conflict');
    SELECT count(*) INTO clean FROM pg_temp._evolve_import AS read WHERE read.kind = 'bar';
    SELECT count(*) INTO same
    FROM pg_temp._evolve_import AS read
    JOIN evolve.market_bars AS bar
      ON bar.exchange = _evolve_import_bars.exchange AND bar.symbol = _evolve_import_bars.symbol
     AND bar.timeframe = _evolve_import_bars.timeframe AND bar.ts = read.ts
    WHERE read.kind = 'bar'
      AND (bar.open, bar.high, bar.low, bar.close, bar.volume) = (read.open, read.high, read.low, read.close, read.volume);
    INSERT INTO evolve.market_bars (exchange, symbol, timeframe, ts, open, high, low, close, volume)
    SELECT _evolve_import_bars.exchange, _evolve_import_bars.symbol, _evolve_import_bars.timeframe,
           read.ts, read.open, read.high, read.low, read.close, read.volume
    FROM pg_temp._evolve_import AS read WHERE read.kind = 'bar'
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS stored = ROW_COUNT;
    IF replace_stored THEN
        UPDATE evolve.market_bars AS bar
        SET open = read.open, high = read.high, low = read.low, close = read.close, volume = read.volume
        FROM pg_temp._evolve_import AS read
        WHERE read.kind = 'bar' AND bar.exchange = _evolve_import_bars.exchange AND bar.symbol = _evolve_import_bars.symbol
          AND bar.timeframe = _evolve_import_bars.timeframe AND bar.ts = read.ts
          AND (bar.open, bar.high, bar.low, bar.close, bar.volume)
              IS DISTINCT FROM (read.open, read.high, read.low, read.close, read.volume);
        GET DIAGNOSTICS replaced = ROW_COUNT;
    END IF;
    RETURN QUERY
        SELECT counted.kind, NULL::int, counted.detail, counted.rows FROM (VALUES
            ('stored', 'new bars in evolve.market_bars', stored),
            ('unchanged', 'bars that were stored already with the same values', same),
            ('replaced', 'stored bars replaced by bars of the file', replaced),
            ('kept', 'stored bars kept, bars of the file with other values left out', clean - stored - same - replaced)
        ) AS counted(kind, detail, rows)
        WHERE counted.kind = 'stored' OR counted.rows > 0;
    RETURN QUERY SELECT read.kind, read.line, read.detail, read.rows FROM pg_temp._evolve_import AS read WHERE read.kind <> 'bar';
    DROP TABLE pg_temp._evolve_import;
END
$function$;
COMMENT ON FUNCTION _evolve_import_bars(text, text, text, text, jsonb) IS 'What evolve_import_bars() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_import_bars(text, text, text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION evolve_import_bars(csv text, symbol text, timeframe text, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS TABLE(kind text, line int, detail text, rows bigint)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_import_bars(text, text, text, text, jsonb) IS
    'Stores the clean bars of a CSV text and reports every problem in it; a bad bar is never stored. Options and kinds: docs/bars.md.';
REVOKE EXECUTE ON FUNCTION evolve_import_bars(text, text, text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION evolve_check_bars(
    symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL, "to" timestamptz DEFAULT NULL,
    exchange text DEFAULT '', max_details int DEFAULT 20)
RETURNS TABLE(kind text, bar bigint, detail text, rows bigint)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_check_bars(text, text, timestamptz, timestamptz, text, int) IS
    'What is odd about a stored series: gaps, jumps, flat runs, shifted time zones. Bars count from 1; kinds: docs/bars.md.';

CREATE FUNCTION _evolve_timeframe(timeframe text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_timeframe(text) IS 'Canonical spelling of a timeframe, e.g. 1d for daily; an error when there is none.';

CREATE FUNCTION _evolve_timeframe_divides(fine text, coarse text) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_timeframe_divides(text, text) IS 'Whether bars of the coarse timeframe can be put together from bars of the fine one.';

CREATE FUNCTION _evolve_guard_bar_source() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    source oid;
    missing text;
BEGIN
    BEGIN
        source := to_regclass(NEW.relation);
    EXCEPTION WHEN invalid_name OR syntax_error THEN
        NULL;  -- what is no name at all is an error until PostgreSQL 15, and not found since then
    END;
    IF source IS NULL THEN
        RAISE EXCEPTION 'relation % does not exist', NEW.relation
            USING ERRCODE = 'PE007', HINT = 'Write it as in SQL, with its schema: market.daily_bars or "My Schema"."Bars".';
    END IF;
    SELECT string_agg(wanted.column_name, ', ' ORDER BY wanted.place) INTO missing
    FROM unnest(ARRAY[NEW.ts_column, NEW.open_column, NEW.high_column, NEW.low_column, NEW.close_column,
                      NEW.volume_column, NEW.symbol_column]) WITH ORDINALITY AS wanted(column_name, place)
    WHERE wanted.column_name IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_attribute AS existing
                      WHERE existing.attrelid = source AND existing.attname = wanted.column_name
                        AND existing.attnum > 0 AND NOT existing.attisdropped);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'relation % has no column %', NEW.relation, missing
            USING ERRCODE = 'PE007', HINT = 'Name the relation''s columns in ts_column, open_column, ... of evolve.bar_sources.';
    END IF;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION _evolve_guard_bar_source() IS 'Trigger: a mapped relation and its columns must exist.';

CREATE FUNCTION _evolve_load_bars(symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '')
RETURNS bigint
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_load_bars(text, text, timestamptz, timestamptz, text) IS 'Reads a series as the engine does and counts its bars: what reading alone costs.';
