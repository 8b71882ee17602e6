// Arbitrary bytes as a file of bars: whatever comes out is clean, and every row is accounted for.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/series/bars_check.hpp"
#include "core/series/csv.hpp"
#include "core/series/import.hpp"

namespace {

using namespace evolve;

void require(bool holds) {
    if (!holds) std::abort();
}

// The first two bytes choose timeframe and options: most of the text stays a plain file.
ImportOptions options_of(unsigned bits) {
    ImportOptions options;
    options.on_duplicate = static_cast<OnDuplicate>(bits % 3);
    options.date_order = static_cast<DateOrder>(bits / 3 % 3);
    options.timezone_offset_minutes = (bits & 32u) != 0 ? -300 : 0;
    options.max_details = (bits & 64u) != 0 ? 20 : 1;
    if ((bits & 128u) != 0) {
        for (std::size_t c = 0; c < options.columns.size(); ++c) options.columns[c].number = c + 1;
    }
    return options;
}

void check(const ImportResult& result) {
    const Bars& bars = result.bars;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        require(
            bar_fault({bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i]}).empty());
        require(i == 0 || bars.ts[i - 1] < bars.ts[i]);
    }
    std::size_t accepted = 0;
    for (const Finding& finding : result.report) {
        if (finding.kind == FindingKind::accepted) accepted += finding.rows;
        for (const char c : finding.detail) require(static_cast<unsigned char>(c) >= 0x20);
    }
    require(accepted == bars.size());
}

std::size_t filled_lines(std::string_view text) {
    std::size_t count = 0;
    for (CsvLines lines(text); lines.next();) count += trim_blanks(lines.line()).empty() ? 0 : 1;
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto timeframe = static_cast<Timeframe>(data[0] % all_timeframes().size());
    const ImportOptions options = options_of(data[1]);
    const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
    try {
        const ImportResult result = import_bars(text, timeframe, options);
        check(result);
        std::size_t rows = 0;
        for (const Finding& finding : result.report) {
            const bool counts = finding.kind == FindingKind::accepted || finding.kind == FindingKind::banner ||
                                is_refusal(finding.kind);
            rows += counts ? finding.rows : 0;
        }
        const std::size_t header = (data[1] & 128u) != 0 ? 0 : 1;
        require(rows + header == filled_lines(text));
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_bars);
        require(!error.hint().empty());
    }
    return 0;
}
