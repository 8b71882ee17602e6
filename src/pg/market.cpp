#include "pg/market.hpp"

#include <new>
#include <vector>

#include "core/ruleset/names.hpp"
#include "pg/packs.hpp"
#include "pg/values.hpp"

namespace evolve::pg {
namespace {

SqlParameter optional_text(const std::optional<std::string>& text) {
    return text ? SqlParameter(*text) : SqlParameter(std::monostate{});
}

std::optional<Timestamp> optional_timestamp(FunctionCallInfo fcinfo, int index) {
    if (PG_ARGISNULL(index)) return std::nullopt;
    const TimestampTz ts = PG_GETARG_TIMESTAMPTZ(index);
    // -infinity and infinity are the open ends that NULL is; there are no bars near the ends of what a timestamp holds.
    if (TIMESTAMP_NOT_FINITE(ts) || ts >= PG_INT64_MAX - epoch_shift) return std::nullopt;
    return ts + epoch_shift;
}

std::string at_exchange(const std::string& exchange) {
    return exchange.empty() ? std::string() : " of exchange " + in_quotes(exchange);
}

[[noreturn]] void no_bars(const std::string& of_what) {
    throw Error(ErrorCode::no_data, "no bars for " + of_what, {},
                "SELECT * FROM evolve.series shows what is stored; coarser timeframes are made from finer ones.");
}

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

// The one value that is stored; several or none is an error that names them.
std::string only_one(const std::vector<std::string>& stored, const std::string& what) {
    if (stored.empty())
        throw Error(
            ErrorCode::no_data, "no bars are stored", {},
            "Fill evolve.market_bars (COPY, INSERT or evolve_import_bars), or map a relation in evolve.bar_sources.");
    if (stored.size() > 1)
        throw Error(ErrorCode::invalid_option, "several " + what + "s are stored, name one", {},
                    "Stored: " + listed(stored) + ".");
    return stored.front();
}

std::vector<std::string> stored(const Query& query, const char* column, const std::string& exchange,
                                const std::optional<std::string>& symbol) {
    const std::string sql = std::string("SELECT ") + column +
                            " FROM evolve.series WHERE exchange = $1 AND ($2 IS NULL OR symbol = $2) "
                            "GROUP BY 1 ORDER BY 1 LIMIT 20";
    std::vector<std::string> names;
    query.each_row(sql.c_str(), {exchange, optional_text(symbol)},
                   [&](const Row& row) { names.push_back(row.text(1)); });
    return names;
}

// Where a series is: the statement that reads it from a mapped relation, none for evolve.market_bars, and the timeframe
// it is stored in.
struct Source {
    std::string mapped_sql;
    Timeframe timeframe;
};

// Every timeframe in which the series is stored, finest first; a mapped relation comes before evolve.market_bars.
// $1 exchange, $2 symbol, $3 the condition on the column {ts}, whose bounds get {zone}; the statements made here take
// $1, $2 and what that condition takes. ORDER BY … LIMIT 1 and not EXISTS: for that the planner would rather read the
// table from its start.
constexpr const char* sources_sql = R"sql(
    SELECT frame.name, source.query
    FROM unnest(ARRAY['1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w', '1mo']) WITH ORDINALITY AS frame(name, rank)
    CROSS JOIN LATERAL (
        SELECT 1 AS preference, '' AS query
        WHERE (SELECT bar.ts FROM evolve.market_bars AS bar
               WHERE bar.exchange = $1 AND bar.symbol = $2 AND bar.timeframe = frame.name
               ORDER BY bar.ts LIMIT 1) IS NOT NULL
        UNION ALL
        SELECT 0, pg_catalog.format(
            'SELECT %1$s, %2$I::float8, %3$I::float8, %4$I::float8, %5$I::float8, %6$s FROM %7$s WHERE %8$s %9$s',
            CASE WHEN zone.missing THEN pg_catalog.format('(%s AT TIME ZONE ''UTC'')', zone.ts) ELSE zone.ts END,
            s.open_column, s.high_column, s.low_column, s.close_column,
            CASE WHEN s.volume_column IS NULL THEN '0::float8' ELSE pg_catalog.format('%I::float8', s.volume_column) END,
            s.relation::pg_catalog.regclass,
            CASE WHEN s.symbol_column IS NULL THEN 'true'
                 ELSE pg_catalog.format('%I = %L', s.symbol_column, coalesce(s.symbol_value, s.symbol)) END,
            pg_catalog.replace(pg_catalog.replace($3, '{ts}', zone.ts), '{zone}',
                               CASE WHEN zone.missing THEN ' AT TIME ZONE ''UTC''' ELSE '' END))
        FROM evolve.bar_sources AS s
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = s.relation::pg_catalog.regclass AND a.attname = s.ts_column
        -- A time without a zone is UTC, whatever the session's zone.
        CROSS JOIN LATERAL (
            SELECT a.atttypid IN ('timestamp'::pg_catalog.regtype, 'date'::pg_catalog.regtype) AS missing,
                   pg_catalog.format(CASE a.atttypid WHEN 'timestamp'::pg_catalog.regtype THEN '%I'
                                                     WHEN 'date'::pg_catalog.regtype THEN '%I::timestamp'
                                                     ELSE '%I::timestamptz' END, s.ts_column) AS ts) AS zone
        WHERE s.exchange = $1 AND s.symbol = $2 AND s.timeframe = frame.name
    ) AS source
    ORDER BY frame.rank, source.preference)sql";

std::optional<Source> find_source(const Query& query, const Market& market, const std::string& condition) {
    std::optional<Source> best;
    query.each_row(sources_sql, {market.exchange, market.symbol, condition}, [&](const Row& row) {
        const auto timeframe = parse_timeframe(row.text(1));
        if (!timeframe || (best && best->timeframe == market.timeframe)) return;
        if (*timeframe == market.timeframe || (!best && divides(*timeframe, market.timeframe)))
            best = Source{.mapped_sql = row.text(2), .timeframe = *timeframe};
    });
    return best;
}

constexpr std::size_t most_spare_bytes = std::size_t{64} << 20;

// Empty columns with memory; nullptr when there is no memory for them themselves.
Bars* spare_bars() noexcept {
    static Bars* const spare = new (std::nothrow) Bars;
    return spare;
}

}  // namespace

Timeframe timeframe_argument(const std::string& text) {
    if (const auto timeframe = parse_timeframe(text)) return *timeframe;
    throw Error(ErrorCode::invalid_option, "unknown timeframe " + in_quotes(text), {},
                "One of 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w, 1mo.");
}

std::string series_name(const Market& market) {
    return in_quotes(market.symbol) + " " + std::string(to_string(market.timeframe)) + at_exchange(market.exchange);
}

std::optional<Market> stored_series(const Query& query, const Market& market) {
    const std::optional<Source> source = find_source(query, market, {});
    if (!source || !source->mapped_sql.empty()) return std::nullopt;
    return Market{.exchange = market.exchange, .symbol = market.symbol, .timeframe = source->timeframe, .bars = 0};
}

MarketArguments market_arguments(FunctionCallInfo fcinfo, int first) {
    return {.symbol = optional_text_arg(fcinfo, first),
            .timeframe = optional_text_arg(fcinfo, first + 1),
            .from = optional_timestamp(fcinfo, first + 2),
            .to = optional_timestamp(fcinfo, first + 3),
            .exchange = optional_text_arg(fcinfo, first + 4).value_or("")};
}

Market resolve_market(const MarketArguments& arguments, const Ruleset* ruleset) {
    if (arguments.from && arguments.to && *arguments.from > *arguments.to)
        throw Error(ErrorCode::invalid_option, "\"from\" is later than \"to\"", {},
                    "The span is half-open: from <= ts < to.");
    const Query query;
    query.require_schema();
    Market market{.exchange = arguments.exchange, .symbol = {}};
    if (arguments.symbol) {
        market.symbol = *arguments.symbol;
    } else if (ruleset != nullptr && ruleset->symbols.size() == 1) {
        market.symbol = ruleset->symbols.front();
    } else if (ruleset != nullptr && !ruleset->symbols.empty()) {
        throw Error(ErrorCode::invalid_option, "the ruleset names several symbols, choose one", {},
                    "Its symbols: " + listed(ruleset->symbols) + ".");
    } else {
        market.symbol = only_one(stored(query, "symbol", market.exchange, std::nullopt), "symbol");
    }
    if (arguments.timeframe) {
        market.timeframe = timeframe_argument(*arguments.timeframe);
    } else if (ruleset != nullptr && ruleset->timeframe) {
        market.timeframe = *ruleset->timeframe;
    } else {
        const std::vector<std::string> timeframes = stored(query, "timeframe", market.exchange, market.symbol);
        if (timeframes.empty()) no_bars("symbol " + in_quotes(market.symbol) + at_exchange(market.exchange));
        market.timeframe = timeframe_argument(only_one(timeframes, "timeframe"));
    }
    return market;
}

SeriesBars::SeriesBars() {
    Bars* const spare = spare_bars();
    if (spare == nullptr) return;
    static_cast<Bars&>(*this) = std::move(*spare);
    *spare = {};
}

SeriesBars::~SeriesBars() {
    Bars* const spare = spare_bars();
    const std::size_t bytes = ts.capacity() * sizeof(Bar);
    if (spare == nullptr || bytes > most_spare_bytes || bytes <= spare->ts.capacity() * sizeof(Bar)) return;
    clear();
    *spare = std::move(static_cast<Bars&>(*this));
}

SeriesBars load_bars(const Market& market, std::optional<Timestamp> from, std::optional<Timestamp> to) {
    const Query query;
    query.require_schema();
    const std::string condition = std::string(from ? " AND {ts} >= $3{zone}" : "") + (to ? " AND {ts} < $4{zone}" : "");
    const std::optional<Source> source = find_source(query, market, condition);
    if (!source) no_bars("series " + series_name(market));
    const auto bound = [](std::optional<Timestamp> ts) {
        return ts ? SqlParameter(*ts) : SqlParameter(std::monostate{});
    };
    SeriesBars bars;
    if (source->mapped_sql.empty()) {
        const Market stored{
            .exchange = market.exchange, .symbol = market.symbol, .timeframe = source->timeframe, .bars = 0};
        const TimeSpan span = time_span(from, to);
        if (!read_packed(query, stored, span, bars)) read_stored_rows(query, stored, span, bars);
    } else {
        query.read_bars(source->mapped_sql.c_str(), {market.exchange, market.symbol, bound(from), bound(to)},
                        series_name(market), bars);
    }
    if (source->timeframe == market.timeframe) return bars;
    return SeriesBars(resample(bars.view(), market.timeframe));
}

}  // namespace evolve::pg
