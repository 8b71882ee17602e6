// Signs of life that other sessions see while a transaction works: application_name says what it works on and how far
// it is, or when it was last alive.
//
//     pg_evolve run 3: generation 5 of 20, testing 12/50 4s        the part, its items done and in all, seconds in it
//     pg_evolve queue: item 7, alive 1763733333123                 milliseconds since 1970
//
// evolve.progress reads them, and the queue, which takes an item away from a worker that gives no sign.
#pragma once

#include <cstddef>
#include <string_view>

namespace evolve::pg {

// Until the end of the transaction the session gives signs of `work`. What began first in a transaction keeps its name:
// a run's generation is also a cycle.
void begin_heartbeat(std::string_view work);

// From now on the signs say this part, a word of small letters, of the work; total 0: no numbers.
// tell() may be called from any thread (it is the core's Report) and shows with the next beat; enter() shows at once.
void tell(const char* part, std::size_t done, std::size_t total) noexcept;
void enter(const char* part) noexcept;

// Renews the sign a few times a second. Called where the engine polls for a cancel, from any thread: only the session's
// own does something.
void beat() noexcept;

}  // namespace evolve::pg
