-- Files as they are found, whole, through the door of the database: what is stored is what the report says, and clean.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
\getenv data EVOLVE_DATA_DIR
\if :{?data}
\else
\set data ../shared/data
\endif
\setenv EVOLVE_TEST_FOLDER :data/dirty
\set readable `test -r "$EVOLVE_TEST_FOLDER/ua_1d_blanks.csv" && echo true || echo false`
BEGIN;
SELECT plan(28);
\if :readable
CREATE TEMP TABLE report (file text, kind text, line bigint, detail text, rows bigint);
\set content `cat "$EVOLVE_TEST_FOLDER/bhf_1d_blanks.csv"`
INSERT INTO report SELECT 'BHF', found.* FROM evolve_import_bars(:'content', 'BHF', '1d') AS found;
\set content `cat "$EVOLVE_TEST_FOLDER/o_1d_blanks.csv"`
INSERT INTO report SELECT 'O', found.* FROM evolve_import_bars(:'content', 'O', '1d') AS found;
\set content `cat "$EVOLVE_TEST_FOLDER/ua_1d_blanks.csv"`
INSERT INTO report SELECT 'UA', found.* FROM evolve_import_bars(:'content', 'UA', '1d') AS found;
\set content `gzip -dc "$EVOLVE_TEST_FOLDER/btcusd_1m_hole_2016.csv.gz"`
INSERT INTO report SELECT 'HOLE', found.* FROM evolve_import_bars(:'content', 'HOLE', '1m') AS found;
\set content `gzip -dc "$EVOLVE_TEST_FOLDER/btcusd_2h_bitstamp_flat.csv.gz"`
INSERT INTO report SELECT 'FLAT', found.* FROM evolve_import_bars(:'content', 'FLAT', '1h') AS found;
\set content `gzip -dc "$EVOLVE_TEST_FOLDER/btcusdt_1h_cdd_asis.csv.gz"`
INSERT INTO report SELECT 'CDD', found.* FROM evolve_import_bars(:'content', 'CDD', '1h') AS found;
\set content `gzip -dc "$EVOLVE_TEST_FOLDER/btcusdt_1h_cdd_norm.csv.gz"`
INSERT INTO report SELECT 'NORM', found.* FROM evolve_import_bars(:'content', 'NORM', '1h') AS found;
\set content `gzip -dc "$EVOLVE_TEST_FOLDER/eurusd_1h_fxcm_tzshift.csv.gz"`
INSERT INTO report SELECT 'FXCM', found.* FROM evolve_import_bars(:'content', 'FXCM', '1h') AS found;
\set content `cat "$EVOLVE_TEST_FOLDER/usdchf_1h_mt5_asis.csv"`
INSERT INTO report SELECT 'MT5', found.* FROM evolve_import_bars(:'content', 'MT5', '1h') AS found;
\unset content

-- Rows of the files were counted with another program.
CREATE TEMP TABLE expected (file text, accepted bigint, refused text, noticed text);
INSERT INTO expected VALUES
    ('BHF', 142, 'blank 1', 'holiday 6'),
    ('O', 1239, 'blank 2, broken_ohlc 2', 'gap 13, holiday 52'),
    ('UA', 462, 'blank 1, broken_ohlc 1', 'holiday 17'),
    ('HOLE', 6410, NULL, 'gap 90067'),
    ('FLAT', 3810, NULL, 'flat_run 928, jump 1, timeframe_mismatch 3809'),
    ('CDD', 1301, 'banner 1, duplicate_conflict 999', 'gap 26102, unsorted 1300'),
    ('NORM', 1301, 'duplicate_conflict 999', 'gap 26102, unsorted 1300'),
    ('FXCM', 4131, NULL, 'holiday 44, timezone_shift 2232'),
    ('MT5', 1200, NULL, 'holiday 92');
SELECT is(count(*), expected.accepted, expected.file || ': every accepted bar is stored, and nothing else')
FROM expected JOIN evolve.market_bars AS bar ON bar.symbol = expected.file GROUP BY expected.file, expected.accepted ORDER BY 1;
SELECT is(string_agg(kind || ' ' || rows, ', ' ORDER BY kind) FILTER (WHERE kind IN ('banner', 'blank', 'broken_ohlc', 'duplicate_conflict')),
          expected.refused, expected.file || ': every row that is not stored is reported')
FROM (SELECT file, kind, sum(rows) AS rows FROM report GROUP BY file, kind) AS found JOIN expected USING (file)
GROUP BY expected.file, expected.refused ORDER BY expected.file;
SELECT is(string_agg(kind || ' ' || rows, ', ' ORDER BY kind) FILTER (WHERE kind IN ('flat_run', 'gap', 'holiday', 'jump', 'timeframe_mismatch', 'timezone_shift', 'unsorted')),
          expected.noticed, expected.file || ': what is odd about the series is reported')
FROM (SELECT file, kind, sum(rows) AS rows FROM report GROUP BY file, kind) AS found JOIN expected USING (file)
GROUP BY expected.file, expected.noticed ORDER BY expected.file;
SELECT is(count(*), 0::bigint, 'no stored bar is bad')
FROM evolve.market_bars
WHERE NOT (low <= least(open, close) AND high >= greatest(open, close) AND low > 0 AND high < 'infinity' AND volume >= 0 AND volume < 'infinity');
\else
SELECT skip('the dirty files are not here', 28);
\endif
SELECT * FROM finish();
ROLLBACK;
