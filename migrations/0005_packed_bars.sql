-- Packed bars: columns beside evolve.market_bars, so that a series is read without reading its rows. docs/bars.md says
-- why they are never stale. All of it is made from the bars: it may be emptied at any time.

CREATE TABLE evolve.packed_series (
    series     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange   text NOT NULL,
    symbol     text NOT NULL,
    timeframe  text NOT NULL,
    bars       bigint NOT NULL,
    sealed_for text NOT NULL,
    packed_at  timestamptz NOT NULL,
    UNIQUE (exchange, symbol, timeframe)
);
COMMENT ON TABLE evolve.packed_series IS 'Series of evolve.market_bars that are packed. Deleting a row unpacks the series.';
COMMENT ON COLUMN evolve.packed_series.series IS 'Key.';
COMMENT ON COLUMN evolve.packed_series.exchange IS 'Exchange of the series.';
COMMENT ON COLUMN evolve.packed_series.symbol IS 'Symbol of the series.';
COMMENT ON COLUMN evolve.packed_series.timeframe IS 'Timeframe of the series.';
COMMENT ON COLUMN evolve.packed_series.bars IS 'Bars in its packs when it was packed last.';
COMMENT ON COLUMN evolve.packed_series.sealed_for IS 'The table and the triggers that the packs belong to; packs are not read where this differs.';
COMMENT ON COLUMN evolve.packed_series.packed_at IS 'Start of the transaction that packed it last.';

CREATE TABLE evolve.packed_bars (
    series    bigint NOT NULL REFERENCES evolve.packed_series (series) ON DELETE CASCADE,
    from_ts   timestamptz NOT NULL,
    to_ts     timestamptz NOT NULL,
    sealed_by xid NOT NULL,
    ts        timestamptz[] NOT NULL,
    open      float8[] NOT NULL,
    high      float8[] NOT NULL,
    low       float8[] NOT NULL,
    close     float8[] NOT NULL,
    volume    float8[] NOT NULL,
    PRIMARY KEY (series, from_ts),
    CONSTRAINT packed_bars_span CHECK (from_ts < to_ts)
);
-- A pack fits into one page and is read where it lies: nothing is moved out of line, compressed or copied.
ALTER TABLE evolve.packed_bars
    ALTER COLUMN ts SET STORAGE PLAIN, ALTER COLUMN open SET STORAGE PLAIN, ALTER COLUMN high SET STORAGE PLAIN,
    ALTER COLUMN low SET STORAGE PLAIN, ALTER COLUMN close SET STORAGE PLAIN, ALTER COLUMN volume SET STORAGE PLAIN;
COMMENT ON TABLE evolve.packed_bars IS 'Bars of evolve.market_bars as columns: all bars of a series from from_ts to before to_ts. Made by evolve_pack_bars() and evolve_cycle().';
COMMENT ON COLUMN evolve.packed_bars.series IS 'The series.';
COMMENT ON COLUMN evolve.packed_bars.from_ts IS 'Start of the span.';
COMMENT ON COLUMN evolve.packed_bars.to_ts IS 'End of the span, not included.';
COMMENT ON COLUMN evolve.packed_bars.sealed_by IS 'The transaction that made the pack; a copy of the row has another xmin and is not read.';
COMMENT ON COLUMN evolve.packed_bars.ts IS 'Starts of the bars, ascending.';
COMMENT ON COLUMN evolve.packed_bars.open IS 'First prices, in quote currency.';
COMMENT ON COLUMN evolve.packed_bars.high IS 'Highest prices, in quote currency.';
COMMENT ON COLUMN evolve.packed_bars.low IS 'Lowest prices, in quote currency.';
COMMENT ON COLUMN evolve.packed_bars.close IS 'Last prices, in quote currency.';
COMMENT ON COLUMN evolve.packed_bars.volume IS 'Traded units.';

CREATE TABLE evolve.packed_changes (
    change    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange  text NOT NULL,
    symbol    text NOT NULL,
    timeframe text NOT NULL,
    first_ts  timestamptz NOT NULL,
    last_ts   timestamptz NOT NULL
);
CREATE INDEX packed_changes_series_idx ON evolve.packed_changes (exchange, symbol, timeframe);
COMMENT ON TABLE evolve.packed_changes IS 'Spans of packed series in which bars have changed since: packs that meet one are not read until the series is packed again.';
COMMENT ON COLUMN evolve.packed_changes.change IS 'Key.';
COMMENT ON COLUMN evolve.packed_changes.exchange IS 'Exchange of the series.';
COMMENT ON COLUMN evolve.packed_changes.symbol IS 'Symbol of the series.';
COMMENT ON COLUMN evolve.packed_changes.timeframe IS 'Timeframe of the series.';
COMMENT ON COLUMN evolve.packed_changes.first_ts IS 'First bar of the span.';
COMMENT ON COLUMN evolve.packed_changes.last_ts IS 'Last bar of the span.';

INSERT INTO evolve.settings (name, value, unit, minimum, maximum, description) VALUES
    ('cycle_packs_bars', '1', 'count', 0, 1, 'Whether evolve_cycle() packs the series that it used: 1 yes, 0 no.'),
    ('sweep_max_points', '10000', 'count', 1, 1000000, 'Most combinations of parameters in one evolve_sweep().');
