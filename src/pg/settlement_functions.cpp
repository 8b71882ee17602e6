// evolve_settle_trade() and evolve_royalty(): what a trade owes, posted and shown.
#include <algorithm>
#include <array>
#include <memory>

#include "core/base/sha256.hpp"
#include "core/royalty/terms.hpp"
#include "pg/as_owner.hpp"
#include "pg/boundary.hpp"
#include "pg/kept_statement.hpp"
#include "pg/query.hpp"
#include "pg/royalty_values.hpp"
#include "pg/settlement_terms.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
}

using namespace evolve;
using namespace evolve::pg;

namespace {

// The columns of an event, once: for the row and for its digest.
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
constexpr std::array<Oid, event_columns> event_types{
    TEXTOID,    TEXTOID,        TEXTOID,    UUIDOID,    UUIDOID, UUIDOID,        TEXTOID,      INT2OID,
    NUMERICOID, TIMESTAMPTZOID, INT4OID,    NUMERICOID, INT4OID, BYTEAOID,       TEXTARRAYOID, INT4ARRAYOID,
    NUMERICOID, NUMERICOID,     NUMERICOID, INT8OID,    TEXTOID, TIMESTAMPTZOID, TEXTOID,      BYTEAOID};
using Event = std::array<SqlValue, event_columns>;

// The key first: whoever posts the same at the same time waits here, and then finds it done.
constexpr const char* post_sql = R"(
INSERT INTO evolve.royalty_events
    (event_key, kind, trade_id, strategy_id, traded_by, user_id, currency, decimals, profit, closed_at, policy_id, royalty_base,
     royalty_rate, share_set_id, fee_plans, fee_rates, amount, cumulative_profit, high_water_mark, reverses, reason, created_at,
     created_by, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
ON CONFLICT (event_key) DO NOTHING RETURNING event_id)";
constinit const KeptStatement post_statement(post_sql, event_types);

SqlValue some(Datum value) { return {value, false}; }
SqlValue sql_text(std::string_view utf8) { return some(text_datum(utf8)); }

// As to_jsonb() has it in time zone UTC.
void append_value(StringInfo to, Datum value, Oid type) {
    char buffer[MAXDATELEN + 1];
    const int utc = 0;
    switch (type) {
        case TEXTOID:
            escape_json(to, TextDatumGetCString(value));
            break;
        case INT2OID:
            appendStringInfo(to, "%d", DatumGetInt16(value));
            break;
        case INT4OID:
            appendStringInfo(to, "%d", DatumGetInt32(value));
            break;
        case NUMERICOID:
            appendStringInfoString(to, DatumGetCString(DirectFunctionCall1(numeric_out, value)));
            break;
        case UUIDOID:
            appendStringInfo(to, "\"%s\"", DatumGetCString(DirectFunctionCall1(uuid_out, value)));
            break;
        case TIMESTAMPTZOID:
            appendStringInfo(to, "\"%s\"", JsonEncodeDateTime(buffer, value, TIMESTAMPTZOID, &utc));
            break;
        case BYTEAOID: {
            const bytea* const bytes = DatumGetByteaPP(value);
            const std::size_t size = VARSIZE_ANY_EXHDR(bytes);
            appendStringInfoString(to, "\"\\\\x");
            enlargeStringInfo(to, static_cast<int>(2 * size));
            hex_encode(VARDATA_ANY(bytes), size, to->data + to->len);
            to->len += static_cast<int>(2 * size);
            appendStringInfoChar(to, '"');
            break;
        }
        default:
            elog(ERROR, "an event has no column of type %u", type);
    }
}

void append_array(StringInfo to, Datum value, Oid element) {
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    if (element == TEXTOID)
        deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    else
        deconstruct_array(DatumGetArrayTypeP(value), INT4OID, 4, true, TYPALIGN_INT, &elements, &nulls, &count);
    appendStringInfoChar(to, '[');
    for (int i = 0; i < count; ++i) {
        if (i > 0) appendStringInfoString(to, ", ");
        if (nulls[i])
            appendStringInfoString(to, "null");
        else
            append_value(to, elements[i], element);
    }
    appendStringInfoChar(to, ']');
}

// The same bytes as _evolve_event_digest() hashes: evolve_verify() compares.
Datum digest_of(const Event& event) {
    const char* const content = call([&] {
        StringInfoData buffer;
        initStringInfo(&buffer);
        for (std::size_t i = 0; i < digest; ++i) {
            appendStringInfoString(&buffer, i == 0 ? "[" : ", ");
            if (event[i].is_null)
                appendStringInfoString(&buffer, "null");
            else if (event_types[i] == TEXTARRAYOID || event_types[i] == INT4ARRAYOID)
                append_array(&buffer, event[i].value, event_types[i] == TEXTARRAYOID ? TEXTOID : INT4OID);
            else
                append_value(&buffer, event[i].value, event_types[i]);
        }
        appendStringInfoChar(&buffer, ']');
        return static_cast<const char*>(buffer.data);
    });
    const std::array<std::uint8_t, 32> hash = sha256(utf8_of(content));
    return bytea_datum({reinterpret_cast<const char*>(hash.data()), hash.size()});
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

SqlValue argument(FunctionCallInfo fcinfo, int index) {
    return {.value = fcinfo->args[index].value, .is_null = fcinfo->args[index].isnull};
}

// What all postings of an event have in common (event, currency, strategy, trade, profit, rate, time), and what is each
// posting's own.
constexpr std::array<Oid, 7> shared_types{INT8OID, TEXTOID, UUIDOID, TEXTOID, NUMERICOID, NUMERICOID, TIMESTAMPTZOID};
constexpr std::array<Oid, 11> posting_types{TEXTOID,    UUIDOID, NUMERICOID, TEXTOID,    INT4OID,   NUMERICOID,
                                            NUMERICOID, TEXTOID, NUMERICOID, NUMERICOID, NUMERICOID};
constexpr std::size_t most_postings = 8;  // of one statement

// INSERT of so many postings.
class PostingsStatement {
public:
    explicit PostingsStatement(std::size_t count)
        : types_(types_of(count)), sql_(sql_of(count)), statement_(sql_.c_str(), types_) {}
    const KeptStatement& statement() const { return statement_; }

private:
    static std::vector<Oid> types_of(std::size_t count) {
        std::vector<Oid> types(shared_types.begin(), shared_types.end());
        for (std::size_t i = 0; i < count; ++i) types.insert(types.end(), posting_types.begin(), posting_types.end());
        return types;
    }
    static std::string sql_of(std::size_t count) {
        std::string sql =
            "INSERT INTO evolve.royalty_ledger (event_id, currency, strategy_id, trade_id, trade_profit, royalty_rate,"
            " created_at, account, user_id, amount, role, level, share, royalty_amount, plan_code, platform_fee_rate,"
            " platform_fee, net_amount) VALUES ";
        std::size_t place = shared_types.size();
        for (std::size_t i = 0; i < count; ++i) {
            sql += i == 0 ? "($1, $2, $3, $4, $5, $6, $7" : ", ($1, $2, $3, $4, $5, $6, $7";
            for (std::size_t column = 0; column < posting_types.size(); ++column)
                sql += ", $" + std::to_string(++place);
            sql += ")";
        }
        return sql;
    }

    std::vector<Oid> types_;
    std::string sql_;
    KeptStatement statement_;
};

const KeptStatement& postings_statement(std::size_t count) {
    static std::array<std::unique_ptr<PostingsStatement>, most_postings + 1> made;
    if (made[count] == nullptr) made[count] = std::make_unique<PostingsStatement>(count);
    return made[count]->statement();
}

struct Fees {
    Int128 fee = 0, net = 0;
};

Fees write_postings(const Event& event, std::int64_t event_id, const Terms& terms) {
    const std::vector<RoyaltyLine> lines = royalty_lines(terms.amount, terms.payees, text_value(event[trade_id].value));
    const std::vector<Posting> postings =
        settlement_postings(terms.amount, uuid_value(event[traded_by].value), terms.payees, lines);
    const SqlValue rate = some(numeric_datum(DatumGetInt32(event[royalty_rate].value), 6));
    Fees total;
    for (std::size_t start = 0; start < postings.size(); start += most_postings) {
        const std::size_t count = std::min(most_postings, postings.size() - start);
        std::vector<SqlValue> values{some(Int64GetDatum(event_id)),
                                     event[currency],
                                     event[strategy_id],
                                     event[trade_id],
                                     event[profit],
                                     rate,
                                     event[created_at]};
        values.reserve(shared_types.size() + count * posting_types.size());
        for (const Posting& posting : std::span(postings).subspan(start, count)) {
            values.push_back(sql_text(to_text(posting.account)));
            values.push_back(some(PointerGetDatum(posting.holder.data())));
            values.push_back(some(numeric_datum(posting.amount, terms.decimals)));
            if (!posting.line) {
                values.resize(values.size() + posting_types.size() - 3);
                continue;
            }
            const Share& share = terms.shares[*posting.line];
            const RoyaltyLine& line = lines[*posting.line];
            values.push_back(sql_text(role_of(share.level)));
            values.push_back(some(Int32GetDatum(share.level)));
            values.push_back(some(numeric_datum(share.share, 9)));
            values.push_back(some(numeric_datum(line.gross, terms.decimals)));
            values.push_back(terms.plans[*posting.line]);
            values.push_back(some(numeric_datum(terms.payees[*posting.line].fee_rate, 6)));
            values.push_back(some(numeric_datum(line.fee, terms.decimals)));
            values.push_back(some(numeric_datum(line.net, terms.decimals)));
            total.fee += line.fee;
            total.net += line.net;
        }
        postings_statement(count).run(values);
    }
    return total;
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
    event[digest] = some(digest_of(event));
    return event;
}

const char* schema_of(FunctionCallInfo fcinfo) {
    return call([&] { return quote_identifier(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid))); });
}

// An id that is plainly right; the function in SQL looks at the others and says what is wrong.
bool plain_id(const std::string& id) {
    return !id.empty() && id.size() <= 200 && id.find_first_not_of(' ') != std::string::npos;
}

void check_arguments(FunctionCallInfo fcinfo, const std::string& schema) {
    const SqlValue options = argument(fcinfo, 6);
    const bool none = !options.is_null && call([&] {
        const Jsonb* const json = DatumGetJsonbP(options.value);
        return JB_ROOT_IS_OBJECT(json) && JB_ROOT_COUNT(json) == 0;
    });
    constexpr std::array<Oid, 1> json{JSONBOID}, name{TEXTOID};
    if (!none) run_statement("SELECT " + schema + "._evolve_royalty_options($1, '{policy}')", {&options, 1}, json);
    const SqlValue id = argument(fcinfo, 0);
    if (id.is_null || !plain_id(text_value(id.value)))
        run_statement("SELECT " + schema + "._evolve_require_id($1, 'trade_id')", {&id, 1}, name);
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

Datum record_of(FunctionCallInfo fcinfo, std::span<const SqlValue> values) {
    std::array<Datum, 8> data{};
    std::array<bool, 8> nulls{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        data[i] = values[i].value;
        nulls[i] = values[i].is_null;
    }
    return call([&] {
        TupleDesc columns = nullptr;
        if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
            elog(ERROR, "function returning record called in context that cannot accept type record");
        HeapTuple const row = heap_form_tuple(BlessTupleDesc(columns), data.data(), nulls.data());
        return HeapTupleHeaderGetDatum(SPI_returntuple(row, columns));
    });
}

// The settlement that is there; an error when it is another one.
Datum settled_before(FunctionCallInfo fcinfo, const std::string& schema) {
    std::array<SqlValue, 7> values;
    for (int i = 0; i < 7; ++i) values[static_cast<std::size_t>(i)] = argument(fcinfo, i);
    constexpr std::array<Oid, 7> types{TEXTOID, UUIDOID, NUMERICOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, JSONBOID};
    const SPITupleTable* const table =
        run_statement("SELECT * FROM " + schema + "._evolve_settled_trade($1, $2, $3, $4, $5, $6, $7)", values, types);
    return call([&] { return HeapTupleHeaderGetDatum(SPI_returntuple(table->vals[0], table->tupdesc)); });
}

}  // namespace

// (trade_id, strategy_id, profit, currency, traded_by, closed_at, options): event_id, settled, royalty, platform_fee,
// net_amount, reason. As the owner of the tables: as_owner.cpp says why.
EVOLVE_FUNCTION(evolve_settle_trade) {
    const evolve::pg::Query connection;
    connection.require_schema();
    const ActAs owner(owner_of_tables());
    const char* const schema = schema_of(fcinfo);
    check_arguments(fcinfo, schema);
    const SqlValue closed = argument(fcinfo, 5);
    const Trade trade{.event_key = sql_text("trade " + text_value(fcinfo->args[0].value)),
                      .strategy = argument(fcinfo, 1),
                      .profit = argument(fcinfo, 2),
                      .currency = argument(fcinfo, 3),
                      .trader = argument(fcinfo, 4),
                      .day = closed.is_null ? TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()) : closed.value,
                      .policy = policy_option(fcinfo),
                      .posting = true,
                      .schema = schema};
    const Terms terms = terms_of(trade);
    if (terms.settled) return settled_before(fcinfo, schema);
    const Event event = event_of(trade, terms, argument(fcinfo, 0), closed);
    const SPITupleTable* const posted = post_statement.run(event);
    if (posted->numvals == 0) return settled_before(fcinfo, schema);
    const Datum id = call([&] {
        bool null = false;
        return SPI_getbinval(posted->vals[0], posted->tupdesc, 1, &null);
    });
    const Fees total = write_postings(event, DatumGetInt64(id), terms);
    const int places = terms.amount == 0 ? 0 : terms.decimals;
    const std::array<SqlValue, 6> values{some(id),
                                         some(BoolGetDatum(true)),
                                         event[amount],
                                         some(numeric_datum(total.fee, places)),
                                         some(numeric_datum(total.net, places)),
                                         event[reason]};
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
                                  .schema = schema_of(fcinfo)});
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
