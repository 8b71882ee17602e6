// SQL functions of the engine: series, signals, backtests.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/engine/backtest.hpp"
#include "core/engine/options_json.hpp"
#include "core/metrics/measure.hpp"
#include "core/metrics/metric_option.hpp"
#include "core/metrics/metrics.hpp"
#include "core/ruleset/language.hpp"
#include "core/ruleset/parameter_grid.hpp"
#include "pg/boundary.hpp"
#include "pg/market.hpp"
#include "pg/settings.hpp"
#include "pg/values.hpp"

using namespace evolve;
using namespace evolve::pg;

namespace {

// A ruleset, the bars it runs on and the options of the call: arguments (ruleset, market…, options).
struct Job {
    Market market;
    SeriesBars bars;
    BacktestOptions options;
    MetricSet wanted = every_metric;
    std::vector<double> benchmark;
};

// Closes of the benchmark on the timestamps of `bars`, NaN where it has no bar.
std::vector<double> align_benchmark(BarsView bars, BarsView benchmark) {
    std::vector<double> closes(bars.size(), undefined);
    std::size_t at = 0;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        while (at < benchmark.size() && benchmark.ts[at] < bars.ts[i]) ++at;
        if (at < benchmark.size() && benchmark.ts[at] == bars.ts[i]) closes[i] = benchmark.close[at];
    }
    return closes;
}

// The options follow the market, or stand at `options_index`.
std::unique_ptr<Job> load_job(FunctionCallInfo fcinfo, int market_index, const Ruleset* ruleset,
                              int options_index = -1) {
    auto job = std::make_unique<Job>();
    const MarketArguments arguments = market_arguments(fcinfo, market_index);
    if (options_index < 0) options_index = market_index + market_argument_count;
    std::string options_text = PG_ARGISNULL(options_index) ? "{}" : jsonb_arg(fcinfo, options_index);
    job->wanted = take_metric_option(options_text);
    const OptionsJson options = parse_options(options_text);
    job->market = resolve_market(arguments, ruleset);
    job->bars = load_bars(job->market, arguments.from, arguments.to);
    session_control().check();
    job->options = options.values;
    if (!options.periods_per_year_given)
        job->options.periods_per_year = periods_per_year(job->bars.view(), job->market.timeframe);
    if (!options.benchmark.empty()) {
        Market benchmark = job->market;
        benchmark.symbol = options.benchmark;
        job->benchmark = align_benchmark(job->bars.view(), load_bars(benchmark, arguments.from, arguments.to).view());
        job->options.benchmark = job->benchmark;
    }
    return job;
}

std::vector<Metrics> evaluate_population(std::span<const Ruleset> population, const Job& job, const Control& control) {
    std::vector<Metrics> metrics(population.size());
    measure_many(population, job.bars.view(), job.options, job.wanted, control,
                 [&](std::size_t index, const Metrics& measured) { metrics[index] = measured; });
    return metrics;
}

// NULL for what is not defined, and for what was not asked for; the span is always there.
void metric_values(const Metrics& metrics, MetricSet wanted, Datum* values, bool* nulls) {
    std::size_t column = 0;
    for (const MetricField& field : metric_fields()) {
        const bool asked = (wanted >> column & 1) != 0;
        SqlValue value;
        if (field.unit == "timestamp") {
            value = {timestamp_datum(metrics.*field.count), metrics.bars == 0};
        } else if (field.number != nullptr) {
            if (asked) value = float_or_null(metrics.*field.number);
        } else {
            value = {Int64GetDatum(metrics.*field.count), !asked && field.name != "bars"};
        }
        values[column] = value.value;
        nulls[column++] = value.is_null;
    }
}

constexpr std::size_t metric_columns = 39;  // of type evolve_metrics; checked against metric_fields() below

void require_metric_columns() {
    if (metric_fields().size() != metric_columns)
        throw Error(ErrorCode::internal, "metric columns differ from the SQL type");
}

Ruleset ruleset_argument(FunctionCallInfo fcinfo) { return parse_ruleset(jsonb_arg(fcinfo, 0), ruleset_limits()); }

}  // namespace

EVOLVE_FUNCTION(evolve_series) {
    const evolve::Node expression = parse_expression(text_arg(fcinfo, 0), ruleset_limits());
    if (check_units(expression, {}) == Unit::condition)
        throw Error(ErrorCode::type_mismatch, "a condition has no numeric value", {},
                    "Use evolve_signals() for conditions.");
    const MarketArguments arguments = market_arguments(fcinfo, 1);
    const SeriesBars bars = load_bars(resolve_market(arguments, nullptr), arguments.from, arguments.to);
    const std::vector<double> series = evaluate_series(expression, bars.view(), session_control());
    RowWriter rows(fcinfo);
    for (std::size_t i = 0; i < series.size(); ++i) {
        const SqlValue value = float_or_null(series[i]);
        Datum values[2] = {timestamp_datum(bars.ts[i]), value.value};
        bool nulls[2] = {false, value.is_null};
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_signals) {
    const evolve::Node condition = parse_expression(text_arg(fcinfo, 0), ruleset_limits());
    if (check_units(condition, {}) != Unit::condition)
        throw Error(ErrorCode::type_mismatch, "a number is not a condition", {},
                    "Use evolve_series() for numbers, or compare it.");
    const MarketArguments arguments = market_arguments(fcinfo, 1);
    const SeriesBars bars = load_bars(resolve_market(arguments, nullptr), arguments.from, arguments.to);
    const std::vector<std::int8_t> truth = evaluate_condition(condition, bars.view(), session_control());
    RowWriter rows(fcinfo);
    for (std::size_t i = 0; i < truth.size(); ++i) {
        Datum values[2] = {timestamp_datum(bars.ts[i]), BoolGetDatum(truth[i] == 1)};
        bool nulls[2] = {false, truth[i] < 0};
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_backtest) {
    require_metric_columns();
    const Ruleset ruleset = ruleset_argument(fcinfo);
    const std::unique_ptr<Job> job = load_job(fcinfo, 1, &ruleset);
    const Backtest result = backtest(ruleset, job->bars.view(), job->options, session_control());
    Datum values[metric_columns];
    bool nulls[metric_columns];
    metric_values(
        compute_metrics(result, job->bars.view(), job->options, 0, job->bars.size(), job->wanted, session_control()),
        job->wanted, values, nulls);
    return call([&] {
        TupleDesc descriptor = nullptr;
        if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
            elog(ERROR, "function returning record called in context that cannot accept type record");
        return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
    });
}

EVOLVE_FUNCTION(evolve_trades) {
    const Ruleset ruleset = ruleset_argument(fcinfo);
    const std::unique_ptr<Job> job = load_job(fcinfo, 1, &ruleset);
    const Backtest result = backtest(ruleset, job->bars.view(), job->options, session_control());
    RowWriter rows(fcinfo);
    std::int32_t number = 0;
    for (const Trade& trade : result.trades) {
        const bool open = trade.is_open();
        Datum values[12] = {Int32GetDatum(++number),
                            text_datum(to_string(trade.side)),
                            timestamp_datum(job->bars.ts[trade.entry_bar]),
                            Float8GetDatum(trade.entry_price),
                            timestamp_datum(job->bars.ts[trade.exit_bar]),
                            Float8GetDatum(trade.exit_price),
                            Float8GetDatum(trade.size),
                            Float8GetDatum(trade.pnl),
                            Float8GetDatum(trade.return_fraction),
                            Float8GetDatum(trade.fees),
                            Int32GetDatum(static_cast<std::int32_t>(trade.bars_held())),
                            text_datum(to_string(trade.exit_reason))};
        bool nulls[12] = {false, false, false, false, open, open, false, false, false, false, false, open};
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_equity) {
    const Ruleset ruleset = ruleset_argument(fcinfo);
    const std::unique_ptr<Job> job = load_job(fcinfo, 1, &ruleset);
    const Backtest result = backtest(ruleset, job->bars.view(), job->options, session_control());
    RowWriter rows(fcinfo);
    double peak = job->options.initial_capital;
    for (std::size_t i = 0; i < result.equity.size(); ++i) {
        peak = std::max(peak, result.equity[i]);
        const SqlValue equity = float_or_null(result.equity[i]);
        const SqlValue drawdown = float_or_null(result.equity[i] / peak - 1);
        Datum values[4] = {timestamp_datum(job->bars.ts[i]), equity.value, drawdown.value,
                           Float8GetDatum(result.position[i])};
        bool nulls[4] = {false, equity.is_null, drawdown.is_null, false};
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_backtest_many) {
    require_metric_columns();
    require_arg(fcinfo, 0);
    ArrayType* const array = call([&] { return PG_GETARG_ARRAYTYPE_P(0); });
    Datum* elements = nullptr;
    bool* element_nulls = nullptr;
    int count = 0;
    call([&] { deconstruct_array(array, JSONBOID, -1, false, TYPALIGN_INT, &elements, &element_nulls, &count); });
    std::vector<std::string> texts;
    texts.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        if (element_nulls[i])
            throw Error(ErrorCode::invalid_option, "ruleset " + std::to_string(i + 1) + " of the array is NULL");
        texts.push_back(jsonb_text(elements[i]));
    }
    const Team team(session_control());
    const Control& control = team.control();
    const std::vector<Ruleset> population = parse_rulesets(texts, ruleset_limits(), control);
    const std::unique_ptr<Job> job = load_job(fcinfo, 1, nullptr);
    const std::vector<Metrics> metrics = evaluate_population(population, *job, control);
    RowWriter rows(fcinfo);
    for (std::size_t i = 0; i < metrics.size(); ++i) {
        Datum values[metric_columns + 1] = {Int32GetDatum(static_cast<std::int32_t>(i + 1))};
        bool nulls[metric_columns + 1] = {false};
        metric_values(metrics[i], job->wanted, values + 1, nulls + 1);
        rows.write(values, nulls);
    }
    return Datum{0};
}

EVOLVE_FUNCTION(evolve_sweep) {
    require_metric_columns();
    const Ruleset ruleset = ruleset_argument(fcinfo);
    constexpr int grid_index = 1 + market_argument_count;
    constexpr std::int64_t most_points = 10'000;
    const Control control = session_control();
    const ParameterGrid grid(ruleset, PG_ARGISNULL(grid_index) ? "" : jsonb_arg(fcinfo, grid_index), ruleset_limits(),
                             static_cast<std::size_t>(count_setting("sweep_max_points", most_points)), control);
    const std::unique_ptr<Job> job = load_job(fcinfo, 1, &ruleset, grid_index + 1);
    RowWriter rows(fcinfo);
    // Rulesets as values are larger than what they are compiled to: a slice of them at a time.
    constexpr std::size_t slice_size = 1024;
    for (std::size_t first = 0; first < grid.size(); first += slice_size) {
        std::vector<Ruleset> slice;
        for (std::size_t i = first; i < std::min(first + slice_size, grid.size()); ++i)
            slice.push_back(grid.ruleset(i));
        const std::vector<Metrics> metrics = evaluate_population(slice, *job, control);
        for (std::size_t i = 0; i < metrics.size(); ++i) {
            Datum values[metric_columns + 1] = {jsonb_datum(grid.values(first + i))};
            bool nulls[metric_columns + 1] = {false};
            metric_values(metrics[i], job->wanted, values + 1, nulls + 1);
            rows.write(values, nulls);
        }
    }
    return Datum{0};
}
