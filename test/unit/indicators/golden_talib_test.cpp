// Every column that TA-Lib computed (data/golden/talib) for every indicator that there is.
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "indicators/indicator_support.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {
namespace {

using Json = nlohmann::ordered_json;

// The manifest as it is: a shorter one, or one with other statuses, must not pass unnoticed.
constexpr int expected_columns = 642;  // 639 ok and 3 oracle_rounding
constexpr int expected_exempt = 4;     // oracle_noise_do_not_match

std::string lower_case(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// Our arguments from TA-Lib's: numbers in their order, then types of moving average.
std::vector<double> arguments_of(const Indicator& indicator, const Json& params) {
    std::vector<double> args;
    for (const auto& [key, value] : params.items()) {
        if (value.is_number()) args.push_back(value.get<double>());
    }
    for (const auto& [key, value] : params.items()) {
        if (!value.is_string()) continue;
        const auto& choices = indicator.parameters()[args.size()].choices;
        const auto found = std::find(choices.begin(), choices.end(), lower_case(value.get<std::string>()));
        if (found == choices.end()) throw std::runtime_error("no choice " + value.dump());
        args.push_back(static_cast<double>(found - choices.begin()));
    }
    if (args.size() != indicator.parameters().size()) throw std::runtime_error("arguments " + params.dump());
    return args;
}

std::size_t output_of(const Indicator& indicator, const std::string& name) {
    static const std::map<std::string, std::string> ours{{"outMACD", "macd"},
                                                         {"outMACDSignal", "signal"},
                                                         {"outMACDHist", "histogram"},
                                                         {"outRealUpperBand", "upper"},
                                                         {"outRealMiddleBand", "middle"},
                                                         {"outRealLowerBand", "lower"},
                                                         {"outSlowK", "k"},
                                                         {"outSlowD", "d"},
                                                         {"outFastK", "k"},
                                                         {"outFastD", "d"},
                                                         {"outAroonDown", "down"},
                                                         {"outAroonUp", "up"}};
    if (name == "outReal") return 0;
    for (std::size_t k = 0; k < indicator.outputs.size(); ++k) {
        if (indicator.outputs[k].name == ours.at(name)) return k;
    }
    throw std::runtime_error("no output " + name);
}

// As in TA-Lib's Python wrapper, leading rows with a blank are skipped; the series have no others.
std::vector<double> compute_rows(const Indicator& indicator, const GoldenBars& golden, const Json& column) {
    const Columns columns =
        compute(indicator, golden.bars.close, golden.bars.view(), arguments_of(indicator, column.at("params")));
    const auto& values = columns[output_of(indicator, column.at("output").get<std::string>())];
    std::vector<double> rows(golden.rows, unknown);
    for (std::size_t i = 0; i < values.size(); ++i) rows[golden.row[i]] = values[i];
    return rows;
}

// The one known difference: TA-Lib's RSI is 0 as long as nothing has ever moved, ours 50.
std::vector<double> expected_values(const Indicator& indicator, const GoldenBars& golden, std::vector<double> values) {
    if (indicator.name != "rsi") return values;
    const auto& close = golden.bars.close;
    for (std::size_t i = 0; i < close.size() && close[i] == close[0] && golden.row[i] < values.size(); ++i) {
        double& value = values[golden.row[i]];
        if (!std::isnan(value)) value = value == 0 ? 50.0 : unknown;
    }
    return values;
}

// Empty when all values agree, else the first difference. The tolerance is relative; values that are the small
// difference of large ones are compared to the rounding of the large ones.
std::string first_difference(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::isnan(value) ? 0 : std::abs(value));
    const double floor = largest * 1e-14 / tolerance;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!close_to(got[i], expected[i], tolerance, floor)) {
            char text[160];
            std::snprintf(text, sizeof text, "row %zu: %.17g instead of %.17g", i, got[i], expected[i]);
            return text;
        }
    }
    return {};
}

struct Tally {
    int passed = 0, total = 0, exempt = 0;
};

void check_column(const Indicator& indicator, const GoldenBars& golden, const GoldenTable& table, const Json& column,
                  Tally& tally) {
    const std::string status = column.at("status").get<std::string>();
    if (status == "oracle_noise_do_not_match") {
        ++tally.exempt;
        return;
    }
    ++tally.total;
    const auto name = column.at("column").get<std::string>();
    const auto expected = expected_values(indicator, golden, table[name]);
    auto got = compute_rows(indicator, golden, column);
    got.resize(expected.size());
    const std::size_t first =
        column.at("first_index").is_null() ? got.size() : column.at("first_index").get<std::size_t>();
    std::string difference;
    if (first_known(got) != first) difference = "first value at row " + std::to_string(first_known(got));
    if (difference.empty()) difference = first_difference(got, expected, status == "ok" ? 1e-9 : 1e-6);
    if (difference.empty()) {
        ++tally.passed;
    } else {
        ADD_FAILURE() << name << " of " << column.at("params").dump() << ": " << difference;
    }
}

TEST(GoldenTalib, AllColumns) {
    EVOLVE_NEED_GOLDEN();
    const Json manifest = Json::parse(read_text(golden_dir() / "talib/manifest.json"));
    std::map<std::string, Tally> tallies;
    std::map<std::string, GoldenTable> tables;
    for (const Json& entry : manifest.at("entries")) {
        const Indicator* indicator = find_indicator(entry.at("function").get<std::string>());
        if (indicator == nullptr) continue;
        const auto file = entry.at("file").get<std::string>(), series = entry.at("series").get<std::string>();
        SCOPED_TRACE(file);
        if (!tables.contains(file)) tables[file] = read_golden(file);
        if (!tables.contains(series)) tables[series] = read_golden(series);
        const GoldenBars golden = golden_bars(tables[series]);
        // Long series are stored in full, their columns up to a row: later bars must not matter.
        ASSERT_GE(tables[series].rows(), tables[file].rows());
        ASSERT_EQ(tables[file].rows(), entry.at("rows").get<std::size_t>());
        ASSERT_EQ(tables[file].ts.back(), tables[series].ts[tables[file].rows() - 1]);
        for (const Json& column : entry.at("columns")) {
            check_column(*indicator, golden, tables[file], column, tallies[std::string(indicator->name)]);
        }
    }
    Tally all;
    for (const auto& [name, tally] : tallies) {
        std::printf("golden talib: %-10s %d/%d\n", name.c_str(), tally.passed, tally.total);
        all.passed += tally.passed;
        all.total += tally.total;
        all.exempt += tally.exempt;
    }
    std::printf("golden talib: %d/%d, exempt %d\n", all.passed, all.total, all.exempt);
    // Indicators that are not TA-Lib's have golden numbers of their own.
    const std::set<std::string_view> others{"donchian", "vwap"};
    for (const Indicator* indicator : all_indicators()) {
        const bool compared = tallies.contains(std::string(indicator->name));
        EXPECT_NE(compared, others.contains(indicator->name)) << indicator->name;
    }
    EXPECT_EQ(all.passed, expected_columns);
    EXPECT_EQ(all.total, expected_columns);
    EXPECT_EQ(all.exempt, expected_exempt);
}

}  // namespace
}  // namespace evolve::test
