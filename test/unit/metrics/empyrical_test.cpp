// empyrical's own test suite, for the functions that we have.
#include "metrics_support.hpp"

namespace evolve::test {
namespace {

class Suite {
public:
    explicit Suite(const nlohmann::json& golden) : series_(golden.at("series")) {}

    // A series of the suite by name, or a plain number as an endless one.
    std::vector<double> series(const nlohmann::json& arg, std::size_t length = 0) const {
        if (arg.is_number()) return std::vector<double>(length, arg.get<double>());
        std::vector<double> result;
        for (const auto& value : series_.at(arg.at("series").get<std::string>()))
            result.push_back(golden_number(value));
        return result;
    }

private:
    nlohmann::json series_;
};

std::vector<double> without_nan(const std::vector<double>& values) {
    std::vector<double> result;
    for (const double value : values)
        if (!std::isnan(value)) result.push_back(value);
    return result;
}

std::vector<double> nan_as_zero(std::vector<double> values) {
    for (double& value : values)
        if (std::isnan(value)) value = 0;
    return values;
}

// Dates end together: the shorter series lacks the first ones. Pairs with an unknown are dropped.
std::pair<std::vector<double>, std::vector<double>> aligned(const std::vector<double>& a,
                                                            const std::vector<double>& b) {
    std::pair<std::vector<double>, std::vector<double>> result;
    const std::size_t n = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < n; ++i) {
        const double x = a[a.size() - n + i], y = b[b.size() - n + i];
        if (std::isnan(x) || std::isnan(y)) continue;
        result.first.push_back(x);
        result.second.push_back(y);
    }
    return result;
}

double per_year_of(const nlohmann::json& args) {
    const std::string period = args.value("period", "daily");
    return period == "daily" ? 252 : period == "weekly" ? 52 : period == "monthly" ? 12 : 1;
}

// Ours for one case; false when the suite tests something that we do not have.
bool ours(const Suite& suite, const nlohmann::json& one, std::vector<double>& result, std::string& column) {
    const std::string function = one.at("function");
    const auto& args = one.at("args");
    if (!args.contains("returns")) return false;
    // A missing return: the suite counts it as a period without change in these, and drops it elsewhere. Our returns
    // are never missing; the case is kept for its other eight numbers.
    const bool counts_missing =
        function == "annual_return" || function == "cagr" || function == "calmar_ratio" || function == "tail_ratio";
    const std::vector<double> raw = suite.series(args.at("returns")),
                              returns = counts_missing ? nan_as_zero(raw) : without_nan(raw);
    const double per_year = per_year_of(args);
    const auto excess = [&](const char* over) {
        const auto [x, y] = aligned(raw, suite.series(args.at(over), raw.size()));
        std::vector<double> difference = x;
        for (std::size_t i = 0; i < x.size(); ++i) difference[i] -= y[i];
        return difference;
    };
    const auto regression = [&] {
        const auto [x, y] = aligned(raw, suite.series(args.at("benchmark")));
        const Regression line = regress(x, y);
        return std::pair(std::pow(1 + line.alpha, 252) - 1, line.beta);
    };
    if (function == "cum_returns_final") {
        const double start = args.at("starting_value");
        result = {start == 0 ? compound(returns) : start * (1 + compound(returns))}, column = "total_return";
    } else if (function == "max_drawdown") {
        result = {made_of_returns(returns, per_year).metrics().max_drawdown}, column = "max_drawdown";
    } else if (function == "annual_return" || function == "cagr") {
        result = {annual_growth(1 + compound(returns), returns.size(), per_year)}, column = "cagr";
    } else if (function == "annual_volatility") {
        result = {volatility(returns, per_year)}, column = "volatility";
    } else if (function == "calmar_ratio") {
        result = {made_of_returns(returns, per_year).metrics().calmar_ratio}, column = "calmar_ratio";
    } else if (function == "omega_ratio") {
        const double annual = args.at("required_return");
        result = {annual <= -1 ? undefined : omega_ratio(excess("risk_free"), per_period_rate(annual, 252))},
        column = "omega_ratio";
    } else if (function == "sharpe_ratio") {
        result = {sharpe_ratio(excess("risk_free"), 0, 252)}, column = "sharpe_ratio";
    } else if (function == "downside_risk") {
        result = {downside_deviation(excess("required_return"), 0, per_year)}, column = "sortino_ratio";
    } else if (function == "sortino_ratio") {
        result = {sortino_ratio(excess("required_return"), 0, per_year)}, column = "sortino_ratio";
    } else if (function == "excess_sharpe") {
        const auto [x, y] = aligned(raw, suite.series(args.at("factor_returns"), raw.size()));
        result = {information_ratio(x, y, 1)}, column = "information_ratio";
    } else if (function == "alpha_beta") {
        result = {regression().first, regression().second}, column = "alpha";
    } else if (function == "alpha") {
        result = {regression().first}, column = "alpha";
    } else if (function == "beta") {
        result = {regression().second}, column = "beta";
    } else if (function == "tail_ratio") {
        result = {tail_ratio(returns)}, column = "tail_ratio";
    } else {
        return false;
    }
    return true;
}

TEST(Oracles, EmpyricalSuite) {
    EVOLVE_NEED_GOLDEN();
    const auto golden = golden_metrics("empyrical_suite.json");
    const Suite suite(golden);
    std::size_t compared = 0, chosen_otherwise = 0;
    for (const auto& one : golden.at("cases")) {
        std::vector<double> actual;
        std::string column;
        if (!ours(suite, one, actual, column)) continue;
        SCOPED_TRACE(one.dump());
        ++compared;
        // One period is no basis of a year: undefined here, 11.27 there.
        if (one.at("function") == "cagr" && one.at("args").at("returns").at("series") == "one_return") {
            EXPECT_TRUE(std::isnan(actual[0]));
            ++chosen_otherwise;
            continue;
        }
        const auto& expected = one.at("expected");
        for (std::size_t i = 0; i < actual.size(); ++i) {
            const double want = golden_number(expected.is_array() ? expected.at(i) : expected);
            // The suite writes these to four places, everything else to eight.
            const double tolerance = one.at("function") == "cum_returns_final" ? 5e-5 : 1e-8;
            Tally::get().check(i == 1 ? "beta" : column, actual[i], want, 0, "empyrical's suite", tolerance);
        }
    }
    std::printf("empyrical suite: %zu cases of functions that we have, %zu chosen otherwise\n", compared,
                chosen_otherwise);
    EXPECT_EQ(compared, 84u);
    EXPECT_EQ(chosen_otherwise, 1u);
}

}  // namespace
}  // namespace evolve::test
