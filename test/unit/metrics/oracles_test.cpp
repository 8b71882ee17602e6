// Return metrics against other people's programs: peers.json (empyrical, quantstats, vectorbt), PerformanceAnalytics,
// scipy, the empyrical test suite, Bacon's textbook. Only figures of the definitions that docs/metrics.md chooses are
// compared; where a peer has another definition or gives infinity, docs/metrics.md says so.
#include <functional>

#include "metrics_support.hpp"

namespace evolve::test {
namespace {

// The inputs that peers.json, performanceanalytics.json and scipy_stats.json describe by name.
Made made_case(const std::string& name) {
    const auto closes = [](const char* file) { return read_golden(std::string("series/") + file + ".csv")["close"]; };
    const std::vector<double> rise{0.01, 0.02, 0.01, 0.03, 0.01}, fall{-0.01, -0.02, -0.01, -0.03, -0.01};
    if (name == "goog_1d.vs.orcl_1d" || name == "goog_1d")
        return made_of_returns(changes_of(closes("goog_1d")), 252, changes_of(closes("orcl_1d")));
    if (name == "btcusd_1mo") return made_of_returns(changes_of(closes("btcusd_1mo")), 12);
    if (name == "toy8")
        return made_of_returns({0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1}, 252,
                               {0, 0.01, 0, 0.01, 0, 0.01, 0, 0.01});
    if (name == "first_bar_loss") return made_of_returns({-0.2, 0.1, 0.1, -0.05, 0.3}, 252);
    if (name == "all_positive") return made_of_returns(rise, 252);
    if (name == "no_wins") return made_of_returns(fall, 252);
    if (name == "zeros") return made_of_returns(std::vector<double>(10, 0.0), 252);
    if (name == "constant") return made_of_returns(std::vector<double>(10, 0.01), 252);
    if (name == "one") return made_of_returns({0.01}, 252);
    if (name == "two") return made_of_returns({0.01, -0.02}, 252);
    if (name == "ruin") return made_of_returns({0.1, -1, 0.1}, 252);
    throw std::runtime_error("unknown case " + name);
}

using Convert = std::function<double(double)>;
double same(double x) { return x; }
double minus(double x) { return 0 - x; }

struct Oracle {
    const char* column;
    const char* program;
    const char* key;
    Convert convert = same;
};

// A peer's figure that our definition leaves undefined, or the other way round: named, with the reason.
bool is_chosen_otherwise(const std::string& name, const Oracle& oracle) {
    const std::string column = oracle.column, program = oracle.program;
    if (name == "one" && (column == "cagr" || column == "calmar_ratio"))
        return true;  // one period is no basis of a year
    // vectorbt starts drawdowns after the first return, the others at the base.
    if (program == "vectorbt" && (name == "first_bar_loss" || name == "no_wins") &&
        (column == "max_drawdown" || column == "calmar_ratio"))
        return true;
    // Deviation 0: undefined, where peers divide rounding by rounding.
    if (name == "constant" && (column == "sharpe_ratio" || column == "skewness" || column == "kurtosis" ||
                               column == "t_stat" || column == "p_value"))
        return true;
    if (name == "zeros" && program == "quantstats" && (column == "skewness" || column == "kurtosis"))
        return true;  // pandas: 0
    // PerformanceAnalytics refuses a loss that would be a gain; the others report it negative, as we do.
    if ((name == "all_positive" || name == "constant") && program == "PerformanceAnalytics" &&
        (column == "var_95" || column == "cvar_95"))
        return true;
    return false;
}

// In "ruin" the peers go on with a return after everything is lost, which no equity can show: there the plain functions
// of returns are compared instead of the columns.
double value_for(const std::string& name, const Metrics& metrics, const std::string& column) {
    if (name != "ruin") return value_of(metrics, column);
    const std::vector<double> returns{0.1, -1, 0.1};
    if (column == "volatility") return volatility(returns, 252);
    if (column == "sharpe_ratio") return sharpe_ratio(returns, 0, 252);
    if (column == "sortino_ratio") return sortino_ratio(returns, 0, 252);
    if (column == "omega_ratio") return omega_ratio(returns, 0);
    if (column == "tail_ratio") return tail_ratio(returns);
    if (column == "var_95") return value_at_risk(returns, 0.05);
    if (column == "cvar_95") return expected_shortfall(returns, 0.05);
    if (column == "skewness") return skewness_adjusted(returns);
    return value_of(metrics, column);
}

void compare(const std::string& name, const nlohmann::json& programs, const std::vector<Oracle>& oracles) {
    SCOPED_TRACE(name);
    const Metrics metrics = made_case(name).metrics();
    for (const Oracle& oracle : oracles) {
        if (!programs.contains(oracle.program)) continue;
        const nlohmann::json& figures = programs.at(oracle.program);
        if (!figures.contains(oracle.key) || is_chosen_otherwise(name, oracle)) continue;
        const double expected = golden_number(figures.at(oracle.key));
        // 1e-9: returns go through an equity and back.
        Tally::get().check(oracle.column, value_for(name, metrics, oracle.column),
                           std::isnan(expected) ? expected : oracle.convert(expected), 1e-9,
                           std::string(oracle.program) + " " + oracle.key);
    }
}

TEST(Oracles, Peers) {
    EVOLVE_NEED_GOLDEN();
    const auto golden = golden_metrics("peers.json");
    std::size_t cases = 0;
    for (const auto& one : golden.at("cases")) {
        const double root = std::sqrt(one.at("periods_per_year").get<double>());
        const std::vector<Oracle> oracles{
            {"total_return", "empyrical", "total_return"},
            {"total_return", "quantstats", "comp"},
            {"total_return", "vectorbt", "total_return"},
            {"cagr", "empyrical", "annual_return"},
            {"cagr", "quantstats", "cagr"},
            {"cagr", "vectorbt", "annual_return"},
            {"volatility", "empyrical", "annual_volatility"},
            {"volatility", "quantstats", "volatility"},
            {"volatility", "vectorbt", "annual_volatility"},
            {"sharpe_ratio", "empyrical", "sharpe"},
            {"sharpe_ratio", "quantstats", "sharpe"},
            {"sortino_ratio", "empyrical", "sortino"},
            {"sortino_ratio", "quantstats", "sortino"},
            {"sortino_ratio", "vectorbt", "sortino"},
            {"calmar_ratio", "empyrical", "calmar"},
            {"calmar_ratio", "quantstats", "calmar"},
            {"calmar_ratio", "vectorbt", "calmar"},
            {"omega_ratio", "empyrical", "omega0"},
            {"omega_ratio", "quantstats", "omega0"},
            {"omega_ratio", "vectorbt", "omega0"},
            {"max_drawdown", "empyrical", "max_drawdown"},
            {"max_drawdown", "quantstats", "max_drawdown"},
            {"max_drawdown", "vectorbt", "max_drawdown"},
            {"tail_ratio", "empyrical", "tail_ratio"},
            {"tail_ratio", "quantstats", "tail_ratio"},
            {"tail_ratio", "vectorbt", "tail_ratio"},
            {"var_95", "empyrical", "value_at_risk_5pct", minus},
            {"var_95", "vectorbt", "value_at_risk", minus},
            {"cvar_95", "empyrical", "cvar_5pct", minus},
            {"cvar_95", "vectorbt", "cvar", minus},
            {"skewness", "quantstats", "skew"},
            {"kurtosis", "quantstats", "kurtosis"},
            {"beta", "empyrical", "beta"},
            {"beta", "quantstats", "beta"},
            {"beta", "vectorbt", "beta"},
            {"alpha", "empyrical", "alpha"},
            {"alpha", "vectorbt", "alpha"},
            {"information_ratio", "empyrical", "excess_sharpe", [root](double x) { return x * root; }},
            {"information_ratio", "vectorbt", "information_ratio", [root](double x) { return x * root; }},
            {"ulcer_index", "numpy_reference_ours", "ulcer_n"},
            {"t_stat", "numpy_reference_ours", "t_stat_mean"},
            {"p_value", "numpy_reference_ours", "p_two_sided_t"},
        };
        compare(one.at("name"), one.at("results"), oracles);
        ++cases;
    }
    EXPECT_EQ(cases, 11u);
}

TEST(Oracles, PerformanceAnalytics) {
    EVOLVE_NEED_GOLDEN();
    const auto golden = golden_metrics("performanceanalytics.json");
    for (const auto& one : golden.at("cases")) {
        const double per_year = one.at("periods_per_year"), root = std::sqrt(per_year);
        const char* pa = "PerformanceAnalytics";
        const nlohmann::json programs = {{pa, one.at("results")}};
        compare(one.at("name"), programs,
                {{"total_return", pa, "Return.cumulative"},
                 {"cagr", pa, "Return.annualized.geo"},
                 {"volatility", pa, "StdDev.annualized"},
                 {"sharpe_ratio", pa, "SharpeRatio.annualized.arith"},
                 {"sortino_ratio", pa, "SortinoRatio.per_period", [root](double x) { return x * root; }},
                 {"calmar_ratio", pa, "CalmarRatio"},
                 {"omega_ratio", pa, "Omega0"},
                 {"max_drawdown", pa, "maxDrawdown", minus},
                 {"ulcer_index", pa, "UlcerIndex"},
                 {"var_95", pa, "VaR.historical", minus},
                 {"cvar_95", pa, "ES.historical", minus},
                 {"skewness", pa, "skewness.fisher"},
                 {"kurtosis", pa, "kurtosis.sample_excess"},
                 {"beta", pa, "CAPM.beta"},
                 {"alpha", pa, "CAPM.alpha_annual_pow"}});
    }
}

TEST(Oracles, Scipy) {
    EVOLVE_NEED_GOLDEN();
    const auto golden = golden_metrics("scipy_stats.json");
    for (const auto& [name, figures] : golden.at("cases").items()) {
        SCOPED_TRACE(name);
        const Made made = made_case(name);
        const Metrics metrics = made.metrics();
        const auto check = [&](const char* column, const nlohmann::json& expected, double sign = 1) {
            Tally::get().check(column, value_of(metrics, column), sign * expected.get<double>(), 1e-9, "scipy");
        };
        check("t_stat", figures.at("ttest_1samp_two-sided").at("t"));
        check("p_value", figures.at("ttest_1samp_two-sided").at("p"));
        check("skewness", figures.at("skew_bias_false"));
        check("kurtosis", figures.at("kurtosis_fisher_bias_false"));
        check("var_95", figures.at("percentiles_linear").at("5"), -1);
        // The plain functions, on the returns themselves.
        const auto returns = changes_of(made.backtest.equity);
        EXPECT_NEAR(mean(returns), figures.at("mean").get<double>(), 1e-14);
        EXPECT_NEAR(standard_deviation(returns), figures.at("sd_ddof1").get<double>(), 1e-13);
        EXPECT_NEAR(skewness_population(returns), figures.at("skew_bias_true").get<double>(), 1e-9);
        EXPECT_NEAR(kurtosis_population(returns), figures.at("kurtosis_pearson").get<double>(), 1e-8);
        for (const auto& [percent, value] : figures.at("percentiles_linear").items())
            EXPECT_NEAR(quantile(returns, std::stod(percent) / 100), value.get<double>(), 1e-12) << percent;
    }
    const auto& line = golden.at("ols").at("goog_1d_on_orcl_1d");
    const Made made = made_case("goog_1d");
    const Regression ours = regress(changes_of(made.backtest.equity), changes_of(made.benchmark));
    EXPECT_NEAR(ours.alpha, line.at("alpha_per_period").get<double>(), 1e-12);
    EXPECT_NEAR(ours.beta, line.at("beta").get<double>(), 1e-10);
}

TEST(Oracles, BaconsTextbook) {
    EVOLVE_NEED_GOLDEN();
    const auto golden = golden_metrics("bacon_textbook.json");
    const std::vector<double> returns = read_golden("metrics/bacon_returns.csv").columns.at(0);
    ASSERT_EQ(returns.size(), 24u);
    const Made made = made_of_returns(returns, 12);
    const Metrics metrics = made.metrics();
    const std::map<std::string, double> ours{
        {"downside_deviation MAR .5%/month (full n)", downside_deviation(returns, 0.005, 1)},
        {"kappa_2 = sortino per period MAR .5%", sortino_ratio(returns, 0.005, 1)},
        {"omega_sharpe MAR .5%", omega_ratio(returns, 0.005) - 1},
        {"bernardo_ledoit = omega(0) = gain/loss = profit factor of periods", metrics.omega_ratio},
        {"ulcer-based Martin ratio", metrics.cagr / metrics.ulcer_index},
        {"kurtosis sample excess", metrics.kurtosis}};
    std::size_t compared = 0;
    for (const auto& example : golden.at("examples")) {
        const auto place = ours.find(example.at("function").get<std::string>());
        if (place == ours.end()) continue;
        EXPECT_NEAR(place->second, example.at("published").get<double>(), example.at("abs_tol").get<double>())
            << place->first;
        EXPECT_NEAR(place->second, example.at("recomputed").get<double>(), 1e-9) << place->first;
        ++compared;
    }
    EXPECT_EQ(compared, ours.size());
}

}  // namespace
}  // namespace evolve::test
