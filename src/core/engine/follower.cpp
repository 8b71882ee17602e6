#include "core/engine/follower.hpp"

namespace evolve {

std::array<Holding, 2> holdings_of(const Round& round, const RoundTrip& trip) {
    return {{{.first = trip.flat_from, .last = round.entry_bar, .cash = trip.cash_before, .units = 0},
             {.first = round.entry_bar, .last = round.exit_bar, .cash = trip.cash_held, .units = trip.units}}};
}

Trade trade_of(const Round& round, const RoundTrip& trip) {
    return {.side = round.side,
            .exit_reason = trip.exit_reason,
            .entry_bar = round.entry_bar,
            .exit_bar = round.exit_bar,
            .entry_price = round.entry_price,
            .exit_price = trip.exit_price,
            .size = trip.size,
            .fees = trip.fees,
            .pnl = trip.pnl,
            .return_fraction = trip.pnl / trip.entry_value};
}

}  // namespace evolve
