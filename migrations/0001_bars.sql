-- Bars: the store, and how other relations take its place.

CREATE TABLE evolve.market_bars (
    exchange  text NOT NULL DEFAULT '',
    symbol    text NOT NULL,
    timeframe text NOT NULL,
    ts        timestamptz NOT NULL,
    open      float8 NOT NULL,
    high      float8 NOT NULL,
    low       float8 NOT NULL,
    close     float8 NOT NULL,
    volume    float8 NOT NULL,
    PRIMARY KEY (exchange, symbol, timeframe, ts),
    -- NaN sorts above every number, so the upper bounds keep it out; lows and closes lie between checked values.
    CONSTRAINT market_bars_prices CHECK (low > 0 AND high <= 1e15),
    CONSTRAINT market_bars_high CHECK (high >= low AND high >= open AND high >= close),
    CONSTRAINT market_bars_low CHECK (low <= open AND low <= close),
    CONSTRAINT market_bars_volume CHECK (volume >= 0 AND volume <= 1e18),
    CONSTRAINT market_bars_ts CHECK (ts >= '1900-01-01 00:00:00+00' AND ts < '2201-01-01 00:00:00+00'),
    CONSTRAINT market_bars_timeframe CHECK (timeframe IN ('1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1mo')),
    CONSTRAINT market_bars_symbol CHECK (symbol <> '' AND length(symbol) <= 64 AND length(exchange) <= 64)
);
COMMENT ON TABLE evolve.market_bars IS 'Price bars (OHLCV). No bad bar passes its CHECKs; fill it with COPY, INSERT or evolve_import_bars().';
COMMENT ON COLUMN evolve.market_bars.exchange IS 'Exchange or data vendor; empty when it does not matter.';
COMMENT ON COLUMN evolve.market_bars.symbol IS 'Instrument, e.g. AAPL or BTCUSD.';
COMMENT ON COLUMN evolve.market_bars.timeframe IS 'Length of a bar: 1m 5m 15m 30m 1h 4h 1d 1w 1mo.';
COMMENT ON COLUMN evolve.market_bars.ts IS 'Start of the bar.';
COMMENT ON COLUMN evolve.market_bars.open IS 'First price, in quote currency.';
COMMENT ON COLUMN evolve.market_bars.high IS 'Highest price, in quote currency.';
COMMENT ON COLUMN evolve.market_bars.low IS 'Lowest price, in quote currency.';
COMMENT ON COLUMN evolve.market_bars.close IS 'Last price, in quote currency.';
COMMENT ON COLUMN evolve.market_bars.volume IS 'Traded units; 0 where the source has none.';

CREATE TABLE evolve.bar_sources (
    exchange      text NOT NULL DEFAULT '',
    symbol        text NOT NULL,
    timeframe     text NOT NULL,
    relation      text NOT NULL,
    ts_column     name NOT NULL DEFAULT 'ts',
    open_column   name NOT NULL DEFAULT 'open',
    high_column   name NOT NULL DEFAULT 'high',
    low_column    name NOT NULL DEFAULT 'low',
    close_column  name NOT NULL DEFAULT 'close',
    volume_column name DEFAULT 'volume',
    symbol_column name,
    symbol_value  text,
    PRIMARY KEY (exchange, symbol, timeframe),
    CONSTRAINT bar_sources_timeframe CHECK (timeframe IN ('1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1mo')),
    CONSTRAINT bar_sources_symbol CHECK (symbol <> '' AND length(symbol) <= 64 AND length(exchange) <= 64)
);
COMMENT ON TABLE evolve.bar_sources IS 'Series that are read from other relations (a hypertable, a view, a foreign table) instead of evolve.market_bars.';
COMMENT ON COLUMN evolve.bar_sources.exchange IS 'Exchange under which the series is known here.';
COMMENT ON COLUMN evolve.bar_sources.symbol IS 'Symbol under which the series is known here.';
COMMENT ON COLUMN evolve.bar_sources.timeframe IS 'Timeframe of the bars in the relation.';
COMMENT ON COLUMN evolve.bar_sources.relation IS 'Name of the relation, schema-qualified and quoted as in SQL.';
COMMENT ON COLUMN evolve.bar_sources.ts_column IS 'Column that holds the start of the bar; castable to timestamptz.';
COMMENT ON COLUMN evolve.bar_sources.open_column IS 'Column of the open price; castable to float8.';
COMMENT ON COLUMN evolve.bar_sources.high_column IS 'Column of the high price; castable to float8.';
COMMENT ON COLUMN evolve.bar_sources.low_column IS 'Column of the low price; castable to float8.';
COMMENT ON COLUMN evolve.bar_sources.close_column IS 'Column of the close price; castable to float8.';
COMMENT ON COLUMN evolve.bar_sources.volume_column IS 'Column of the volume; NULL: volume is 0.';
COMMENT ON COLUMN evolve.bar_sources.symbol_column IS 'Column that names the instrument; NULL: the relation holds this series only.';
COMMENT ON COLUMN evolve.bar_sources.symbol_value IS 'Value of symbol_column for this series; NULL: the symbol itself.';

-- One index probe a series, however many bars it has.
CREATE VIEW evolve.series AS
WITH RECURSIVE stored AS (
    (SELECT exchange, symbol, timeframe FROM evolve.market_bars ORDER BY exchange, symbol, timeframe LIMIT 1)
    UNION ALL
    SELECT following.exchange, following.symbol, following.timeframe
    FROM stored
    CROSS JOIN LATERAL (
        SELECT bar.exchange, bar.symbol, bar.timeframe
        FROM evolve.market_bars AS bar
        WHERE (bar.exchange, bar.symbol, bar.timeframe) > (stored.exchange, stored.symbol, stored.timeframe)
        ORDER BY bar.exchange, bar.symbol, bar.timeframe
        LIMIT 1
    ) AS following
)
SELECT stored.exchange, stored.symbol, stored.timeframe, span.first_ts, span.last_ts, 'evolve.market_bars'::text AS source
FROM stored
CROSS JOIN LATERAL (
    SELECT min(bar.ts) AS first_ts, max(bar.ts) AS last_ts
    FROM evolve.market_bars AS bar
    WHERE bar.exchange = stored.exchange AND bar.symbol = stored.symbol AND bar.timeframe = stored.timeframe
) AS span
WHERE NOT EXISTS (SELECT FROM evolve.bar_sources AS mapped
                  WHERE mapped.exchange = stored.exchange AND mapped.symbol = stored.symbol
                    AND mapped.timeframe = stored.timeframe)
UNION ALL
SELECT exchange, symbol, timeframe, NULL, NULL, relation FROM evolve.bar_sources;
COMMENT ON VIEW evolve.series IS 'The series that can be used, one row each; coarser timeframes are made from these when asked for.';
COMMENT ON COLUMN evolve.series.exchange IS 'Exchange.';
COMMENT ON COLUMN evolve.series.symbol IS 'Symbol.';
COMMENT ON COLUMN evolve.series.timeframe IS 'Timeframe in which the bars are stored.';
COMMENT ON COLUMN evolve.series.first_ts IS 'Start of the first bar; NULL for mapped relations, which are not read for this list.';
COMMENT ON COLUMN evolve.series.last_ts IS 'Start of the last bar; NULL for mapped relations.';
COMMENT ON COLUMN evolve.series.source IS 'The relation that holds the bars.';
