-- Databases that are not in UTF-8: texts are converted at the border, and an error stays the error that it is.
\pset format unaligned
\set SHOW_CONTEXT never
\pset tuples_only on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS evolve_latin1;
DROP DATABASE IF EXISTS evolve_ascii;
CREATE DATABASE evolve_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE evolve_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set database :DBNAME

\connect evolve_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION pg_evolve;
SELECT count(*) > 0 FROM evolve_migrate();
-- No text of ours needs more than ASCII.
SELECT count(*) FROM pg_description WHERE description ~ '[^[:ascii:]]' AND objoid IN (SELECT objid FROM pg_depend WHERE deptype = 'e');
SELECT count(*) FROM evolve.policies WHERE description ~ '[^[:ascii:]]';
SELECT evolve_ruleset('{"entry": []}');
SELECT evolve_ruleset('{"entry": "close > öpen"}');
SELECT evolve_load_strategies('{}');
SELECT evolve_ruleset_text('{"entry": "close > open", "symbols": ["Größe"]}');
SELECT evolve_explain('{"entry": "close > open", "symbols": ["Größe"]}') ~ 'Größe' AS umlauts;
SELECT evolve_fingerprint('{"entry": "close > open", "symbols": ["Größe"]}') AS fingerprint \gset
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('Größe', '1d', '2020-01-01', 1, 1, 1, 1, 1), ('Größe', '1d', '2020-01-02', 2, 2, 2, 2, 2);
SELECT count(*) FROM evolve_series('close', 'Größe');
SELECT name, action FROM evolve_load_strategies('[{"name": "Übung", "ruleset": {"entry": "close > open", "symbols": ["Größe"]}}]');
SELECT evaluated FROM evolve_cycle(seed => 1);
SELECT name, fingerprint = :'fingerprint' AS same_fingerprint FROM evolve.user_strategies WHERE evolution_attempts = 1;
SELECT evolve_series('close', 'Größer');

\connect evolve_ascii
SET client_encoding = 'SQL_ASCII';
CREATE EXTENSION pg_evolve;
SELECT count(*) > 0 FROM evolve_migrate();
SELECT evolve_ruleset(E'{"entry": "close > open\xff"}');
SELECT evolve_fingerprint('{"entry": "close > open", "symbols": ["Größe"]}') = :'fingerprint' AS same_fingerprint;
SELECT evolve_import_bars(E'ts,open,high,low,close\n2020-01-01,\xff,1,1,1\n', 'S', '1d');
-- A name that is no text must not stop the cycles of everybody else.
SELECT action FROM evolve_load_strategies(E'[{"name": "x\xff", "ruleset": {"entry": "close > open"}}, {"name": "fine", "ruleset": {"entry": "close < open"}}]');
SELECT cycle_id IS NOT NULL AS ran FROM evolve_cycle(seed => 1);

\connect :database
DROP DATABASE evolve_latin1;
DROP DATABASE evolve_ascii;
