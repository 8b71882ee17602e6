#include "pg/settlement_rows.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/royalty/terms.hpp"
#include "pg/boundary.hpp"
#include "pg/event_digest.hpp"
#include "pg/kept_statement.hpp"
#include "pg/plain_table.hpp"
#include "pg/royalty_values.hpp"

extern "C" {
#include "utils/lsyscache.h"
}

namespace evolve::pg {
namespace {

// The columns of an event, once: for the row, for the statement and for the digest.
enum EventColumn : std::uint8_t {
    event_key,
    kind,
    trade_id,
    strategy_id,
    traded_by,
    user_id,
    currency,
    decimals,
    profit,
    closed_at,
    policy_id,
    royalty_base,
    royalty_rate,
    share_set_id,
    fee_plans,
    fee_rates,
    amount,
    cumulative_profit,
    high_water_mark,
    reverses,
    reason,
    created_at,
    created_by,
    digest,
    event_columns
};
constexpr std::array<TableColumn, event_columns> event_shape{{
    {.name = "event_key", .type = TEXTOID},
    {.name = "kind", .type = TEXTOID},
    {.name = "trade_id", .type = TEXTOID},
    {.name = "strategy_id", .type = UUIDOID},
    {.name = "traded_by", .type = UUIDOID},
    {.name = "user_id", .type = UUIDOID},
    {.name = "currency", .type = TEXTOID},
    {.name = "decimals", .type = INT2OID},
    {.name = "profit", .type = NUMERICOID},
    {.name = "closed_at", .type = TIMESTAMPTZOID},
    {.name = "policy_id", .type = INT4OID},
    {.name = "royalty_base", .type = NUMERICOID},
    {.name = "royalty_rate", .type = INT4OID},
    {.name = "share_set_id", .type = BYTEAOID},
    {.name = "fee_plans", .type = TEXTARRAYOID},
    {.name = "fee_rates", .type = INT4ARRAYOID},
    {.name = "amount", .type = NUMERICOID},
    {.name = "cumulative_profit", .type = NUMERICOID},
    {.name = "high_water_mark", .type = NUMERICOID},
    {.name = "reverses", .type = INT8OID},
    {.name = "reason", .type = TEXTOID},
    {.name = "created_at", .type = TIMESTAMPTZOID},
    {.name = "created_by", .type = TEXTOID},
    {.name = "digest", .type = BYTEAOID},
}};
using Event = std::array<SqlValue, event_columns>;

// What all postings of an event have in common, and from `own_columns` on what is each posting's own.
constexpr std::size_t own_columns = 7;
constexpr std::array<TableColumn, 18> posting_shape{{
    {.name = "event_id", .type = INT8OID},
    {.name = "currency", .type = TEXTOID},
    {.name = "strategy_id", .type = UUIDOID},
    {.name = "trade_id", .type = TEXTOID},
    {.name = "trade_profit", .type = NUMERICOID},
    {.name = "royalty_rate", .type = NUMERICOID, .modifier = numeric_modifier(7, 6)},
    {.name = "created_at", .type = TIMESTAMPTZOID},
    {.name = "account", .type = TEXTOID},
    {.name = "user_id", .type = UUIDOID},
    {.name = "amount", .type = NUMERICOID},
    {.name = "role", .type = TEXTOID},
    {.name = "level", .type = INT4OID},
    {.name = "share", .type = NUMERICOID, .modifier = numeric_modifier(10, 9)},
    {.name = "royalty_amount", .type = NUMERICOID},
    {.name = "plan_code", .type = TEXTOID},
    {.name = "platform_fee_rate", .type = NUMERICOID, .modifier = numeric_modifier(7, 6)},
    {.name = "platform_fee", .type = NUMERICOID},
    {.name = "net_amount", .type = NUMERICOID},
}};

constexpr TableShape event_table_shape{
    .name = "royalty_events", .identity = "event_id", .columns = event_shape, .key = "event_key"};
constexpr TableShape posting_table_shape{.name = "royalty_ledger", .identity = "entry_id", .columns = posting_shape};
constinit const PlainTable event_table(event_table_shape);
constinit const PlainTable posting_table(posting_table_shape);

template <std::size_t count>
constexpr std::array<Oid, count> types_of(const std::array<TableColumn, count>& columns) {
    std::array<Oid, count> types{};
    for (std::size_t i = 0; i < count; ++i) types[i] = columns[i].type;
    return types;
}
constexpr std::array<Oid, event_columns> event_types = types_of(event_shape);

SqlValue some(Datum value) { return {value, false}; }
SqlValue sql_text(std::string_view utf8) { return some(text_datum(utf8)); }

std::string names_of(std::span<const TableColumn> columns) {
    std::string names;
    for (const TableColumn& column : columns) names += (names.empty() ? "" : ", ") + std::string(column.name);
    return names;
}

Datum plans_array(const std::vector<SqlValue>& plans) {
    std::vector<Datum> values;
    values.reserve(plans.size());
    const auto nulls = std::make_unique<bool[]>(plans.size());
    for (std::size_t i = 0; i < plans.size(); ++i) {
        values.push_back(plans[i].value);
        nulls[i] = plans[i].is_null;
    }
    return call([&] {
        int count[1] = {static_cast<int>(values.size())}, first[1] = {1};
        return PointerGetDatum(
            construct_md_array(values.data(), nulls.get(), 1, count, first, TEXTOID, -1, false, TYPALIGN_INT));
    });
}

Datum rates_array(const std::vector<Payee>& payees) {
    std::vector<Datum> values;
    values.reserve(payees.size());
    for (const Payee& one : payees) values.push_back(Int32GetDatum(one.fee_rate));
    return call([&] {
        return PointerGetDatum(
            construct_array(values.data(), static_cast<int>(values.size()), INT4OID, 4, true, TYPALIGN_INT));
    });
}

// --- The event ---

std::string post_sql() {
    std::string sql = "INSERT INTO evolve.royalty_events (" + names_of(event_shape) + ") VALUES (";
    for (std::size_t i = 1; i <= event_columns; ++i) sql += (i == 1 ? "$" : ", $") + std::to_string(i);
    return sql + ") ON CONFLICT (event_key) DO NOTHING RETURNING event_id";
}

// The key first: whoever posts the same at the same time waits here, and then finds it done.
std::optional<std::int64_t> write_event(const Event& event) {
    const Written written = event_table.write(event);
    if (written.outcome == Written::Outcome::done) return written.identity;
    if (written.outcome == Written::Outcome::there) return std::nullopt;
    static const std::string sql = post_sql();
    static const KeptStatement statement(sql.c_str(), event_types);
    const SPITupleTable* const posted = statement.run(event);
    if (posted->numvals == 0) return std::nullopt;
    const Datum id = call([&] {
        bool null = false;
        return SPI_getbinval(posted->vals[0], posted->tupdesc, 1, &null);
    });
    return DatumGetInt64(id);
}

Event event_of(const Trade& trade, const Terms& terms, const SqlValue& trade_name, const SqlValue& closed) {
    Event event;
    event[event_key] = trade.event_key;
    event[kind] = sql_text("settlement");
    event[trade_id] = trade_name;
    event[strategy_id] = trade.strategy;
    event[traded_by] = trade.trader;
    event[currency] = trade.currency;
    event[decimals] = some(Int16GetDatum(static_cast<std::int16_t>(terms.decimals)));
    event[profit] = trade.profit;
    event[closed_at] = closed;
    event[policy_id] = terms.policy_id;
    event[royalty_base] = terms.royalty_base;
    event[royalty_rate] = terms.royalty_rate;
    if (!terms.share_set.is_null) {
        event[share_set_id] = terms.share_set_id;
        event[fee_plans] = some(plans_array(terms.plans));
        event[fee_rates] = some(rates_array(terms.payees));
    }
    event[amount] = some(numeric_datum(terms.amount, terms.decimals));
    event[cumulative_profit] = terms.cumulative_profit;
    event[high_water_mark] = terms.high_water_mark;
    if (terms.exemption != Exemption::none) event[reason] = sql_text(to_text(terms.exemption));
    event[created_at] = some(TimestampTzGetDatum(GetCurrentTimestamp()));
    event[created_by] = sql_text(utf8_of(call([] { return GetUserNameFromId(GetSessionUserId(), false); })));
    event[digest] = some(event_digest(std::span(event).first(digest), std::span(event_types).first(digest)));
    return event;
}

// --- Its postings ---

using PostingRows = std::vector<SqlValue>;  // of one row after those of another

// One statement for all, whatever their number.
std::string postings_sql() {
    const std::span<const TableColumn> own = std::span(posting_shape).subspan(own_columns);
    std::string sql = "INSERT INTO evolve.royalty_ledger (" + names_of(posting_shape) + ") SELECT ";
    for (std::size_t i = 1; i <= own_columns; ++i) sql += "$" + std::to_string(i) + ", ";
    sql += "posting.* FROM ROWS FROM (";
    for (std::size_t i = 1; i <= own.size(); ++i)
        sql += (i == 1 ? "pg_catalog.unnest($" : ", pg_catalog.unnest($") + std::to_string(own_columns + i) + ")";
    return sql + ") AS posting";
}

std::array<Oid, posting_shape.size()> postings_types() {
    std::array<Oid, posting_shape.size()> types = types_of(posting_shape);
    for (std::size_t i = own_columns; i < types.size(); ++i) types[i] = call([&] { return get_array_type(types[i]); });
    return types;
}

// The values of a column as an array.
SqlValue array_of(const PostingRows& rows, std::size_t column) {
    const std::size_t width = posting_shape.size();
    const std::size_t count = rows.size() / width;
    std::vector<Datum> values;
    values.reserve(count);
    const auto nulls = std::make_unique<bool[]>(count);
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(rows[i * width + column].value);
        nulls[i] = rows[i * width + column].is_null;
    }
    return some(call([&] {
        std::int16_t length = 0;
        bool by_value = false;
        char alignment = 0;
        get_typlenbyvalalign(posting_shape[column].type, &length, &by_value, &alignment);
        int sizes[1] = {static_cast<int>(count)}, first[1] = {1};
        return PointerGetDatum(construct_md_array(values.data(), nulls.get(), 1, sizes, first,
                                                  posting_shape[column].type, length, by_value, alignment));
    }));
}

void write_rows(const PostingRows& rows) {
    if (rows.empty() || posting_table.write(rows).outcome == Written::Outcome::done) return;
    static const std::string sql = postings_sql();
    static const std::array<Oid, posting_shape.size()> types = postings_types();
    static const KeptStatement statement(sql.c_str(), types);
    std::vector<SqlValue> values(rows.begin(), rows.begin() + own_columns);
    for (std::size_t i = own_columns; i < posting_shape.size(); ++i) values.push_back(array_of(rows, i));
    statement.run(values);
}

void append_line(PostingRows& rows, const Terms& terms, std::size_t place, const RoyaltyLine& line) {
    const Share& share = terms.shares[place];
    rows.push_back(sql_text(role_of(share.level)));
    rows.push_back(some(Int32GetDatum(share.level)));
    rows.push_back(some(numeric_datum(share.share, 9)));
    rows.push_back(some(numeric_datum(line.gross, terms.decimals)));
    rows.push_back(terms.plans[place]);
    rows.push_back(some(numeric_datum(terms.payees[place].fee_rate, 6)));
    rows.push_back(some(numeric_datum(line.fee, terms.decimals)));
    rows.push_back(some(numeric_datum(line.net, terms.decimals)));
}

void write_postings(const Event& event, const Terms& terms, Settlement& settlement) {
    const std::vector<RoyaltyLine> lines = royalty_lines(terms.amount, terms.payees, text_value(event[trade_id].value));
    const std::vector<Posting> postings =
        settlement_postings(terms.amount, uuid_value(event[traded_by].value), terms.payees, lines);
    const std::array<SqlValue, own_columns> shared{some(Int64GetDatum(settlement.event_id)),
                                                   event[currency],
                                                   event[strategy_id],
                                                   event[trade_id],
                                                   event[profit],
                                                   some(numeric_datum(DatumGetInt32(event[royalty_rate].value), 6)),
                                                   event[created_at]};
    PostingRows rows;
    rows.reserve(postings.size() * posting_shape.size());
    for (const Posting& posting : postings) {
        rows.insert(rows.end(), shared.begin(), shared.end());
        rows.push_back(sql_text(to_text(posting.account)));
        rows.push_back(some(PointerGetDatum(posting.holder.data())));
        rows.push_back(some(numeric_datum(posting.amount, terms.decimals)));
        if (posting.line) {
            append_line(rows, terms, *posting.line, lines[*posting.line]);
            settlement.fee += lines[*posting.line].fee;
            settlement.net += lines[*posting.line].net;
        }
        rows.resize(rows.size() + (posting_shape.size() - rows.size() % posting_shape.size()) % posting_shape.size());
    }
    write_rows(rows);
}

}  // namespace

std::optional<Settlement> post_settlement(const Trade& trade, const Terms& terms, const SqlValue& trade_name,
                                          const SqlValue& closed) {
    const Event event = event_of(trade, terms, trade_name, closed);
    const std::optional<std::int64_t> id = write_event(event);
    if (!id) return std::nullopt;
    Settlement settlement{.event_id = *id, .amount = event[amount], .reason = event[reason], .fee = 0, .net = 0};
    write_postings(event, terms, settlement);
    return settlement;
}

}  // namespace evolve::pg
