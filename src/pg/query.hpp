// Queries through SPI, with parameters, inside the boundary.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/uuid.hpp"
#include "core/series/bars.hpp"
#include "pg/boundary.hpp"

namespace evolve::pg {

// One row of the current result; columns from 1.
class Row {
public:
    Row(HeapTuple tuple, TupleDesc descriptor) : tuple_(tuple), descriptor_(descriptor) {}
    bool is_null(int column) const;
    std::string text(int column) const;
    std::int64_t int8(int column) const;
    bool boolean(int column) const;

private:
    Datum get(int column, bool& null) const;
    HeapTuple tuple_;
    TupleDesc descriptor_;
};

// A parameter: NULL, text, or timestamp of the core.
using SqlParameter = std::variant<std::monostate, std::string, Timestamp>;

// What the statements of a Query see and may do: read what the calling statement sees, or write and see what is
// committed at the start of each statement (as a volatile function does). A procedure writes and commits.
enum class Access : std::uint8_t { read, write, procedure };

// The schema that a function lies in, quoted, in the server's encoding: for statements that call others beside it.
std::string schema_of(Oid function);

// An SPI connection as long as the object lives. When an error passes through, PostgreSQL's abort handling ends it.
class Query {
public:
    explicit Query(Access access = Access::read);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    // Runs a statement, $1 … bound, and calls `visit` for each row.
    void each_row(const char* sql, std::initializer_list<SqlParameter> parameters,
                  const std::function<void(const Row&)>& visit) const;
    // Streams six columns (timestamptz, float8 × 5), in whatever order the rows come, into `bars`, which end up
    // ascending. Every bar is checked: no NULL, no fault, no second one of its time.
    void read_bars(const char* sql, std::initializer_list<SqlParameter> parameters, const std::string& series_name,
                   Bars& bars) const;
    // Streams rows of two uuids, neither NULL, to `visit`, which may throw.
    void read_id_pairs(const char* sql, const std::function<void(const Uuid&, const Uuid&)>& visit) const;
    // Commits and begins the next transaction; for Access::procedure. When that fails the next one has begun all the
    // same, and the error is thrown.
    void commit() const;
    // True when evolve_migrate() has made the tables.
    bool schema_is_ready() const;
    // Throws what tells the user to call evolve_migrate() when it has not.
    void require_schema() const;

private:
    void execute(const char* sql, std::initializer_list<SqlParameter> parameters, DestReceiver* receiver) const;

    bool read_only_;
    int uncaught_;
};

}  // namespace evolve::pg
