// Identities of people and strategies.
#pragma once

#include <array>
#include <cstdint>

namespace evolve {

using Uuid = std::array<std::uint8_t, 16>;  // as PostgreSQL stores and orders it

}  // namespace evolve
