// Shared by the tests of the loader.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/series/bars_check.hpp"
#include "core/series/import.hpp"

// In a test's body: skips it where the data folder is not there.
#define EVOLVE_NEED_DATA()                                                                                             \
    if (!std::filesystem::exists(EVOLVE_DATA_DIR)) {                                                                   \
        GTEST_SKIP() << "the data folder EVOLVE_DATA_DIR is missing: real files not read (" << EVOLVE_DATA_DIR << ")"; \
    }                                                                                                                  \
    static_assert(true)

namespace evolve::test {

// Sum of the rows of a kind.
inline std::size_t rows_of(const std::vector<Finding>& report, FindingKind kind) {
    std::size_t rows = 0;
    for (const Finding& finding : report) rows += finding.kind == kind ? finding.rows : 0;
    return rows;
}

// Number of findings of a kind.
inline std::size_t count_of(const std::vector<Finding>& report, FindingKind kind) {
    std::size_t count = 0;
    for (const Finding& finding : report) count += finding.kind == kind ? 1 : 0;
    return count;
}

// The n-th finding of a kind.
inline Finding finding_of(const std::vector<Finding>& report, FindingKind kind, std::size_t n = 0) {
    for (const Finding& finding : report) {
        if (finding.kind == kind && n-- == 0) return finding;
    }
    ADD_FAILURE() << "no such finding: " << to_string(kind);
    return {kind, 0, "", 0};
}

// "accepted 142, blank 1": the rows of every kind that is there, in the order of the report.
inline std::string summary(const std::vector<Finding>& report) {
    std::string text;
    for (std::size_t k = 0; k < finding_kinds; ++k) {
        const auto kind = static_cast<FindingKind>(k);
        if (count_of(report, kind) == 0) continue;
        text += (text.empty() ? "" : ", ") + std::string(to_string(kind)) + " " + std::to_string(rows_of(report, kind));
    }
    return text;
}

inline std::size_t accounted_rows(const std::vector<Finding>& report) {
    std::size_t rows = rows_of(report, FindingKind::accepted);
    for (const Finding& finding : report) rows += is_refusal(finding.kind) ? finding.rows : 0;
    return rows;
}

inline Bar bar_at(const Bars& bars, std::size_t i) {
    return {bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]};
}

// What the loader promises about every file.
inline void expect_clean(const ImportResult& result) {
    const Bars& bars = result.bars;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        ASSERT_EQ(bar_fault(bar_at(bars, i)), "") << describe_bar_fault(bar_at(bars, i));
        if (i > 0) {
            ASSERT_LT(bars.ts[i - 1], bars.ts[i]);
        }
    }
    EXPECT_EQ(rows_of(result.report, FindingKind::accepted), bars.size());
}

}  // namespace evolve::test
