// evolve_settle_trade() and evolve_royalty(): what a trade owes, posted and shown.
#include <array>

#include "core/royalty/terms.hpp"
#include "pg/as_owner.hpp"
#include "pg/boundary.hpp"
#include "pg/kept_statement.hpp"
#include "pg/query.hpp"
#include "pg/royalty_values.hpp"
#include "pg/settlement_rows.hpp"
#include "pg/settlement_terms.hpp"

extern "C" {
#include "access/xact.h"
}

using namespace evolve;
using namespace evolve::pg;

namespace {

SqlValue some(Datum value) { return {value, false}; }
SqlValue sql_text(std::string_view utf8) { return some(text_datum(utf8)); }

SqlValue argument(FunctionCallInfo fcinfo, int index) {
    return {.value = fcinfo->args[index].value, .is_null = fcinfo->args[index].isnull};
}

// An id that is plainly right; the function in SQL looks at the others and says what is wrong.
bool plain_id(const std::string& id) {
    return !id.empty() && id.size() <= 200 && id.find_first_not_of(' ') != std::string::npos;
}

void check_arguments(FunctionCallInfo fcinfo) {
    const Oid function = fcinfo->flinfo->fn_oid;
    const SqlValue options = argument(fcinfo, 6);
    const bool none = !options.is_null && call([&] {
        const Jsonb* const json = DatumGetJsonbP(options.value);
        return JB_ROOT_IS_OBJECT(json) && JB_ROOT_COUNT(json) == 0;
    });
    constexpr std::array<Oid, 1> json{JSONBOID}, name{TEXTOID};
    if (!none)
        run_statement("SELECT " + schema_of(function) + "._evolve_royalty_options($1, '{policy}')", {&options, 1},
                      json);
    const SqlValue id = argument(fcinfo, 0);
    if (id.is_null || !plain_id(text_value(id.value)))
        run_statement("SELECT " + schema_of(function) + "._evolve_require_id($1, 'trade_id')", {&id, 1}, name);
    if (PG_ARGISNULL(4))
        throw Error(ErrorCode::invalid_option, "a trade needs traded_by", {},
                    "The user who made it, and who owes the royalty.");
}

SqlValue policy_option(FunctionCallInfo fcinfo) {
    return call([&] {
        const JsonbValue* const found = getKeyJsonValueFromContainer(&PG_GETARG_JSONB_P(6)->root, "policy", 6, nullptr);
        if (found == nullptr || found->type != jbvString) return SqlValue{};
        return SqlValue{PointerGetDatum(cstring_to_text_with_len(found->val.string.val, found->val.string.len)), false};
    });
}

// The columns of what the function returns, found out once.
TupleDesc result_columns(FunctionCallInfo fcinfo) {
    static Oid function = InvalidOid;
    static TupleDesc known = nullptr;
    if (function != fcinfo->flinfo->fn_oid)
        call([&] {
            TupleDesc columns = nullptr;
            if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
                elog(ERROR, "function returning record called in context that cannot accept type record");
            MemoryContext const caller = MemoryContextSwitchTo(TopMemoryContext);
            TupleDesc const kept = BlessTupleDesc(CreateTupleDescCopy(columns));
            MemoryContextSwitchTo(caller);
            if (known != nullptr) FreeTupleDesc(known);
            known = kept;
            function = fcinfo->flinfo->fn_oid;
        });
    return known;
}

Datum record_of(FunctionCallInfo fcinfo, std::span<const SqlValue> values) {
    std::array<Datum, 8> data{};
    std::array<bool, 8> nulls{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        data[i] = values[i].value;
        nulls[i] = values[i].is_null;
    }
    TupleDesc const columns = result_columns(fcinfo);
    return call([&] {
        HeapTuple const row = heap_form_tuple(columns, data.data(), nulls.data());
        return HeapTupleHeaderGetDatum(SPI_returntuple(row, columns));
    });
}

// The settlement that is there; an error when it is another one.
Datum settled_before(FunctionCallInfo fcinfo) {
    std::array<SqlValue, 7> values;
    for (int i = 0; i < 7; ++i) values[static_cast<std::size_t>(i)] = argument(fcinfo, i);
    constexpr std::array<Oid, 7> types{TEXTOID, UUIDOID, NUMERICOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, JSONBOID};
    const SPITupleTable* const table = run_statement(
        "SELECT * FROM " + schema_of(fcinfo->flinfo->fn_oid) + "._evolve_settled_trade($1, $2, $3, $4, $5, $6, $7)",
        values, types);
    return call([&] { return HeapTupleHeaderGetDatum(SPI_returntuple(table->vals[0], table->tupdesc)); });
}

}  // namespace

// (trade_id, strategy_id, profit, currency, traded_by, closed_at, options): event_id, settled, royalty, platform_fee,
// net_amount, reason. As the owner of the tables: as_owner.cpp says why.
EVOLVE_FUNCTION(evolve_settle_trade) {
    const evolve::pg::Query connection;
    connection.require_schema();
    const ActAs owner(owner_of_tables());
    check_arguments(fcinfo);
    const SqlValue closed = argument(fcinfo, 5);
    const Trade trade{.event_key = sql_text("trade " + text_value(fcinfo->args[0].value)),
                      .strategy = argument(fcinfo, 1),
                      .profit = argument(fcinfo, 2),
                      .currency = argument(fcinfo, 3),
                      .trader = argument(fcinfo, 4),
                      .day = closed.is_null ? TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()) : closed.value,
                      .policy = policy_option(fcinfo),
                      .posting = true,
                      .function = fcinfo->flinfo->fn_oid};
    const Terms terms = terms_of(trade);
    if (terms.settled) return settled_before(fcinfo);
    const std::optional<Settlement> posted = post_settlement(trade, terms, argument(fcinfo, 0), closed);
    if (!posted) return settled_before(fcinfo);
    const int places = terms.amount == 0 ? 0 : terms.decimals;
    const std::array<SqlValue, 6> values{some(Int64GetDatum(posted->event_id)),
                                         some(BoolGetDatum(true)),
                                         posted->amount,
                                         some(numeric_datum(posted->fee, places)),
                                         some(numeric_datum(posted->net, places)),
                                         posted->reason};
    return record_of(fcinfo, values);
}

// (strategy_id, profit, currency, traded_by, closed_at, policy, trade_id): a row for each who would get something.
EVOLVE_FUNCTION(_evolve_royalty_preview) {
    const std::string event = text_arg(fcinfo, 6);
    require_arg(fcinfo, 4);
    RowWriter rows(fcinfo);
    const evolve::pg::Query connection;
    const Terms terms = terms_of({.event_key = {},
                                  .strategy = argument(fcinfo, 0),
                                  .profit = argument(fcinfo, 1),
                                  .currency = argument(fcinfo, 2),
                                  .trader = argument(fcinfo, 3),
                                  .day = fcinfo->args[4].value,
                                  .policy = argument(fcinfo, 5),
                                  .posting = false,
                                  .function = fcinfo->flinfo->fn_oid});
    if (terms.exemption != Exemption::none) {
        const std::string why(to_text(terms.exemption));
        call([&] { ereport(NOTICE, (errmsg("no royalty: %s", why.c_str()))); });
        return Datum{0};
    }
    const std::vector<RoyaltyLine> lines = royalty_lines(terms.amount, terms.payees, event);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Share& share = terms.shares[i];
        Datum values[7] = {PointerGetDatum(share.person.data()),
                           text_datum(role_of(share.level)),
                           Int32GetDatum(share.level),
                           numeric_datum(share.share, 9),
                           numeric_datum(lines[i].gross, terms.decimals),
                           numeric_datum(lines[i].fee, terms.decimals),
                           numeric_datum(lines[i].net, terms.decimals)};
        bool nulls[7] = {};
        rows.write(values, nulls);
    }
    return Datum{0};
}
