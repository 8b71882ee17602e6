// The arithmetic of numeric steps and the comparisons that make bitmaps of them.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/control.hpp"
#include "core/engine/bitmap.hpp"
#include "core/engine/program.hpp"
#include "core/simd/kernels.hpp"

namespace evolve {

// An operand's values: a column seen `lag` bars late, or a constant (column empty).
struct Values {
    std::span<const double> column = {};
    std::size_t lag = 0;
    double constant = 0;
    bool is_constant() const { return column.empty(); }
};

// out[t] = a[t - lag] op b[t - lag]; NaN where an operand is unknown or not yet there, and where the result is not
// finite (a division by zero, an overflow). Unary kinds read `a` alone; `lagged` copies it.
// Throws Error(interrupted).
void compute_column(Step::Kind kind, const Values& a, const Values& b, std::span<double> out, const Control& control);

// hl2, hlc3, ohlc4.
void compute_price_series(PriceSeries series, const BarsView& bars, std::span<double> out, const Control& control);

// Bit t: the relation of a[t - lag] to b[t - lag], false where one of them is unknown or not yet there. Works on the
// words [first_word, last_word) of bitmaps of `bars` bars; all relations that are asked for in one pass over the
// values.
void compare_columns(const Values& a, const Values& b, std::size_t bars, const RelationBits& out,
                     std::size_t first_word, std::size_t last_word);

}  // namespace evolve
