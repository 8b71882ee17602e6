// A sign of life that others see while a transaction works: the moment of the last sign in application_name.
#pragma once

#include <cstdint>

namespace evolve::pg {

// Until the end of the transaction this session shows "pg_evolve queue: item <item>, alive <milliseconds since 1970>".
void begin_heartbeat(std::int64_t item);

// Renews the sign a few times a second. Called where the engine polls for a cancel, from any thread: only the session's
// own does something.
void beat() noexcept;

}  // namespace evolve::pg
