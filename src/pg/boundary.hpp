// The boundary between C++ and PostgreSQL, in both directions.
//
//   guard(body)  wraps every function that PostgreSQL calls: no C++ exception leaves it.
//   call(body)   wraps one call into PostgreSQL: no ERROR (longjmp) passes over a C++ object; it becomes a PgError.
//
// An exception that left an extern "C" function would end the whole cluster; an ERROR through C++ frames would skip
// their destructors; an ereport inside a catch clause would leak the exception object. Hence: catch, copy what is to
// be said into plain memory, leave the clause, then raise.
#pragma once

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "core/base/error.hpp"
#include "pg/postgres.hpp"

namespace evolve::pg {

// An ERROR of PostgreSQL on its way through C++ frames. Rethrown as it was by guard; never swallowed.
class PgError : public std::exception {
public:
    explicit PgError(ErrorData* data) noexcept : data_(data) {}
    ErrorData* data() const noexcept { return data_; }
    const char* what() const noexcept override { return "PostgreSQL error"; }

private:
    ErrorData* data_;
};

// What a failed body left behind: plain memory only, so that raising it skips no destructor.
struct Failure {
    ErrorData* rethrow = nullptr;
    bool interrupted = false;
    char sqlstate[6] = "XX000";
    char message[1024] = "";
    char detail[512] = "";
    char hint[1024] = "";

    void set(const Error& error) noexcept;
    void set(const char* code, const char* text) noexcept;
};

// Raises the ERROR; call it with no C++ object alive.
[[noreturn]] void raise(Failure& failure);

template <class Body>
Datum guard(Body&& body) {
    Failure failure;
    try {
        return body();
    } catch (const PgError& error) {
        failure.rethrow = error.data();
    } catch (const Error& error) {
        failure.set(error);
    } catch (const std::bad_alloc&) {
        failure.set("53200", "out of memory");
    } catch (const std::exception& error) {
        failure.set("XX000", error.what());
    } catch (...) {
        failure.set("XX000", "unknown C++ exception");
    }
    raise(failure);
}

// Runs `body`, one call into PostgreSQL, and returns its plain result. The body captures by reference, holds no object
// with a destructor and makes none.
template <class Body>
auto call(Body&& body) {
    using Result = decltype(body());
    static_assert(std::is_void_v<Result> || std::is_trivially_copyable_v<Result>,
                  "only plain data crosses the boundary");
    MemoryContext const context = CurrentMemoryContext;
    sigjmp_buf* const outer_jump = PG_exception_stack;
    ErrorContextCallback* const outer_callbacks = error_context_stack;
    sigjmp_buf jump;
    if (sigsetjmp(jump, 0) == 0) {
        PG_exception_stack = &jump;
        if constexpr (std::is_void_v<Result>) {
            body();
            PG_exception_stack = outer_jump;
            error_context_stack = outer_callbacks;
            return;
        } else {
            const Result result = body();
            PG_exception_stack = outer_jump;
            error_context_stack = outer_callbacks;
            return result;
        }
    }
    PG_exception_stack = outer_jump;
    error_context_stack = outer_callbacks;
    MemoryContextSwitchTo(context);
    ErrorData* const data = CopyErrorData();
    FlushErrorState();
    throw PgError(data);
}

}  // namespace evolve::pg

// Defines an SQL-callable function whose body may throw:  EVOLVE_FUNCTION(evolve_version) { …; return datum; }
#define EVOLVE_FUNCTION(name)                                          \
    extern "C" {                                                       \
    PG_FUNCTION_INFO_V1(name);                                         \
    }                                                                  \
    static Datum name##_body(FunctionCallInfo fcinfo);                 \
    extern "C" Datum name(PG_FUNCTION_ARGS) {                          \
        return evolve::pg::guard([&] { return name##_body(fcinfo); }); \
    }                                                                  \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
