// A statement that is planned once a session: for calls that come by the thousand.
#pragma once

#include <span>
#include <string>

#include "pg/boundary.hpp"
#include "pg/values.hpp"

namespace evolve::pg {

// Lives as long as the session, in static memory; so do the text and the types. The plan is one for all values. What
// it names is looked up again when that changes: names must be qualified, operators too (search_path is the caller's).
class KeptStatement {
public:
    constexpr KeptStatement(const char* sql, std::span<const Oid> types) : sql_(sql), types_(types) {}

    // Runs it on the SPI connection that is open, a value for each type; it sees what is committed by now.
    SPITupleTable* run(std::span<const SqlValue> values) const;

private:
    const char* sql_;
    std::span<const Oid> types_;
    mutable SPIPlanPtr plan_ = nullptr;
};

// A statement that is planned each time, for what is rare; it sees what is committed by now.
SPITupleTable* run_statement(const std::string& sql, std::span<const SqlValue> values, std::span<const Oid> types);

}  // namespace evolve::pg
